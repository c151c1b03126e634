import Foundation
import SparringDatasets
import SparringTorch
import Testing

/// Vectors, pictures that are not square, and pictures that cannot be read, as typed.
@Suite struct OtherData {
  let tool = try! Tool()

  /// A table of two kinds of points far apart, every third without a label.
  private func writeTable(_ name: String = "points.csv") throws -> String {
    var text = "width,height,label\n"
    for row in 0..<60 {
      let far = row % 2 == 0
      text += "\(far ? 90 + row : row),\(far ? -5 : 5),\(row % 3 == 0 ? "" : far ? "far" : "near")\n"
    }
    try Data(text.utf8).write(to: tool.folder.appending(path: name))
    return name
  }

  /// A folder of dark and bright pictures of 20×28 and other sizes.
  private func writePictures(broken: [String] = []) throws -> String {
    for (kind, shade) in [("dark", 20), ("bright", 200)] {
      let place = tool.folder.appending(path: "pictures/\(kind)")
      try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
      for index in 0..<10 {
        let (height, width) = (20 + index, 28 + index % 3)
        let image = try PixelImages(
          bytes: (0..<height * width * 3).map { UInt8(shade + ($0 + index) % 40) }, count: 1, height: height,
          width: width, channels: 3)
        let png = try image.png()
        let name = "\(kind)/\(index).png"
        try (broken.contains(name) ? png.prefix(png.count / 2) : png).write(
          to: place.appending(path: "\(index).png"))
      }
    }
    return "pictures"
  }

  private let short = ["--set", "training.steps=60", "--set", "training.logEvery=5", "--threads", "1"]

  @Test func vectorsAreClassifiedFromTableToReport() throws {
    let table = try writeTable()
    let trained = try tool.run(
      arguments: [
        "train", "supervised", "--dataset", table, "--labels", "8", "--name", "v", "--set", "options.batchSize=8",
      ]
        + short)
    #expect(trained.status == 0, "\(trained.errors)")
    #expect(trained.output.contains("Test accuracy 100.00%") && trained.output.contains("on 8 vectors"))
    let evaluated = try tool.run("evaluate", "runs/v")
    #expect(evaluated.output.contains("on 8 vectors"), "\(evaluated.output)\(evaluated.errors)")
    let report = try String(contentsOfFile: tool.path("runs/v/report.html"), encoding: .utf8)
    #expect(report.contains("points: vectors of 2 features, 2 classes") && report.contains("test vectors classified"))
    #expect(!report.contains("<img") && !report.contains("images classified"))
    // Columns are found by their names, whatever their order, in the file's own units.
    try Data("height,extra,width\n-5,1,120\n5,1,2\n".utf8).write(to: tool.folder.appending(path: "new.csv"))
    let classified = try tool.run("classify", "runs/v", "new.csv", "--top", "1")
    let lines = classified.output.split(separator: "\n")
    #expect(lines.count == 2 && lines.first?.hasPrefix("new.csv[0]: far ") == true, "\(classified.errors)")
    #expect(lines.last?.hasPrefix("new.csv[1]: near ") == true, "\(classified.output)")
    try NPY.write(Tensor([120, -5, 2, 5] as [Float], shape: [2, 2]), to: tool.path("new.npy"))
    #expect(try tool.run("classify", "runs/v", "new.npy").output.contains("new.npy[1]: near "))
    try NPY.write(Tensor.zeros([2, 3]), to: tool.path("other.npy"))
    try tool.expectRefusal("classify", "runs/v", "other.npy", saying: "vectors of 3 features", "2 features")
    try tool.expectRefusal("classify", "runs/v", "photo.png", saying: "photo.png", "vectors of 2 features")
    try tool.expectRefusal("generate", "runs/v", saying: "supervised does not generate")
    let described = try tool.run("data", "info", table)
    #expect(described.output.contains("2 features") && described.output.contains("32 labelled, 20 unlabelled"))
  }

  /// Every recipe of few labels takes vectors, and what its report shows of them makes sense.
  @Test(arguments: [
    "consistency", "semi-supervised-gan", "consistency-gan", "auxiliary-classifier-gan", "synthesis",
    "discriminator-features", "bidirectional-gan",
  ])
  func fewLabelsOfVectors(recipe: String) throws {
    let table = try writeTable()
    let trained = try tool.run(
      "train", recipe, "--dataset", table, "--labels", "8", "--name", "f", "--set", "options.labelledBatchSize=8",
      "--set", "options.unlabelledBatchSize=16", "--set", "training.steps=4", "--threads", "1")
    #expect(trained.status == 0, "\(trained.errors)")
    #expect(trained.output.contains("on 8 vectors"), "\(trained.output)")
    let text = try String(contentsOfFile: tool.path("runs/f/config.yaml"), encoding: .utf8)
    #expect(text.contains("family: fully-connected") && !text.contains("family: convolutional"))
    #expect(try tool.run("evaluate", "runs/f").status == 0)
    let resumed = try tool.run("train", "--resume", "runs/f")
    #expect(resumed.status == 0, "\(resumed.errors)")
  }

