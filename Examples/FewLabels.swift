// Few labels, twice: a classifier on its own, and the same classifier sparring with a generator.
//
//     swift run -c release SparringFewLabels [seeds]
//
// This is the demo's work, written with the library alone. It needs MNIST, which `./sparring demo` and
// `./sparring data fetch mnist` get. Read it from top to bottom.

import SparringDatasets
import SparringEvaluation
import Foundation
import SparringModels
import SparringRecipes
import SparringTorch
import SparringTraining

@main
struct FewLabels {
  // MARK: 1. The question

  /// Sixty thousand handwritten digits, of which only a hundred say what they show: ten of each. Does it
  /// help the classifier to look at all the others while a generator tries to imitate them?
  let labelCount = 100

  // MARK: 2. The data

  /// Every image lies in memory as bytes, `[N, 1, 28, 28]`; batches are gathered from there.
  let training: Dataset
  let test: Dataset

  init() throws {
    training = try Dataset.load("mnist", split: .train)
    test = try Dataset.load("mnist", split: .test)
  }

  /// What a digit may look like and still be that digit: moved, turned, a little larger, slanted. Both
  /// sides get the same.
  let augmentation = Augmentation(maximumShift: 2, rotation: 20, scale: 0.2, shear: 0.3)

  // MARK: 3. The networks

  /// Three convolutions that each halve the picture, then ten logits: the same network on both sides, and
  /// from the same seed with the same first weights.
  ///
  /// The generator is a small DCGAN: 64 random numbers become a 7×7 map, which two transposed convolutions enlarge.
  var networks: ModelConfiguration {
    var networks = ModelConfiguration()
    networks.classifier = TrunkConfiguration(ConvolutionalFamily(widths: [32, 64, 128], normalization: .batch))
    networks.generator = GeneratorConfiguration(DCGANGeneratorFamily(width: 16), latentSize: 64)
    return networks
  }

  // MARK: 4. The schedule

  /// The same number of steps and of images, the same learning rate and decay on both sides.
  var plan: TrainingConfiguration {
    var plan = TrainingConfiguration()
    plan.steps = 400
    plan.learningRate = 2e-3
    plan.schedule = .linear(decayStart: 0.3, warmUpSteps: 50)
    plan.logEvery = 100
    return plan
  }

  /// bf16 where the processor multiplies it natively.
  var precision: Precision { plan.resolvedPrecision(on: .cpu) }

  // MARK: 5. Alone

  /// The bar. All it ever sees are the labelled images, changed at random in each of many batches.
  func trainAlone(seed: UInt64, split: LabelledSplit) throws -> Double {
    let recipe = try Supervised(
      in: Setting(
        data: training.facts, model: networks, augmentation: augmentation, learningRate: plan.learningRate,
        precision: precision, seed: seed))
    let batches = try LabelledSource(dataset: training, indices: split.labelled, batchSize: 448, seed: seed)
    try Trainer(recipe, batches: batches, configuration: plan, observers: [show]).run()
    return try accuracy(of: recipe)
  }

  // MARK: 6. Sparring

  /// The same classifier with two more tasks.
  ///
  /// Its ten logits also say how real an image is, by their log-sum-exp: high for the sixty thousand
  /// photographs, low for what the generator makes. To win, it must learn what digits look like, whether
  /// or not anybody has told it their names.
  ///
  /// And where the moving average of its own weights is sure of an unlabelled image, it must give the same
  /// answer for that image moved and turned.
  func trainSparring(seed: UInt64, split: LabelledSplit) throws -> Double {
    var options = ConsistencyGAN.Options()
    options.adversarialWeight = 0.3
    options.pseudoLabelWeight = 1
    options.pseudoLabelThreshold = 0.8
    let recipe = try ConsistencyGAN(
      options,
      in: Setting(
        data: training.facts, model: networks, augmentation: augmentation, learningRate: plan.learningRate,
        precision: precision, seed: seed))
    let batches = try SemiSupervisedSource(
      dataset: training, split: split, labelledBatchSize: 64, unlabelledBatchSize: 128, seed: seed)
    try Trainer(recipe, batches: batches, configuration: plan, observers: [show]).run()
    return try accuracy(of: recipe)
  }

  // MARK: 7. Measuring

  /// The share of the ten thousand test images that the averaged weights name rightly. Nothing was chosen
  /// by looking at them: not the number of steps, not the best moment.
  func accuracy(of recipe: any ImageClassifying) throws -> Double {
    var logits: [Tensor] = []
    var truths: [Int] = []
    try test.forEachBatch(of: 500) { batch in
      logits.append(try recipe.classLogits(of: batch.images))
      truths += try batch.labels.integers()
    }
    return try Predictions(logits: Tensor.concatenate(logits), truths: truths).accuracy
  }

  /// Training tells what happens as plain values; this prints the losses now and then.
  func show(_ event: TrainingEvent) {
    guard case .stepped(let report) = event else { return }
    let losses = report.losses.map { "\($0.name) \(rounded($0.value))" }.joined(separator: "  ")
    print("  step \(report.step)  \(losses)")
  }

  // MARK: 8. The answer

  /// The pairs share everything but the sparring: the labelled images, the first weights, the order of the
  /// batches. So the difference within a pair tells more than two averages would.
  func compare(seeds: ClosedRange<UInt64>) throws {
    var alone: [Double] = []
    var sparring: [Double] = []
    for seed in seeds {
      let split = try LabelledSplit.balanced(training, labelCount: labelCount, seed: seed)
      print("Seed \(seed), alone")
      alone.append(try trainAlone(seed: seed, split: split))
      print("Seed \(seed), sparring")
      sparring.append(try trainSparring(seed: seed, split: split))
      print("Seed \(seed): alone \(rounded(alone.last ?? 0)), sparring \(rounded(sparring.last ?? 0))")
    }
    let paired = try PairedComparison(baseline: alone, method: sparring)
    print("\nThe difference is \(rounded(paired.difference.mean)) over \(alone.count) seeds.")
    if let interval = paired.difference.interval {
      print("95% interval: \(rounded(interval.low)) to \(rounded(interval.high)).")
      print(interval.low > 0 ? "Sparring helps." : "This many seeds do not show that sparring helps.")
    }
  }

  func rounded(_ value: Double) -> String { String(format: "%.3f", value) }

  static func main() {
    let seeds = CommandLine.arguments.dropFirst().first.flatMap(UInt64.init) ?? 3
    // The memory of one step serves the next.
    Machine.keepsMemory = true
    do {
      try FewLabels().compare(seeds: 1...max(2, seeds))
    } catch {
      FileHandle.standardError.write(Data("FewLabels: \(error)\n".utf8))
      exit(1)
    }
  }
}
