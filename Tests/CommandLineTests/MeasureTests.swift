import Foundation
import SparringDatasets
import SparringTorch
import Testing

/// `measure` as a process, over features that need no weights; over Inception's where they are at hand.
@Suite struct Measures {
  let tool = try! Tool()

  /// Pictures of 8×8 pixels: noise around a brightness.
  private func writePictures(_ name: String, count: Int, brightness: Int, salt: Int = 0) throws -> String {
    let folder = tool.folder.appending(path: name)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for index in 0..<count {
      var state = UInt64(index + salt + 1)
      let bytes = (0..<192).map { _ in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return UInt8(state >> 33 & 0xff) % 90 + UInt8(brightness)
      }
      try PixelImages(bytes: bytes, count: 1, height: 8, width: 8, channels: 3).png()
        .write(to: folder.appending(path: "\(index + 100).png"))
    }
    return folder.path
  }

  private func figures(_ text: String) throws -> [String: Any] {
    try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  private func number(_ figures: [String: Any], _ name: String) throws -> Double {
    try #require(figures[name] as? Double)
  }

  private var kept: Int {
    let folder = tool.path("cache/sparring/features")
    return FileManager.default.enumerator(atPath: folder)?.filter { "\($0)".hasSuffix(".safetensors") }.count ?? 0
  }

  @Test func foldersAreComparedAndRemembered() throws {
    let dark = try writePictures("dark", count: 60, brightness: 0)
    let same = try writePictures("same", count: 60, brightness: 0, salt: 1000)
    let bright = try writePictures("bright", count: 60, brightness: 150)
    func measure(_ subject: String, _ against: String) throws -> [String: Any] {
      let outcome = try tool.run("measure", subject, "--against", against, "--features", "own", "--format", "json")
      #expect(outcome.status == 0, "\(outcome.errors)")
      return try figures(outcome.output)
    }
    let near = try measure(same, dark)
    #expect(kept == 4, "60 pictures each, in pieces of 50")
    let far = try measure(bright, dark)
    #expect(kept == 6, "the reference is known, the others are not")
    #expect(try number(far, "frechetDistance") > 10 * number(near, "frechetDistance"))
    #expect(try number(far, "precision") == 0 && number(near, "precision") > 0.5)
    let compared = try #require(near["compared"] as? [String: Any])
    #expect(compared["extractor"] as? String == "random convolutional features 1")
    #expect(compared["generatedCount"] as? Int == 60 && compared["referenceCount"] as? Int == 60)
    // The same again is computed from what is kept, to the same figures.
    #expect(try measure(bright, dark) as NSDictionary == far as NSDictionary && kept == 6)
    // Another picture is not known.
    _ = try writePictures("dark", count: 61, brightness: 0)
    _ = try measure(bright, dark)
    #expect(kept == 7)
    let text = try tool.run("measure", bright, "--against", dark, "--features", "own")
    #expect(text.output.contains("Fréchet distance over random features") && !text.output.contains("Inception"))
  }

  @Test func aRunsSamplesAreMeasuredAndKeptInItsFolder() throws {
    let data = try tool.writeIDX()
    let trained = try tool.run(
      arguments: ["train", "gan", "--dataset", data, "--name", "g", "--set", "training.epochs=1"] + Tool.tinyGAN)
    #expect(trained.status == 0, "\(trained.errors)")
    let outcome = try tool.run(
      "measure", "runs/g", "--samples", "40", "--features", "own", "--against", "train", "--output", "figures.json",
      "--export-features", "features.safetensors")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(
      outcome.output.contains("40 images made by g against 40 train images of digits, over random"), "\(outcome.output)"
    )
    let (tensors, metadata) = try Safetensors.read(tool.folder.appending(path: "features.safetensors"))
    #expect(tensors["generated"]?.shape == [40, 896] && tensors["reference"]?.shape == [40, 896])
    let written = try String(contentsOfFile: tool.path("figures.json"), encoding: .utf8)
    #expect(metadata["measures"] == written)
    func records() throws -> [[String: Any]] {
      let data = try Data(contentsOf: tool.folder.appending(path: "runs/g/measures.json"))
      return try #require(JSONSerialization.jsonObject(with: data) as? [[String: Any]])
    }
    #expect(try records().count == 1)
    _ = try tool.run("measure", "runs/g", "--samples", "40", "--features", "own", "--against", "train")
    #expect(try records().count == 1, "the same figure takes the place of the old one")
    _ = try tool.run("measure", "runs/g", "--samples", "30", "--features", "own")
    #expect(try records().count == 2)
    let report = try String(contentsOfFile: tool.path("runs/g/report.html"), encoding: .utf8)
    #expect(report.contains("Fréchet distance over random features"))
  }

  @Test func everyCheckpointHasItsRow() throws {
    let data = try tool.writeIDX()
    let trained = try tool.run(
      arguments: ["train", "gan", "--dataset", data, "--name", "g", "--steps", "6"] + Tool.tinyGAN
        + ["--set", "training.checkpointEvery=2", "--set", "training.keepCheckpoints=9"])
    #expect(trained.status == 0, "\(trained.errors)")
    let measure = [
      "measure", "runs/g", "--every-checkpoint", "--samples", "30", "--features", "own", "--against", "train",
    ]
    let outcome = try tool.run(arguments: measure)
    #expect(outcome.status == 0, "\(outcome.errors)")
    let lines = outcome.output.split(separator: "\n")
    #expect(lines.count == 5 && lines[0].hasPrefix("step") && lines[4].contains("30 generated against 40 train images"))
    #expect(lines.dropFirst().prefix(3).map { $0.split(separator: " ")[0] } == ["2", "4", "6"], "\(outcome.output)")
    let json = try tool.run(arguments: measure + ["--format", "json"])
    let steps = try #require(JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [[String: Any]])
    #expect(steps.compactMap { $0["step"] as? Int } == [2, 4, 6] && steps.allSatisfy { $0["measures"] != nil })
    // The report has a curve of them, and the figures of the last.
    let report = try String(contentsOfFile: tool.path("runs/g/report.html"), encoding: .utf8)
    #expect(report.contains("30 images against 40 train images of digits"))
    #expect(report.components(separatedBy: "<dt>Fréchet distance over random features</dt>").count == 2)
    try tool.expectRefusal(
      "measure", data + ":train", "--every-checkpoint", "--features", "own", saying: "a run's folder")
    #expect(
      try tool.run(arguments: measure + ["--export-features", "f.safetensors"]).errors.contains("do not go together"))
  }

