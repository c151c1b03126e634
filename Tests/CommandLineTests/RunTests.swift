import SparringDatasets
import Foundation
import Testing
import SparringTorch

@Suite struct Runs {
  let tool = try! Tool()

  /// The newest checkpoint's tensors as bytes; the loop's clock is in the metadata, which may differ.
  func weights(_ run: String) throws -> [String: Data] {
    let folder = tool.folder.appending(path: "runs/\(run)/checkpoints")
    let newest = try #require(FileManager.default.contentsOfDirectory(atPath: folder.path).sorted().last)
    return try Safetensors.read(folder.appending(path: newest)).tensors.mapValues { try $0.bytes() }
  }

  @Test func epochsAreOneLineEach() throws {
    let folder = try tool.writeIDX()
    let outcome = try tool.run(
      arguments: ["train", "gan", "--dataset", folder, "--name", "g", "--set", "training.epochs=3"] + Tool.tinyGAN)
    #expect(outcome.status == 0, "\(outcome.errors)")
    let epochs = outcome.output.split(separator: "\n").filter { $0.hasPrefix("Epoch") }
    #expect(epochs.count == 3)
    #expect(
      epochs.allSatisfy {
        $0.wholeMatch(of: #/Epoch \d\/3  loss D \d+\.\d{4}  loss G \d+\.\d{4}  augmented \d+\.\d\d%/#) != nil
      }, "\(epochs)")
    #expect(!outcome.output.contains("\u{1B}"), "no colours or cursor moves where nobody watches")
    for name in ["config.yaml", "environment.json", "metrics.jsonl", "report.html", "samples"] {
      #expect(FileManager.default.fileExists(atPath: tool.path("runs/g/\(name)")), "\(name)")
    }
  }

  /// A learning rate that ruins the run in its second step; the watch takes it back to where it began.
  static let ruinous = [
    "--set", "training.learningRate=1000", "--set", "training.watch.policy=roll-back", "--set",
    "training.watch.rateFactor=1e-6",
  ]

