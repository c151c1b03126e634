import Foundation
import SparringDatasets
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
      "model.classifier.normalization=batch", "model.classifier.from=runs/g", "model.classifier.frozen=true")
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

  /// A linear classifier on another run's trunk: features are computed once, whatever is asked of the run later.
  @Test func transferFromAnotherRun() throws {
    try train("supervised", "c", "dataset.labels=20", "model.classifier.widths=[4, 8]")
    try train(
      "transfer", "t", "dataset.labels=10", "model.classifier.family=convolutional", "model.classifier.widths=[4, 8]",
      "model.classifier.from=runs/c")
    let features = tool.folder.appending(path: "cache/sparring/features")
    let parts = try #require(FileManager.default.subpaths(atPath: features.path)).filter {
      $0.hasSuffix(".safetensors")
    }
    let bias = "classifier.trunk.convolutions.0.convolution.bias"
    #expect(try weights("t")[bias] == weights("c")["average:\(bias)"])
    try FileManager.default.removeItem(atPath: tool.path("runs/c"))
    let evaluated = try tool.run("evaluate", "runs/t")
    #expect(evaluated.status == 0 && evaluated.output.contains("on 20 images"), "\(evaluated.errors)")
    let longer = try tool.run("train", "--resume", "runs/t", "--steps", "40")
    #expect(longer.status == 0 && longer.output.contains("Test accuracy 100.00%"), "\(longer.output)\(longer.errors)")
    let kept = try #require(FileManager.default.subpaths(atPath: features.path)).filter { $0.hasSuffix(".safetensors") }
    #expect(kept == parts, "nothing was computed again")
    let picture = try PixelImages(
      bytes: [UInt8](repeating: 220, count: 28 * 28), count: 1, height: 28, width: 28, channels: 1)
    try picture.png().write(to: tool.folder.appending(path: "bright.png"))
    #expect(try tool.run("classify", "runs/t", "bright.png", "--top", "1").output.contains("bright.png: 1 "))
  }

  @Test func publishedWeightsThatAreNotHere() throws {
    let folder = try tool.writeIDX()
    try tool.expectRefusal(
      "train", "transfer", "--dataset", folder, saying: "model.classifier.from", "type ./sparring data fetch inception")
    try tool.expectRefusal("data", "where", "inception", saying: "type ./sparring data fetch inception")
    try tool.expectRefusal("data", "info", "inception", saying: "inception is no data set")
    try tool.expectRefusal(
      "data", "fetch", "inception", "--from", folder, saying: "does not hold Inception's weights", ".tar.gz")
    #expect(try tool.run("data", "list").output.contains("inception"))
    try tool.expectRefusal(
      "train", "transfer", "--dataset", folder, "--set", "model.classifier.from=inception:0123456789ab",
      saying: "other weights than this version knows")
  }

  /// A run on published weights holds its last layer alone, and says what is missing where they are.
  @Test func aRunRefersToPublishedWeights() throws {
    guard let file = SearchPath.standard.find(.inception) else {
      print("Skipped: ./sparring data fetch inception was not typed.")
      return
    }
    let folder = try tool.writeIDX()
    let here = ["SPARRING_DATA": URL(fileURLWithPath: file).deletingLastPathComponent().path]
    let trained = try tool.run(
      arguments: [
        "train", "transfer", "--dataset", folder, "--name", "t", "--labels", "8", "--set",
        "model.classifier.inputSize=75", "--set", "training.schedule.warmUpSteps=0", "--learning-rate", "0.01",
        "--steps", "30", "--threads", "1",
      ], environment: here)
    #expect(
      trained.status == 0 && trained.output.contains("Test accuracy 100.00%"), "\(trained.output)\(trained.errors)")
    let checkpoint = tool.folder.appending(path: "runs/t/checkpoints/step-000030.safetensors")
    let names = try Safetensors.read(checkpoint).tensors.keys
    #expect(names.contains("classifier.output.weight") && !names.contains { $0.contains("trunk") }, "\(names)")
    let text = try String(contentsOfFile: tool.path("runs/t/config.yaml"), encoding: .utf8)
    #expect(text.contains(KnownWeights.inception.reference))
    let evaluated = try tool.run("evaluate", "runs/t", "--dataset", folder, environment: here)
    #expect(evaluated.status == 0 && evaluated.output.contains("on 20 images"), "\(evaluated.errors)")
    try tool.expectRefusal(
      "evaluate", "runs/t", "--dataset", folder, saying: "model.classifier.from", "type ./sparring data fetch inception"
    )
  }
}