  /// A second recipe beside the first, on vectors too; what cannot be trained there is said before the first is.
  @Test func vectorsAgainstAnotherRecipe() throws {
    let table = try writeTable()
    let first = ["train", "supervised", "--dataset", table, "--labels", "8", "--set", "options.batchSize=8"] + short
    let game = try tool.run(arguments: first + ["--name", "v", "--against", "auxiliary-classifier-gan"])
    #expect(game.status == 0 && game.output.contains("on the same 8 test examples"), "\(game.errors)")
    let pictures = try tool.run(arguments: first + ["--name", "w", "--against", "handcrafted-hog"])
    #expect(pictures.status != 0 && pictures.errorLines.count == 1, "\(pictures.errors)")
    #expect(!FileManager.default.fileExists(atPath: tool.path("runs/w/checkpoints/step-000060.safetensors")))
    try tool.expectRefusal("demo", table, saying: "holds vectors", "sparring study")
    try NPY.write(Tensor.zeros([20, 3]), to: tool.path("bare.npy"))
    try tool.expectRefusal(
      "train", "supervised", "--dataset", "bare.npy", saying: "bare", "has no labels", ".labels.npy")
  }

  @Test func vectorsOfAClass() throws {
    let table = try writeTable()
    let trained = try tool.run(
      "train", "auxiliary-classifier-gan", "--dataset", table, "--labels", "8", "--name", "c", "--set",
      "options.labelledBatchSize=8", "--set", "options.unlabelledBatchSize=16", "--set", "training.steps=4",
      "--threads", "1")
    #expect(trained.status == 0, "\(trained.errors)")
    for name in ["far", "near"] {
      let made = try tool.run("generate", "runs/c", "--class", name, "--count", "5", "--output", "\(name).npy")
      #expect(made.output == "Wrote 5 vectors to \(name).npy\n", "\(made.errors)")
    }
    #expect(try NPY.read(tool.path("far.npy")).bytes() != NPY.read(tool.path("near.npy")).bytes())
    #expect(try tool.run("generate", "runs/c", "--count", "5").status == 0)
    try tool.expectRefusal("generate", "runs/c", "--class", "fa", saying: "--class", "'fa'", "far", "near")
    _ = try tool.run(
      arguments: ["train", "gan", "--dataset", table, "--name", "g", "--set", "training.epochs=0"] + short)
    try tool.expectRefusal("generate", "runs/g", "--class", "far", saying: "--class", "gan", "without classes")
  }

  @Test func vectorsAreGeneratedInTheUnitsOfTheFile() throws {
    let table = try writeTable()
    let trained = try tool.run(
      arguments: ["train", "gan", "--dataset", table, "--name", "g", "--set", "training.epochs=0"] + short)
    #expect(trained.status == 0, "\(trained.errors)")
    let report = try String(contentsOfFile: tool.path("runs/g/report.html"), encoding: .utf8)
    #expect(report.contains("A strip for each vector") && report.contains("<img"))
    for ending in ["npy", "csv", "safetensors"] {
      let made = try tool.run("generate", "runs/g", "--count", "5", "--output", "made.\(ending)")
      #expect(made.output == "Wrote 5 vectors to made.\(ending)\n", "\(made.errors)")
    }
    let array = try NPY.read(tool.path("made.npy"))
    #expect(array.shape == [5, 2] && array.dtype == .float32)
    let tensors = try Safetensors.read(tool.folder.appending(path: "made.safetensors")).tensors
    #expect(try tensors["examples"]?.bytes() == array.bytes())
    #expect(try String(contentsOfFile: tool.path("made.csv"), encoding: .utf8).hasPrefix("width,height\n"))
    #expect(try array.absolute().maximum().item() > 2, "not on [-1, 1]")
    let piped = try tool.run("generate", "runs/g", "--count", "5", "--output", "-")
    #expect(try piped.output == String(contentsOfFile: tool.path("made.csv"), encoding: .utf8))
    #expect(try tool.run("generate", "runs/g").output.contains("generated.npy"))
    try tool.expectRefusal("generate", "runs/g", "--output", "grid.png", saying: "grid.png", "no pictures", ".csv")
  }