  @Test func aRuinedRunGoesBack() throws {
    let folder = try tool.writeIDX()
    let run = try tool.run(
      arguments: ["train", "gan", "--dataset", folder, "--name", "g", "--set", "training.epochs=2"] + Tool.tinyGAN
        + Self.ruinous)
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.output.contains("Went back to step 0, from where the learning rate is 1e-06 of what it was"))
    #expect(run.output.contains("sample distance") && run.output.contains("of its result, the best, of step"))
    let metrics = try String(contentsOfFile: tool.path("runs/g/metrics.jsonl"), encoding: .utf8)
    let steps = metrics.split(separator: "\n").filter { $0.contains("\"kind\":\"step\"") }
    #expect(steps.count == 10, "each of the ten steps once")
    #expect(FileManager.default.fileExists(atPath: tool.path("runs/g/checkpoints/best.safetensors")))
    try tool.expectRefusal(
      "train", "gan", "--dataset", folder, "--set", "training.watch.policy=pray", saying: "training.watch.policy")
  }

  /// Killed at some moment, which may be while a checkpoint is written, or while it goes back: it goes on to the same bits.
  @Test(arguments: [150, 400, 900], [[], ruinous])
  func aKilledRunResumesToTheSameWeights(milliseconds: Int, watched: [String]) throws {
    let folder = try tool.writeIDX()
    let arguments = ["train", "gan", "--dataset", folder, "--set", "training.epochs=12"] + Tool.tinyGAN + watched
    let whole = try tool.run(arguments: arguments + ["--name", "whole"])
    #expect(whole.status == 0, "\(whole.errors)")

    let (process, _, _) = try tool.start(arguments + ["--name", "killed"])
    var waited = 0
    while waited < 20_000, !FileManager.default.fileExists(atPath: tool.path("runs/killed/config.yaml")) {
      usleep(10_000)
      waited += 10
    }
    usleep(UInt32(milliseconds) * 1000)
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    let resumed = try tool.run("train", "--resume", "runs/killed")
    #expect(resumed.status == 0, "\(resumed.errors)")
    #expect(try weights("killed") == weights("whole"))
  }

  @Test func controlCSavesAndSaysHowToGoOn() throws {
    let folder = try tool.writeIDX()
    let (process, output, _) = try tool.start(
      ["train", "gan", "--dataset", folder, "--name", "g", "--set", "training.epochs=100000"] + Tool.tinyGAN)
    var waited = 0
    while waited < 20_000,
      !FileManager.default.fileExists(atPath: tool.path("runs/g/checkpoints/step-000002.safetensors"))
    {
      usleep(10_000)
      waited += 10
    }
    kill(process.processIdentifier, SIGINT)
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 130)
    #expect(text.contains("sparring train --resume runs/g"), "\(text.suffix(300))")
  }

  @Test func trainEvaluateClassify() throws {
    let folder = try tool.writeIDX()
    let trained = try tool.run(
      arguments: ["train", "supervised", "--dataset", folder, "--name", "s"] + Tool.tinyClassifier)
    #expect(trained.status == 0, "\(trained.errors)")
    #expect(
      trained.output.contains("Test accuracy 100.00%"), "dark and bright are easily told apart: \(trained.output)")
    let evaluated = try tool.run("evaluate", "runs/s")
    #expect(evaluated.output.contains("Test accuracy 100.00% on 20 images"), "\(evaluated.output)\(evaluated.errors)")
    let bright = try PixelImages(
      bytes: Array(repeating: 210, count: 40 * 30), count: 1, height: 40, width: 30, channels: 1)
    try bright.png().write(to: tool.folder.appending(path: "bright.png"))
    let classified = try tool.run("classify", "runs/s", "bright.png", "--top", "1")
    #expect(classified.output.hasPrefix("bright.png: 1 "), "\(classified.output)\(classified.errors)")
    #expect(FileManager.default.fileExists(atPath: tool.path("runs/s/split.json")))
  }

  /// A preset names its recipe; its name alone is enough.
  @Test func aPresetNameIsEnough() throws {
    let folder = try tool.writeIDX()
    let tiny = [
      "--dataset", folder, "--labels", "4", "--set", "training.steps=2", "--set", "model.classifier.widths=[4, 8]",
      "--set", "options.batchSize=8", "--threads", "1",
    ]
    let named = try tool.run(arguments: ["train", "few-labels-supervised", "--name", "a"] + tiny)
    #expect(named.status == 0, "\(named.errors)")
    let asOption = try tool.run(arguments: ["train", "--preset", "few-labels-supervised", "--name", "b"] + tiny)
    #expect(asOption.status == 0, "\(asOption.errors)")
    #expect(try weights("a") == weights("b"))
    try tool.expectRefusal("train", "gan", "--preset", "few-labels-supervised", saying: "recipe", "supervised", "gan")
    try tool.expectRefusal(
      "generate", "runs/a", saying: "supervised does not generate", "gan", "semi-supervised-gan")
  }

  @Test func generateFromLatents() throws {
    let folder = try tool.writeIDX()
    let trained = try tool.run(
      arguments: ["train", "gan", "--dataset", folder, "--name", "g", "--set", "training.epochs=1"] + Tool.tinyGAN)
    #expect(trained.status == 0, "\(trained.errors)")
    let latents = try Tensor.normal([3, 4], using: RandomGenerator(seed: 1))
    try Safetensors.write(["latents": latents], metadata: [:], to: tool.folder.appending(path: "z.safetensors"))
    let made = try tool.run(
      "generate", "--checkpoint", "runs/g/checkpoints/step-000005.safetensors", "--latents", "z.safetensors",
      "--output",
      "images.safetensors")
    #expect(made.status == 0, "\(made.errors)")
    let images = try #require(Safetensors.read(tool.folder.appending(path: "images.safetensors")).tensors["images"])
    #expect(images.shape == [3, 1, 28, 28] && images.dtype == .float32)
    let grid = try tool.run("generate", "runs/g", "--count", "9", "--output", "grid.png")
    #expect(grid.status == 0, "\(grid.errors)")
    #expect(try ImageFile.decode(tool.path("grid.png")).width > 3 * 28)
  }

  /// Grids with a row a class, strips, a folder of pictures and an animation; what does not go together is said.
  @Test func generateInManyShapes() throws {
    let folder = try tool.writeIDX()
    let trained = try tool.run(
      arguments: ["train", "class-conditional-gan", "--dataset", folder, "--name", "c", "--steps", "3"] + Tool.tinyGAN)
    #expect(trained.status == 0, "\(trained.errors)")
    func size(_ arguments: String...) throws -> [Int] {
      let made = try tool.run(arguments: ["generate", "runs/c", "--output", "made.png"] + arguments)
      #expect(made.status == 0, "\(made.errors)")
      let image = try ImageFile.decode(tool.path("made.png"))
      return [image.height, image.width]
    }
    // Pictures of 28 pixels with gaps of 2.
    #expect(try size("--per-class", "5") == [2 * 30 - 2, 5 * 30 - 2])
    #expect(try size("--interpolate", "7", "--count", "3", "--class", "1") == [3 * 30 - 2, 7 * 30 - 2])
    // Each row keeps a class of its own where none is asked for.
    func strips(_ arguments: String...) throws -> [UInt8] {
      let made = try tool.run(
        arguments: ["generate", "runs/c", "--interpolate", "3", "--count", "2", "--output", "s.npy"] + arguments)
      #expect(made.status == 0, "\(made.errors)")
      return try NPY.read(tool.path("s.npy")).array(of: UInt8.self)
    }
    let (inTurn, dark, bright) = (try strips(), try strips("--class", "0"), try strips("--class", "1"))
    let half = inTurn.count / 2
    #expect(inTurn[..<half] == dark[..<half] && inTurn[half...] == bright[half...])
    #expect(try size("--count", "4", "--truncation", "0.5") == [2 * 30 - 2, 2 * 30 - 2])
    let moving = try tool.run("generate", "runs/c", "--animate", "2", "--count", "4", "--output", "moving.png")
    #expect(moving.output == "Wrote 4 moving images, 8 frames, to moving.png\n", "\(moving.errors)")
    #expect(try Data(contentsOf: tool.folder.appending(path: "moving.png")).range(of: Data("acTL".utf8)) != nil)
    let apart = try tool.run("generate", "runs/c", "--per-class", "2", "--output", "made/")
    #expect(apart.output == "Wrote 4 images to made/\n", "\(apart.errors)")
    for (label, files) in [("0", ["0001.png", "0002.png"]), ("1", ["0003.png", "0004.png"])] {
      #expect(try FileManager.default.contentsOfDirectory(atPath: tool.path("made/\(label)")).sorted() == files)
    }
    // A folder of classes like any other: a classifier says how many are what they were asked to be.
    let judge = try tool.run(
      arguments: ["train", "supervised", "--dataset", folder, "--name", "judge"] + Tool.tinyClassifier)
    #expect(judge.status == 0, "\(judge.errors)")
    let judged = try tool.run("evaluate", "runs/judge", "--dataset", "made")
    #expect(judged.output.contains("on 4 images"), "\(judged.errors)")

    for pair in [["--class", "0", "--per-class", "2"], ["--animate", "2", "--interpolate", "2"]] {
      let refused = try tool.run(arguments: ["generate", "runs/c"] + pair)
      #expect(refused.status != 0 && refused.errors.contains("do not go together"))
    }
    #expect(try tool.run("generate", "runs/c", "--truncation", "0").errors.contains("--truncation is 0.0"))
    try tool.expectRefusal(
      "generate", "runs/c", "--animate", "2", "--output", "made.npy", saying: "made.npy", "animation", ".png")
    try Data().write(to: tool.folder.appending(path: "taken"))
    try tool.expectRefusal("generate", "runs/c", "--output", "taken/", saying: "taken cannot be made")
  }

  @Test func demoComparesAndReports() throws {
    let folder = try tool.writeIDX()
    let arguments = [
      "demo", "--dataset", folder, "--labels", "10", "--seeds", "2", "--name", "d", "--set", "training.steps=6",
      "--set",
      "threads=1",
    ]
    let outcome = try tool.run(arguments: arguments)
    #expect(outcome.status == 0, "\(outcome.errors)")
    for baseline in ["few-labels-supervised", "few-labels-consistency"] {
      #expect(outcome.output.contains("few-labels-gan − \(baseline): "), "\(outcome.output)")
    }
    #expect(FileManager.default.fileExists(atPath: tool.path("runs/d/few-labels-supervised-seed2/report.html")))
    #expect(FileManager.default.fileExists(atPath: tool.path("runs/d/report.html")))
    #expect(FileManager.default.fileExists(atPath: tool.path("runs/d/comparison.json")))
  }

  /// Every arm of the demo is a preset of a recipe that classifies.
  @Test func demoArmsArePresets() throws {
    let folder = try tool.writeIDX()
    let outcome = try tool.run(
      arguments: [
        "demo", "--dataset", folder, "--labels", "10", "--seeds", "2", "--name", "d", "--ablations", "--set",
        "training.steps=1", "--set", "threads=1",
      ])
    #expect(outcome.status == 0, "\(outcome.errors)")
    let help = try tool.run("demo", "--help").output
    let runs = try FileManager.default.contentsOfDirectory(atPath: tool.path("runs/d")).filter {
      $0.hasSuffix("-seed1")
    }
    #expect(runs.count == 4)
    for run in runs {
      let preset = String(run.dropLast("-seed1".count))
      #expect(help.contains(preset) && outcome.output.contains(preset), "\(preset)")
      #expect(try tool.run("presets", preset).status == 0)
    }
  }

  @Test func listsAndHelp() throws {
    #expect(try tool.run("--help").output.contains("demo"))
    #expect(try tool.run("presets").output.contains("cifar10-dcgan"))
    #expect(try tool.run("data", "list").output.contains("fashion-mnist"))
    let doctor = try tool.run("doctor")
    #expect(doctor.status == 0 && doctor.output.contains("LibTorch"))
    #expect(doctor.output.contains("./sparring data fetch mnist"))
    try tool.expectRefusal("data", "where", "mnist", saying: "./sparring data fetch mnist")
    try tool.writeIDX("MNIST")
    #expect(try tool.run("data", "where", "mnist").output == tool.path("MNIST") + "\n")
  }
}
