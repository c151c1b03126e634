// Few labels, twice: a classifier on its own, and the same classifier sparring with a generator.
//
//     swift run -c release SparringFewLabels [seeds]
//
// This is the first and the last arm of `./sparring demo mnist`, written with the library alone. It needs MNIST, which that command and
// `./sparring data fetch mnist` get. Read it from top to bottom.

import Foundation
import Sparring

@main
struct FewLabels {
  // MARK: 1. The question

  /// Sixty thousand handwritten digits, of which only a hundred say what they show: ten of each. Does it
  /// help the classifier to look at all the others while a generator tries to imitate them?
  let labelCount = 100

  // MARK: 2. The data

  /// Every image lies in memory as bytes, `[N, 1, 28, 28]`; batches are gathered from there. Both sides share them.
  let data: ExperimentData

  init() throws {
    // The memory of one step serves the next.
    Machine.keepsMemory = true
    var images = DatasetConfiguration()
    images.name = "mnist"
    data = try ExperimentData(images)
  }

  // MARK: 3. Alone

  /// The baseline. All it ever sees are the labelled images, changed at random in each of many batches: moved, turned,
  /// made a little larger, slanted, as a digit may be and still be that digit.
  ///
  /// What the numbers are stands in `Presets/configurations/few-labels-supervised.yaml`: three convolutions that each
  /// halve the picture, then ten logits; 400 steps of 448 images; a learning rate that falls along a line.
  func trainAlone(seed: UInt64) throws -> Double {
    try accuracy(of: RunConfiguration<Supervised>(preset: "few-labels-supervised"), seed: seed, label: "alone")
  }

  // MARK: 4. Sparring

  /// The same classifier with two more tasks, and the same first weights; as many steps over as many images.
  ///
  /// Its ten logits also say how real an image is, by their log-sum-exp: high for the sixty thousand
  /// photographs, low for what a small DCGAN makes of random numbers. To win, it must learn what digits look like,
  /// whether or not anybody has told it their names.
  ///
  /// And where the moving average of its own weights is sure of an unlabelled image, it must give the same
  /// answer for that image moved and turned.
  func trainSparring(seed: UInt64) throws -> Double {
    try accuracy(of: RunConfiguration<ConsistencyGAN>(preset: "few-labels-gan"), seed: seed, label: "sparring")
  }

  // MARK: 5. Training and measuring

  /// The share of the ten thousand test images that the averaged weights name rightly after the last step. Nothing was
  /// chosen by looking at them: not the number of steps, not the best moment.
  ///
  /// The seed decides which labels are shown, the first weights and every later draw. What happens is kept in a run
  /// folder, whose `report.html` shows it.
  func accuracy<Method: Recipe>(
    of preset: RunConfiguration<Method>, seed: UInt64, label: String
  ) throws -> Double {
    var configuration = preset
    (configuration.seed, configuration.dataset.labels) = (seed, labelCount)
    let experiment = try Experiment(configuration, data: data)
    let folder = try experiment.makeFolder(in: URL(filePath: "runs"))
    let progress = ConsoleProgress(console: .standardOutput(), label: "seed \(seed), \(label)")
    let outcome = try experiment.run(in: folder, observers: [progress.show])
    guard let evaluation = outcome.evaluation else { throw TrainingError("there are no test images to measure on") }
    return evaluation.accuracy
  }

  // MARK: 6. The answer

  /// The pairs share everything but the sparring: the labelled images, the first weights, the order of the
  /// batches. So the difference within a pair tells more than two averages would.
  func compare(seeds: ClosedRange<UInt64>) throws {
    var alone: [Double] = []
    var sparring: [Double] = []
    for seed in seeds {
      alone.append(try trainAlone(seed: seed))
      sparring.append(try trainSparring(seed: seed))
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
    do {
      try FewLabels().compare(seeds: 1...max(2, seeds))
    } catch {
      FileHandle.standardError.write(Data("FewLabels: \(error)\n".utf8))
      exit(1)
    }
  }
}