  @Test func partsOfADataSet() throws {
    let data = try tool.writeIDX()
    let outcome = try tool.run(
      "measure", "\(data):train", "--samples", "20", "--against", "\(data):test", "--features", "own")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(
      outcome.output.contains("20 train images of digits (the first of 40) against 20 test images of digits"),
      "\(outcome.output)")
    try tool.expectRefusal(
      "measure", data, "--against", "\(data):test", "--features", "own", saying: "has parts", ":train")
  }

  @Test func whatCannotBeMeasuredIsSaidInOneLine() throws {
    let few = try writePictures("few", count: 3, brightness: 0)
    let own = ["--features", "own"]
    func refused(_ arguments: [String], _ words: String...) throws {
      let outcome = try tool.run(arguments: ["measure"] + arguments + own)
      #expect(outcome.status != 0 && outcome.errorLines.count == 1, "\(outcome.errors)")
      for word in words { #expect(outcome.errors.contains(word), "no '\(word)' in: \(outcome.errors)") }
    }
    let size = ["--image-size", "4000000000x4000000000"]
    try refused([few, "--against", few] + size, "4000000000", "2048")
    try refused([few, "--against", few, "--output", "none/figures.json"], "none/figures.json", "folder")
    let digits = try tool.writeIDX()
    try refused(["\(digits)x:train", "--against", "mnist:test", "--image-size", "8"], "--image-size", "leave it out")
    try refused([few, "--against", few], "3 ", "too few", "20")
    try refused([few], "--against")
    try refused([few, "--against", tool.path("none")], "none")
    try refused([few, "--against", "test"], "NAME:test")
    try refused(["nothing", "--against", few], "nothing")
    let empty = tool.path("empty")
    try FileManager.default.createDirectory(atPath: empty, withIntermediateDirectories: true)
    try refused([empty, "--against", few], "holds no pictures")
    let trained = try tool.run(
      arguments: ["train", "supervised", "--dataset", tool.writeIDX(), "--name", "s"] + Tool.tinyClassifier)
    #expect(trained.status == 0, "\(trained.errors)")
    try refused(["runs/s"], "makes no images")
  }

  /// Whoever has no weights is told what to type, and what to measure instead.
  @Test func withoutWeightsTheOtherDistanceIsOffered() throws {
    let dark = try writePictures("dark", count: 20, brightness: 0)
    let outcome = try tool.run("measure", dark, "--against", dark)
    #expect(outcome.status != 0 && outcome.errorLines.count == 1)
    #expect(
      outcome.errors.contains("./sparring data fetch inception") && outcome.errors.contains("--features own"),
      "\(outcome.errors)")
  }

  @Test(.enabled(if: SearchPath.standard.find(.inception) != nil, "./sparring data fetch inception"))
  func inceptionMeasuresToo() throws {
    let dark = try writePictures("dark", count: 20, brightness: 0)
    let bright = try writePictures("bright", count: 20, brightness: 100)
    let weights = try #require(SearchPath.standard.find(.inception))
    let folder = URL(fileURLWithPath: weights).deletingLastPathComponent().deletingLastPathComponent().path
    func measure(_ arguments: String...) throws -> Double {
      let outcome = try tool.run(
        arguments: ["measure", bright, "--against", dark, "--format", "json"] + arguments,
        environment: ["SPARRING_DATA": folder])
      #expect(outcome.status == 0, "\(outcome.errors)")
      return try number(figures(outcome.output), "frechetDistance")
    }
    let (standard, other) = (try measure(), try measure("--resizing", "half-pixel"))
    #expect(standard > 1 && other > 1 && standard != other)
  }
}
