import SparringDatasets
import Foundation
import Testing
import SparringTorch

/// Whatever is wrong with the input: one clear line, a non-zero status, nothing lost.
@Suite struct BadInput {
  let tool = try! Tool()

  @Test func truncatedBatchFile() throws {
    let folder = try tool.writeCIFAR(truncatedBy: 100)
    try tool.expectRefusal("train", "gan", "--dataset", folder, saying: "data_batch_3.bin")
    #expect(!FileManager.default.fileExists(atPath: tool.path("runs")))
  }

  @Test func labelOfTen() throws {
    let folder = try tool.writeCIFAR(label: 10)
    try tool.expectRefusal("train", "supervised", "--dataset", folder, saying: "data_batch_2.bin", "10")
  }

  @Test func wrongMagic() throws {
    let folder = try tool.writeIDX(magic: 4)
    try tool.expectRefusal("train", "gan", "--dataset", folder, saying: "train-images-idx3-ubyte")
  }

  @Test func emptyImageFolder() throws {
    let folder = tool.folder.appending(path: "nothing")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try tool.expectRefusal("train", "gan", "--dataset", folder.path, saying: folder.path)
  }

  @Test func brokenPNG() throws {
    let folder = tool.folder.appending(path: "pictures")
    for name in ["cats", "dogs"] {
      let place = folder.appending(path: name)
      try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
      for index in 0..<4 {
        let image = try PixelImages(
          bytes: (0..<300).map { UInt8(($0 + index) % 256) }, count: 1, height: 10, width: 10, channels: 3)
        try image.png().write(to: place.appending(path: "\(index).png"))
      }
    }
    let victim = folder.appending(path: "dogs/2.png")
    let whole = try Data(contentsOf: victim)
    try whole.prefix(whole.count / 2).write(to: victim)
    try tool.expectRefusal("train", "supervised", "--dataset", folder.path, saying: "dogs/2.png")
    try tool.expectRefusal("data", "info", folder.path, saying: "dogs/2.png")
  }

  @Test func unknownKeyAndNames() throws {
    let folder = try tool.writeIDX()
    try tool.expectRefusal(
      "train", "gan", "--dataset", folder, "--set", "training.learningrat=1",
      saying: "training.learningrat", "training.learningRate")
    try tool.expectRefusal("train", "gna", "--dataset", folder, saying: "gna", "gan")
    try tool.expectRefusal("train", "gan", "--preset", "cifar-dcgan", saying: "cifar10-dcgan")
    try tool.expectRefusal("train", "gan", "--dataset", "minst", saying: "minst", "mnist")
    try tool.expectRefusal("train", "gan", "--dataset", folder, "--device", "cuda:7", saying: "cuda:7")
    try tool.expectRefusal(
      "train", "gan", "--dataset", folder, "--set", "training.steps=many", saying: "training.steps")
    try tool.expectRefusal("train", "gan", "--dataset", folder, "--graphs", "on", saying: "training.graphs", "on")
    try tool.expectRefusal("evaluate", tool.path("runs/none"), saying: "runs/none")
    try tool.expectRefusal("data", "fetch", "imagenet", saying: "imagenet")
    try tool.expectRefusal("data", "fetch", "mnist", "--from", tool.path("none"), saying: "none")
  }

