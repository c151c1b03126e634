import Foundation
import SparringTorch
import Testing

/// Families of networks, other runs' trunks and freezing, as typed.
@Suite struct Networks {
  let tool = try! Tool()

  private func weights(_ run: String) throws -> [String: Data] {
    let file = tool.folder.appending(path: "runs/\(run)/checkpoints/step-000002.safetensors")
    return try Safetensors.read(file).tensors.mapValues { try $0.bytes() }
  }

  private func train(_ recipe: String, _ name: String, _ settings: String...) throws {
    let folder = try tool.writeIDX()
    let outcome = try tool.run(
      arguments: ["train", recipe, "--dataset", folder, "--name", name]
        + (["training.steps=2", "training.schedule.warmUpSteps=0"] + settings).flatMap { ["--set", $0] })
    #expect(outcome.status == 0, "\(outcome.errors)")
  }

  /// Every family fills the roles of every kind of recipe, and the run can be used again.
  @Test(arguments: [
    "model.classifier.family=residual,model.classifier.depth=10",
    "model.classifier.family=fast,model.classifier.widths=[4, 8, 8]",
    "model.classifier.widths=[8],model.classifier.family=fully-connected", "model.classifier.family=dcgan",
  ])
  func classifiersOfEveryFamily(settings: String) throws {
    let folder = try tool.writeIDX()
    let choices = settings.split(separator: ",model").enumerated().flatMap { index, setting in
      ["--set", index == 0 ? String(setting) : "model" + setting]
    }
    let small = [
      "training.steps=2", "options.labelledBatchSize=8", "options.unlabelledBatchSize=8",
      "options.generator.batchSize=4", "model.generator.family=residual", "model.generator.width=4",
    ]
    let outcome = try tool.run(
      arguments: ["train", "semi-supervised-gan", "--dataset", folder, "--labels", "20", "--name", "r"] + choices
        + small.flatMap { ["--set", $0] })
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(try tool.run("evaluate", "runs/r").status == 0)
    #expect(try tool.run("generate", "runs/r", "--count", "2").status == 0)
  }

  @Test func discriminatorsWithBatchNormalisation() throws {
    try train(
      "gan", "g", "training.epochs=0", "options.batchSize=8", "model.generator.family=fully-connected",
      "model.discriminator.family=convolutional", "model.discriminator.widths=[4]",
      "model.discriminator.normalization=batch", "model.discriminator.dropout=0.1")
    let text = try String(contentsOfFile: tool.path("runs/g/config.yaml"), encoding: .utf8)
    #expect(text.contains("family: convolutional") && text.contains("normalization: batch"))
    #expect(!text.contains("maximumWidth"), "keys of the families that were not chosen do nothing: \(text)")
  }

  /// A GAN's discriminator gives its trunk to a classifier, which trains only what stands on it.
  @Test func trunksOfOtherRuns() throws {
    let (family, width) = ("family=dcgan", "width=4")
    try train(
      "gan", "g", "training.epochs=0", "options.batchSize=8", "model.generator.width=2", "model.discriminator.\(width)")
    try train(
      "supervised", "c", "dataset.labels=20", "model.classifier.\(family)", "model.classifier.\(width)",
      "model.classifier.from=runs/g", "model.classifier.frozen=true")
    let (gan, classifier) = (try weights("g"), try weights("c"))
    let trunk = gan.keys.filter { $0.hasPrefix("discriminator.trunk.") }
    #expect(!trunk.isEmpty)
    for key in trunk { #expect(classifier[key.replacing("discriminator", with: "classifier")] == gan[key], "\(key)") }
    #expect(!classifier.keys.contains { $0.hasPrefix("optimizer:classifier.trunk") }, "a frozen trunk has no moments")

    // The run is complete in itself: the other one may go.
    try FileManager.default.removeItem(atPath: tool.path("runs/g"))
    #expect(try tool.run("evaluate", "runs/c").status == 0)
    let folder = try tool.writeIDX()
    let arguments = ["train", "supervised", "--dataset", folder, "--labels", "20", "--set", "x"]
    let missing = try tool.run(arguments: Array(arguments.dropLast()) + ["model.classifier.from=runs/g"])
    #expect(missing.status == 1 && missing.errors.contains("model.classifier.from: there is no run at runs/g"))
    let other = try tool.run(
      arguments: Array(arguments.dropLast()) + ["model.classifier.from=runs/c", "--set", "model.classifier.widths=[4]"])
    #expect(other.status == 1 && other.errors.contains("model.classifier.from: "), "\(other.errors)")
    #expect(other.errorLines.count == 1 && other.errors.contains("same family"), "\(other.errors)")
  }
}
