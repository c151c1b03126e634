import Foundation
import SparringDatasets
import SparringTorch
import Testing

/// A folder of one's own, from looking at it to using what was trained elsewhere.
@Suite struct Photographs {
  let tool: Tool

  init() throws { tool = try Tool() }

  /// Dark and bright pictures of 12×12: `train/`, `val/` and `test/`, and unlabelled ones beside them.
  private func writePictures(dark: Int = 12, bright: Int = 12) throws {
    for (part, count) in [("train", (dark, bright)), ("val", (4, 4)), ("test", (9, 3))] {
      for (name, number, shade) in [("dark", count.0, 20), ("bright", count.1, 200)] {
        for index in 0..<number { try write("\(part)/\(name)/\(index).png", shade + index) }
      }
    }
    for index in 0..<6 { try write("unlabelled/\(index).png", 30 * index) }
  }

  private func write(_ name: String, _ shade: Int) throws {
    let file = tool.folder.appending(path: "pictures/\(name)")
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    let pixels = (0..<12 * 12 * 3).map { UInt8(truncatingIfNeeded: shade + $0 % 7) }
    try PixelImages(bytes: pixels, count: 1, height: 12, width: 12, channels: 3).png().write(to: file)
  }

  private let short = [
    "--image-size", "12", "--steps", "30", "--batch-size", "8", "--threads", "1", "--set",
    "model.classifier.widths=[4, 8]", "--set", "training.measureEvery=5",
  ]

  @Test func aFolderIsCheckedAtOnce() throws {
    try writePictures()
    let checked = try tool.run("data", "check", "pictures")
    #expect(checked.status == 0, "\(checked.output)\(checked.errors)")
    let rows = checked.output.split(separator: "\n").map { $0.split(separator: " ") }
    #expect(rows.contains(["bright", "12", "4", "3"]), "\(checked.output)")
    #expect(checked.output.contains("unlabelled  6") && checked.output.contains("the folder test/"))
    try Data([0x89, 0x50, 0x4e, 0x47]).write(to: tool.folder.appending(path: "pictures/train/dark/bad.png"))
    try Data([1]).write(to: tool.folder.appending(path: "pictures/train/dark/phone.heic"))
    let refused = try tool.run("data", "check", "pictures")
    #expect(refused.status == 1)
    #expect(refused.output.contains("1 picture cannot be read") && refused.output.contains("bad.png is a broken PNG"))
    #expect(refused.output.contains("phone.heic: HEIC, which is not read"))
    try tool.expectRefusal("data", "check", "none", saying: "none")
    try tool.expectRefusal("data", "check", "mnist", saying: "no folder of pictures", "data info mnist")
  }

  @Test func trainedMeasuredAndTakenAway() throws {
    try writePictures()
    let trained = try tool.run(
      arguments: ["train", "supervised", "--dataset", "pictures", "--name", "s", "--against", "supervised"] + short)
    #expect(trained.status == 0, "\(trained.errors)")
    #expect(
      trained.output.contains("runs/s: 24 labels, 6 unlabelled, 8 validation, 12 test, 12×12 colour, 2 classes"),
      "\(trained.output)")
    #expect(trained.output.contains("The test part is the folder test/."))
    #expect(trained.output.contains("Balanced accuracy"), "nine of one class, three of the other")
    // The same recipe with the same seed and batches: nothing differs.
    #expect(
      trained.output.contains("Difference +0.00 points") && trained.output.contains("No difference is shown (McNemar"))
    #expect(FileManager.default.fileExists(atPath: tool.path("runs/s/checkpoints/best.safetensors")))
    let kept = try String(contentsOfFile: tool.path("runs/s/config.yaml"), encoding: .utf8)
    #expect(kept.contains("name: \(tool.folder.resolvingSymlinksInPath().path)") || kept.contains("name: /"))

    let other = try tool.run("evaluate", "runs/s", "--dataset", "pictures/val")
    #expect(other.status == 0 && other.output.contains("on 8 images"), "\(other.output)\(other.errors)")
    try tool.expectRefusal("evaluate", "runs/s", "--dataset", "pictures/unlabelled", saying: "labelled")

    let exported = try tool.run("export", "runs/s")
    #expect(exported.status == 0, "\(exported.errors)")
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: tool.path("runs/s/export")).sorted()
        == ["classifier.onnx", "classifier.py", "classifier.safetensors", "core_ml.py"])
    let weights = try Safetensors.read(tool.folder.appending(path: "runs/s/export/classifier.safetensors"))
    #expect(weights.metadata["classes"] == "[\"bright\",\"dark\"]")
    #expect(weights.tensors.keys.contains("output.weight") && !weights.tensors.keys.contains { $0.contains(":") })
  }

  @Test func answersComeAsTables() throws {
    try writePictures()
    #expect(
      try tool.run(arguments: ["train", "supervised", "--dataset", "pictures", "--name", "s"] + short).status == 0)
    let table = try tool.run("classify", "runs/s", "pictures/test", "--format", "csv")
    let lines = table.output.split(separator: "\n")
    #expect(table.status == 0 && lines.count == 13 && lines[0] == "file,class,probability,bright,dark")
    #expect(lines[1].hasPrefix("pictures/test/bright/0.png,bright,"), "\(lines[1])")
    #expect(table.errors.contains("12 classified"))
    struct Answer: Decodable {
      let file: String
      let `class`: String
      let probabilities: [String: Double]
    }
    try Data([1, 2]).write(to: tool.folder.appending(path: "pictures/test/bright/broken.jpg"))
    let objects = try tool.run("classify", "runs/s", "pictures/test", "none.png", "--format", "json")
    #expect(objects.status == 1 && objects.errors.contains("12 classified, 2 could not be read"), "\(objects.errors)")
    #expect(objects.errors.contains("broken.jpg is no picture") && objects.errors.contains("none.png does not exist"))
    let answers = try JSONDecoder().decode([Answer].self, from: Data(objects.output.utf8))
    #expect(answers.count == 12)
    for answer in answers { #expect(abs(answer.probabilities.values.reduce(0, +) - 1) < 1e-3) }
  }

  @Test func keysAreListedWithTheirMeaning() throws {
    let keys = try tool.run("keys", "few-labels-gan")
    #expect(keys.status == 0 && keys.output.contains("the least probability at which a pseudo-label counts (0 to 1)"))
    #expect(keys.output.contains("options.pseudoLabelThreshold  "))
    try tool.expectRefusal("trian", saying: "there is no command 'trian'; did you mean 'train'?")
  }
}