  /// A key that would change nothing is refused by the name that was typed, with the reason, before data are read.
  @Test func settingsThatWouldDoNothing() throws {
    let none = tool.path("no-such-folder")
    for (recipe, arguments, words) in [
      ("gan", ["--labels", "100"], ["--labels", "dataset.labels", "does not classify"]),
      ("gan", ["--set", "dataset.heldOut=5"], ["dataset.heldOut", "does not classify"]),
      ("gan", ["--set", "model.classifier.dropout=0.5"], ["model.classifier", "no classifier"]),
      ("supervised", ["--set", "training.sampleEvery=5"], ["training.sampleEvery", "makes no images"]),
      ("supervised", ["--set", "model.generator.width=5"], ["model.generator", "no generator"]),
      (
        "supervised", ["--set", "model.classifier.depth=10"],
        ["model.classifier.depth", "do nothing with model.classifier.family 'convolutional'", "belongs to residual"]
      ),
      (
        "supervised", ["--set", "model.classifier.family=resdual"],
        ["no model.classifier.family 'resdual'", "residual"]
      ),
      ("supervised", ["--set", "augmentation.rotation=500"], ["augmentation.rotation"]),
      ("supervised", ["--set", "options.batchSize=0"], ["options.batchSize"]),
    ] {
      let outcome = try tool.run(arguments: ["train", recipe, "--dataset", none] + arguments)
      #expect(outcome.status != 0 && outcome.errorLines.count == 1, "\(arguments): \(outcome.errors)")
      for word in words { #expect(outcome.errors.contains(word), "no '\(word)' in: \(outcome.errors)") }
    }
  }

  /// Each as a person types it: the message begins with what was typed, nothing is read (there are no data) and no
  /// folder is made.
  @Test func valuesAreCheckedFirst() throws {
    let none = tool.path("no-such-folder")
    try Data("recipe: 'gan' # of mine\ntraining: {steps: -4, epochs: 0}\n".utf8).write(
      to: tool.folder.appending(path: "mine.yaml"))
    try Data("recipe: [\n".utf8).write(to: tool.folder.appending(path: "broken.yaml"))
    for (arguments, start) in [
      (["train", "supervised", "--labels=-5"], "--labels: dataset.labels is -5; use 0 to"),
      (["train", "supervised", "--threads", "5000"], "--threads: threads is 5000; use 0 to 1024"),
      (
        ["train", "supervised", "--precision", "fp8"],
        "--precision: training.precision cannot be 'fp8'; use auto, fp32, bf16"
      ),
      (
        ["train", "gan", "--set", "options.classes=typo"],
        "options.classes cannot be 'typo'; use none, projection, auxiliary"
      ),
      (["train", "supervised", "--set", "training.logEvery=0"], "training.logEvery is 0; use 1 to"),
      (
        ["train", "supervised", "--labels", "10", "--set", "dataset.validation=10"],
        "dataset.validation is 10; use 0 to 9"
      ),
      (["train", "gan", "--config", "mine.yaml"], "mine.yaml: training.steps is -4; use 1 to"),
      (["train", "--config", "mine.yaml"], "mine.yaml: training.steps is -4; use 1 to"),
      (["train", "supervised", "--config", "mine.yaml"], "mine.yaml is for the recipe 'gan', not for 'supervised'"),
      (["train", "--config", "broken.yaml"], "broken.yaml is not valid YAML"),
      (["train", "gan", "--steps", "5", "--epochs", "2"], "5 steps and 2 epochs: give one of them"),
      (["train", "gan", "--set", "training.steps=5", "--set", "training.epochs=2"], "5 steps and 2 epochs"),
      (["train", "gan", "--steps", "-5"], "--steps: training.steps is -5; use 1 to"),
      (["train", "supervised", "--batch-size", "0"], "--batch-size: options.batchSize is 0; use 1 to"),
      (["train", "gan", "--labels", "5"], "--labels: 'dataset.labels' would do nothing: gan does not classify"),
      (
        ["train", "gan", "--set", "imageSize=3"],
        "--set imageSize=3: unknown key 'imageSize'; did you mean 'dataset.folder.imageSize'"
      ),
      (
        ["train", "gan", "--set", "learningRat=3"],
        "--set learningRat=3: unknown key 'learningRat'; did you mean 'training.learningRate'"
      ),
      (
        ["train", "gan", "--preset", "few-labels-supervised"],
        "preset few-labels-supervised is for the recipe 'supervised', not for 'gan'"
      ),
      (["train", "few-labels-supervise"], "there is no recipe or preset 'few-labels-supervise'; did you mean"),
      (["train"], "name a recipe ("),
      (["train", "supervised", "--device", "cuda:63"], "device 'cuda:63'"),
      (["train", "supervised", "--name", "a/b"], "\"a/b\" is no name for a run"),
      (["train", "supervised", "--runs", "mine.yaml"], "cannot make mine.yaml"),
      (["demo", "--labels=-1"], "--labels: dataset.labels is -1; use 0 to"),
      (["demo", "--set", "training.stepz=1"], "--set training.stepz=1: unknown key 'training.stepz'; did you mean"),
      (["demo", "--device", "cuda:63"], "device 'cuda:63'"),
      (["demo", "--runs", "mine.yaml"], "cannot make mine.yaml"),
    ] {
      let outcome = try tool.run(arguments: arguments + ["--dataset", none])
      #expect(outcome.status != 0 && outcome.errorLines.count == 1, "\(arguments): \(outcome.errors)")
      #expect(outcome.errors.hasPrefix("sparring: \(start)"), "\(arguments): \(outcome.errors)")
    }
    // The data are what is wrong last; even then nothing is made.
    for command in ["train supervised", "demo"] {
      let outcome = try tool.run(arguments: command.split(separator: " ").map(String.init) + ["--dataset", none])
      #expect(outcome.status != 0 && outcome.errors.contains("no-such-folder"), "\(outcome.errors)")
    }
    #expect(!FileManager.default.fileExists(atPath: tool.path("runs")))
  }

  /// A run of that name is there already: said before the data are read, and the run stays as it is.
  @Test func aNameThatIsTaken() throws {
    let place = tool.folder.appending(path: "runs/mine")
    try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
    try Data("recipe: gan\n".utf8).write(to: place.appending(path: "config.yaml"))
    try tool.expectRefusal(
      "train", "supervised", "--dataset", tool.path("no-such-folder"), "--name", "mine",
      saying: "runs/mine exists already", "choose another --name, or go on with it by --resume")
    #expect(try FileManager.default.contentsOfDirectory(atPath: place.path) == ["config.yaml"])
  }

  /// Wherever tensors are used, a device that is not there is one line, and nothing is made.
  @Test func absentDevices() throws {
    let folder = try tool.writeIDX()
    let trained = try tool.run(
      arguments: ["train", "supervised", "--dataset", folder, "--name", "s"] + Tool.tinyClassifier
        + ["--set", "training.steps=2"])
    #expect(trained.status == 0, "\(trained.errors)")
    let device = "cuda:63"
    for arguments in [
      ["train", "supervised", "--dataset", folder], ["demo", "--dataset", folder], ["evaluate", "runs/s"],
      ["classify", "runs/s", "none.png"], ["generate", "runs/s"],
    ] {
      let outcome = try tool.run(arguments: arguments + ["--device", device])
      #expect(outcome.status != 0 && outcome.errorLines.count == 1, "\(arguments): \(outcome.errors)")
      #expect(outcome.errors.contains("device '\(device)' was asked for, but LibTorch sees"), "\(outcome.errors)")
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: tool.path("runs")) == ["s"])
  }