  @Test func whatMakesNoSenseForVectorsIsRefused() throws {
    let table = try writeTable()
    try tool.expectRefusal(
      "train", "supervised", "--dataset", table, "--labels", "8", "--set", "augmentation.rotation=5",
      saying: "augmentation", "vectors")
    try tool.expectRefusal("train", "supervised", "--dataset", table, "--skip-unreadable", saying: "--skip-unreadable")
    try tool.expectRefusal(
      "train", "supervised", "--dataset", table, "--labels", "8", "--set", "dataset.file.labelColumn=kind",
      saying: "points.csv", "'kind'", "width, height, label")
    try tool.expectRefusal("train", "gan", "--dataset", "none.csv", saying: "none.csv does not exist")
    try Data("1,2\n3\n".utf8).write(to: tool.folder.appending(path: "ragged.csv"))
    try tool.expectRefusal("train", "gan", "--dataset", "ragged.csv", saying: "ragged.csv, line 2")
    #expect(!FileManager.default.fileExists(atPath: tool.path("runs")))
  }

  @Test func picturesNeedNotBeSquare() throws {
    let folder = try writePictures()
    let size = ["--set", "dataset.folder.imageSize=12x20"]
    let trained = try tool.run(
      arguments: ["train", "supervised", "--dataset", folder, "--name", "s", "--labels", "8"] + size + short
        + ["--set", "options.batchSize=8", "--set", "model.classifier.widths=[4, 8]"])
    #expect(
      trained.status == 0 && trained.output.contains("Test accuracy 100.00%"), "\(trained.output)\(trained.errors)")
    #expect(try String(contentsOfFile: tool.path("runs/s/config.yaml"), encoding: .utf8).contains("imageSize: 12x20"))
    #expect(try tool.run("classify", "runs/s", "pictures/dark/3.png", "--top", "1").output.contains("3.png: dark "))
    #expect(try tool.run("evaluate", "runs/s").status == 0)
    let gan = try tool.run(
      arguments: ["train", "gan", "--dataset", folder, "--name", "g", "--set", "training.epochs=1"] + size
        + Tool.tinyGAN)
    #expect(gan.status == 0, "\(gan.errors)")
    #expect(try tool.run("generate", "runs/g", "--count", "4", "--output", "made.npy").status == 0)
    #expect(try NPY.read(tool.path("made.npy")).shape == [4, 3, 12, 20])
    #expect(try tool.run("generate", "runs/g", "--count", "15", "--output", "made.png").status == 0)
    let grid = try ImageFile.decode(tool.path("made.png"))
    #expect(grid.height == 5 * 14 - 2 && grid.width == 3 * 22 - 2)
    try tool.expectRefusal("generate", "runs/g", "--output", "made.csv", saying: "made.csv", "images")
    // Residual networks of classes.
    let families = ["generator", "discriminator"].flatMap {
      ["--set", "model.\($0).family=residual", "--set", "model.\($0).normalization=none"]
    }
    let residual = try tool.run(
      arguments: ["train", "gan", "--dataset", folder, "--name", "r", "--set", "options.classes=projection"] + size
        + families + ["--set", "model.discriminator.depth=10", "--steps", "2", "--batch-size", "4", "--threads", "1"])
    #expect(residual.status == 0, "\(residual.errors)")
    #expect(try tool.run("generate", "runs/r", "--per-class", "2", "--output", "of-classes.npy").status == 0)
    #expect(try NPY.read(tool.path("of-classes.npy")).shape == [4, 3, 12, 20])
    try tool.expectRefusal(
      "train", "gan", "--dataset", folder, "--set", "dataset.folder.imageSize=12by20",
      saying: "dataset.folder.imageSize", "12by20", "48x64")
    try tool.expectRefusal(
      "train", "gan", "--dataset", folder, "--set", "dataset.folder.imageSize=0x5", saying: "dataset.folder.imageSize")
    #expect(try FileManager.default.contentsOfDirectory(atPath: tool.path("cache/sparring/pictures")).count == 1)
  }

  @Test func unreadablePicturesAreLeftOutWhereAsked() throws {
    let folder = try writePictures(broken: ["bright/4.png", "dark/7.png"])
    let arguments =
      ["train", "supervised", "--dataset", folder, "--name", "s", "--labels", "4"] + short
      + ["--set", "options.batchSize=4", "--set", "model.classifier.widths=[4, 8]"]
    let refused = try tool.run(arguments: arguments)
    #expect(refused.status != 0 && refused.errorLines.count == 1)
    #expect(refused.errors.contains("pictures/bright/4.png is a broken PNG"), "\(refused.errors)")
    let trained = try tool.run(arguments: arguments + ["--skip-unreadable"])
    #expect(trained.status == 0, "\(trained.errors)")
    #expect(trained.errors.contains("2 unreadable pictures were left out: /"), "\(trained.errors)")
    let evaluated = try tool.run("evaluate", "runs/s")
    #expect(evaluated.status == 0 && evaluated.errors.contains("2 unreadable pictures"), "\(evaluated.errors)")
    let report = try String(contentsOfFile: tool.path("runs/s/report.html"), encoding: .utf8)
    #expect(report.contains("2 unreadable pictures were left out"))
    let described = try tool.run("data", "info", folder, "--skip-unreadable")
    #expect(described.status == 0 && described.errors.contains("2 unreadable"))
  }
}
