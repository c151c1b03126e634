import ArgumentParser
import Foundation
import SparringDatasets
import SparringEvaluation
import SparringExperiments
import SparringPresets
import SparringRecipes
import SparringTorch

/// Whether bf16 learns as fp32 does.
struct CurvesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "curves", abstract: "Losses and accuracy over 2,000 steps: fp32 beside bf16, on MNIST.")

  @Option(help: "Steps of each run.")
  var steps = 2000

  @Option(help: "Threads that the steps may use.")
  var threads = 2

  private static let parts = 5

  /// One way to run a recipe. Another seed shows how far apart two runs in the same format are.
  private struct Arm {
    let name: String
    let precision: Precision
    let seed: UInt64
  }
  private static let arms = [
    Arm(name: "fp32", precision: .fp32, seed: 1), Arm(name: "bf16", precision: .bf16, seed: 1),
    Arm(name: "fp32, another seed", precision: .fp32, seed: 2),
  ]

  private struct Curve {
    var losses: [String: [Double]] = [:]
    var accuracy: Double?
  }

  func run() throws {
    guard steps >= Self.parts else { throw BenchError("--steps is \(steps): use at least \(Self.parts)") }
    guard Site(threads: threads, device: "cpu").multipliesBFloat16 else {
      throw BenchError("this processor does not multiply bf16, so there is nothing to compare")
    }
    Machine.threadCount = threads
    Machine.setFlushDenormal(true)
    Machine.keepsMemory = true
    let (train, test) = (try Dataset.load("mnist", split: .train), try Dataset.load("mnist", split: .test))
    var sections: [String] = []
    for (title, follow) in [
      ("Small DCGAN, batch 64", { (arm: Arm) throws in try gan(arm, train) }),
      (
        "The semi-supervised step of `demo mnist`, \(Presets.Demo.labels) labels",
        { (arm: Arm) throws in try semiSupervised(arm, train, test) }
      ),
    ] {
      let curves = try Self.arms.map { arm in
        note("\(title): \(arm.name)")
        return try follow(arm)
      }
      sections.append("## \(title)\n\n" + rows(curves))
    }
    let machine = Results.Machine.current(threads: threads, device: "cpu")
    let text = """
      # fp32 beside bf16: \(machine.name)

      Mean losses over each fifth of \(steps) steps. Both formats start from the same weights and take the
      same batches; another seed shows how far apart two runs in the same format are.

      \(sections.joined(separator: "\n\n"))

      """
    let results = Site(threads: threads, device: "cpu").results
    try FileManager.default.createDirectory(at: results, withIntermediateDirectories: true)
    let suffix = steps < 2000 ? "-curves-part.md" : "-curves.md"
    try Data(text.utf8).write(to: results.appending(path: machine.slug + suffix), options: .atomic)
    print(text)
  }

  private func rows(_ curves: [Curve]) -> String {
    var rows: [[String]] = []
    for name in curves[0].losses.keys.sorted() {
      for (arm, curve) in zip(Self.arms, curves) {
        rows.append([name, arm.name] + (curve.losses[name] ?? []).map { decimal($0, 3) })
      }
    }
    for (arm, curve) in zip(Self.arms, curves) {
      guard let accuracy = curve.accuracy else { continue }
      let blanks = [String](repeating: "", count: Self.parts - 1)
      rows.append(["test accuracy", arm.name] + blanks + [decimal(accuracy * 100, 2) + "%"])
    }
    return table(["", "format"] + (1...Self.parts).map { "part \($0)" }, rows)
  }

  private func gan(_ arm: Arm, _ images: Dataset) throws -> Curve {
    let work = try Work.dcgan(batchSize: 64, sizes: .digits())
    let recipe = try GAN(.reference, in: work.setting(precision: arm.precision, seed: arm.seed))
    let source = try UnlabelledSource(dataset: images, batchSize: 64, seed: arm.seed)
    return try curve(of: recipe, ConvertedSource(source) { ExampleBatch(images: $0.images) })
  }

  private func semiSupervised(_ arm: Arm, _ images: Dataset, _ test: Dataset) throws -> Curve {
    let work = try Work.semiSupervised()
    guard let options = work.options else { throw BenchError("the demo's step lacks its options") }
    let recipe = try ConsistencyGAN(
      options, in: work.setting(augmentation: work.augmentation, precision: arm.precision, seed: arm.seed))
    let split = try LabelledSplit.balanced(images, labelCount: Presets.Demo.labels, seed: arm.seed)
    var curve = try curve(
      of: recipe,
      SemiSupervisedSource(
        dataset: images, split: split, labelledBatchSize: options.labelledBatchSize,
        unlabelledBatchSize: options.unlabelledBatchSize, seed: arm.seed))
    curve.accuracy = try recipe.predictions(on: test).accuracy
    return curve
  }

  private func curve<Method: Recipe, Source: BatchSource>(
    of recipe: Method, _ batches: Source
  ) throws -> Curve where Source.Batch == Method.Batch {
    var curve = Curve()
    for part in 0..<Self.parts {
      var sums: [String: Tensor] = [:]
      let range = steps * part / Self.parts..<steps * (part + 1) / Self.parts
      for _ in range {
        for loss in try recipe.step(batches.next(), at: StepTime()).values {
          sums[loss.name] = try sums[loss.name].map { try $0 + loss.value } ?? loss.value
        }
      }
      for (name, sum) in sums { curve.losses[name, default: []].append(try sum.item() / Double(range.count)) }
    }
    return curve
  }
}