  /// A run of a GPU can be used where there is none, but it cannot go on there.
  @Test func aRunOfAnAbsentDevice() throws {
    let folder = try tool.writeIDX()
    let trained = try tool.run(
      arguments: ["train", "supervised", "--dataset", folder, "--name", "s"] + Tool.tinyClassifier
        + ["--set", "training.steps=2"])
    #expect(trained.status == 0, "\(trained.errors)")
    let file = tool.folder.appending(path: "runs/s/config.yaml")
    let text = try String(contentsOf: file, encoding: .utf8)
    #expect(text.contains("\ndevice: cpu\n") && text.contains("graphs: auto"))
    try Data(text.replacing("\ndevice: cpu\n", with: "\ndevice: cuda:63\n").utf8).write(to: file)
    let evaluated = try tool.run("evaluate", "runs/s")
    #expect(evaluated.status == 0 && evaluated.output.contains("Test accuracy"), "\(evaluated.errors)")
    try tool.expectRefusal("train", "--resume", "runs/s", saying: "cuda:63")
  }

  @Test func valuesOutOfRange() throws {
    let folder = try tool.writeIDX()
    for setting in [
      "training.steps=9223372036854775807", "options.batchSize=1000000000000",
      "model.generator.width=5000000000000000000",
      "model.generator.latentSize=-1", "options.averageDecay=1.5", "options.r1Penalty=.nan", "threads=1000000",
      "recipe=supervised",
    ] {
      let key = try #require(setting.split(separator: "=").first).split(separator: ".").last.map(String.init) ?? ""
      try tool.expectRefusal(
        "train", "gan", "--dataset", folder, "--set", "training.epochs=0", "--set", setting, saying: key)
    }
  }

  @Test func moreLabelsThanThereAre() throws {
    let folder = try tool.writeIDX()
    try tool.expectRefusal("train", "supervised", "--dataset", folder, "--labels", "60", saying: "60")
    try tool.expectRefusal("train", "supervised", "--dataset", folder, "--labels", "1", saying: "no label is left")
  }

  @Test func checkpointWithAWrongShape() throws {
    let folder = try tool.writeIDX()
    let trained = try tool.run(
      "train", "gan", "--dataset", folder, "--name", "g", "--set", "training.epochs=0", "--set", "training.steps=2",
      "--set", "model.generator.width=2", "--set", "model.discriminator.width=2", "--set",
      "model.generator.latentSize=4", "--set", "options.batchSize=8")
    #expect(trained.status == 0, "\(trained.errors)")
    let file = tool.folder.appending(path: "runs/g/checkpoints/step-000002.safetensors")
    var (tensors, metadata) = try Safetensors.read(file)
    let key = "generator.body.output.weight"
    tensors[key] = try Tensor.zeros([1, 2, 5, 5])
    let changed = tool.folder.appending(path: "changed.safetensors")
    try Safetensors.write(tensors, metadata: metadata, to: changed)
    try tool.expectRefusal("generate", "--checkpoint", changed.path, saying: "changed.safetensors is damaged", "digest")
    // Older checkpoints have no digest.
    metadata["format"] = "sparring checkpoint 3"
    try Safetensors.write(tensors, metadata: metadata, to: changed)
    try tool.expectRefusal(
      "generate", "--checkpoint", changed.path, saying: "changed.safetensors", "output.weight", "shape")
    metadata["format"] = nil
    try Safetensors.write(tensors, metadata: metadata, to: changed)
    try tool.expectRefusal("generate", "--checkpoint", changed.path, saying: "not a checkpoint")
    try Data("nonsense".utf8).write(to: changed)
    try tool.expectRefusal("generate", "--checkpoint", changed.path, saying: "changed.safetensors")
    let latents = tool.folder.appending(path: "z.safetensors")
    try Safetensors.write(["latents": Tensor.zeros([2, 5])], metadata: [:], to: latents)
    try tool.expectRefusal(
      "generate", "--checkpoint", file.path, "--latents", latents.path, saying: "z.safetensors", "[N, 4]")
  }

  /// A file system with no room left: the run stops with one line, and the last checkpoint stays whole.
  @Test func fullDisk() throws {
    let mount = tool.folder.appending(path: "small").path
    try FileManager.default.createDirectory(atPath: mount, withIntermediateDirectories: true)
    guard shell("mount -t tmpfs -o size=400k tmpfs '\(mount)'") == 0 else {
      print("skipped fullDisk: mounting a small file system needs root")
      return
    }
    defer { _ = shell("umount '\(mount)'") }
    let folder = try tool.writeIDX()
    let outcome = try tool.run(
      "train", "gan", "--dataset", folder, "--runs", mount, "--name", "g", "--set", "model.generator.width=4",
      "--set", "model.discriminator.width=4", "--set", "model.generator.latentSize=4", "--set", "options.batchSize=8",
      "--set", "training.checkpointEvery=1", "--set",
      "training.keepCheckpoints=50", "--threads", "1")
    #expect(outcome.status != 0)
    #expect(outcome.errorLines.count == 1, "\(outcome.errors)")
    #expect(outcome.errors.contains("space") || outcome.errors.contains("full"), "\(outcome.errors)")
    let checkpoints = tool.folder.appending(path: "small/g/checkpoints")
    let files = try FileManager.default.contentsOfDirectory(atPath: checkpoints.path).sorted()
    for file in files where file.hasSuffix(".safetensors") {
      _ = try Safetensors.read(checkpoints.appending(path: file))
    }
    #expect(files.allSatisfy { $0.hasSuffix(".safetensors") }, "half-written files stay behind: \(files)")
  }

  private func shell(_ command: String) -> Int32 {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", command]
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return -1 }
    process.waitUntilExit()
    return process.terminationStatus
  }
}
