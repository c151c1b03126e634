import Foundation
import SparringDatasets
import SparringTorch
import Testing

/// `complete` and `enhance`, as typed.
@Suite struct Restoration {
  let tool = try! Tool()

  private static let tiny = [
    "--steps", "3", "--threads", "1", "--batch-size", "8", "--set", "model.restorer.widths=[4, 6]", "--set",
    "model.discriminator.widths=[4, 8]", "--set", "training.schedule.warmUpSteps=0",
  ]

  private func train(_ recipe: String, _ name: String, _ settings: String...) throws {
    let outcome = try tool.run(
      arguments: ["train", recipe, "--dataset", tool.writeIDX(), "--name", name] + Self.tiny
        + settings.flatMap { ["--set", $0] })
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(FileManager.default.fileExists(atPath: tool.path("runs/\(name)/samples/step-000003.png")))
  }

  /// A picture of colours that change from pixel to pixel.
  @discardableResult
  private func writePicture(
    _ name: String, width: Int = 40, height: Int = 30, channels: Int = 3, opacity: ((Int) -> UInt8)? = nil
  ) throws -> WholePicture {
    let bytes = (0..<width * height * channels).map { UInt8(truncatingIfNeeded: $0 * 7 + $0 / 50 * 31) }
    let pixels = try PixelImages(bytes: bytes, count: 1, height: height, width: width, channels: channels)
    let alpha = try opacity.map { opacity in
      try PixelImages(
        bytes: (0..<width * height).map(opacity), count: 1, height: height, width: width, channels: 1)
    }
    let picture = try WholePicture(pixels, opacity: alpha)
    let file = tool.folder.appending(path: name)
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try picture.png().write(to: file)
    return picture
  }

  private func read(_ name: String) throws -> WholePicture { try WholePicture(contentsOf: tool.path(name)) }

  /// The places of pixels that two pictures differ in.
  private func changes(_ first: WholePicture, _ second: WholePicture) -> Set<Int> {
    let channels = first.pixels.channels
    return Set(
      first.pixels.bytes.indices.filter { first.pixels.bytes[$0] != second.pixels.bytes[$0] }.map { $0 / channels })
  }

  @Test func whatIsMissingIsFilledAndNothingElse() throws {
    try train("completion", "c")
    let whole = try writePicture("a.png")
    var outcome = try tool.run("complete", "runs/c", "a.png", "--box", "5,4,10,6")
    #expect(outcome.status == 0 && outcome.output == "a-completed.png\n", "\(outcome.errors)")
    let box = Set((4..<10).flatMap { row in (5..<15).map { row * 40 + $0 } })
    let changed = try changes(whole, read("a-completed.png"))
    #expect(!changed.isEmpty && changed.isSubset(of: box))

    // A mask: white in one corner.
    let mask = try PixelImages(
      bytes: (0..<1200).map { $0 / 40 < 3 && $0 % 40 < 4 ? 255 : 10 }, count: 1, height: 30, width: 40, channels: 1)
    try mask.png().write(to: tool.folder.appending(path: "m.png"))
    outcome = try tool.run("complete", "runs/c", "a.png", "--mask", "m.png", "--output", "b.png")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let corner = Set((0..<3).flatMap { row in (0..<4).map { row * 40 + $0 } })
    #expect(try changes(whole, read("b.png")).isSubset(of: corner))

    // The same pixels for the same seed.
    for (name, seed) in [("r1", "7"), ("r2", "7"), ("r3", "8")] {
      let random = try tool.run(
        "complete", "runs/c", "a.png", "--random", "0.3", "--seed", seed, "--output", "\(name).png")
      #expect(random.status == 0, "\(random.errors)")
    }
    let share = try Double(changes(whole, read("r1.png")).count) / 1200
    #expect(share > 0.2 && share < 0.35, "\(share)")
    #expect(try read("r1.png") == read("r2.png"))
    #expect(try read("r1.png") != read("r3.png"))
  }

  @Test func transparencyAndGrey() throws {
    try train("completion", "c")
    // A window of transparent pixels is the hole; the result is opaque.
    let inside = { (place: Int) in (8..<12).contains(place / 40) && (10..<20).contains(place % 40) }
    let window = try writePicture("window.png") { inside($0) ? 0 : 255 }
    #expect(try tool.run("complete", "runs/c", "window.png").status == 0)
    let filled = try read("window-completed.png")
    #expect(filled.opacity == nil && changes(window, filled).allSatisfy(inside))
    // With a box of its own a picture stays as transparent as it was.
    let veil = try writePicture("veil.png", channels: 1) { UInt8($0 % 200) }
    #expect(try tool.run("complete", "runs/c", "veil.png", "--box", "0,0,5,5").status == 0)
    let completed = try read("veil-completed.png")
    #expect(completed.opacity == veil.opacity && completed.pixels.channels == 1)
    try writePicture("a.png")
    try tool.expectRefusal("complete", "runs/c", "a.png", saying: "no transparent pixels", "--mask")
  }

  @Test func severalFillings() throws {
    try train("completion", "c", "options.latentSize=3", "training.learningRate=0.03")
    let whole = try writePicture("a.png")
    let outcome = try tool.run("complete", "runs/c", "a.png", "--box", "5,4,10,6", "--count", "3", "--output", "o.png")
    #expect(outcome.status == 0 && outcome.output == "o-1.png\no-2.png\no-3.png\n", "\(outcome.errors)")
    let fillings = try (1...3).map { try read("o-\($0).png") }
    #expect(fillings[0] != fillings[1] && fillings[1] != fillings[2])
    #expect(fillings.allSatisfy { changes(whole, $0).count <= 60 })
  }

  @Test func foldersAndStandardStreams() throws {
    try train("completion", "c")
    try writePicture("in/a.png")
    try writePicture("in/deep/b.png", channels: 1)
    try Data("no picture".utf8).write(to: tool.folder.appending(path: "in/notes.txt"))
    try Data("broken".utf8).write(to: tool.folder.appending(path: "in/c.png"))
    try writePicture("in/small.png", width: 8, height: 8)
    let outcome = try tool.run("complete", "runs/c", "in", "--box", "2,2,10,10", "--output", "out")
    #expect(outcome.status == 1)
    #expect(outcome.output.split(separator: "\n").sorted() == ["out/a.png", "out/deep/b.png"])
    for word in ["notes.txt is no picture", "c.png", "reaches beyond", "2 pictures completed, 3 passed over"] {
      #expect(outcome.errors.contains(word), "no '\(word)' in \(outcome.errors)")
    }
    // Through the standard streams: the same bytes as through files.
    #expect(try tool.run("complete", "runs/c", "in/a.png", "--box", "2,2,9,9", "--output", "file.png").status == 0)
    #expect(try tool.run("complete", "runs/c", "in/a.png", "--box", "2,2,9,9", "--output", "new/").status == 0)
    #expect(FileManager.default.fileExists(atPath: tool.path("new/a.png")), "an ending / names a folder")
    let (process, output, errors) = try tool.start(
      ["complete", "runs/c", "-", "--box", "2,2,9,9", "--output", "-"],
      input: Data(contentsOf: tool.folder.appending(path: "in/a.png")))
    let piped = output.fileHandleForReading.readDataToEndOfFile()
    let complaints = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "\(complaints)")
    #expect(try piped == Data(contentsOf: tool.folder.appending(path: "file.png")))
  }

  /// Pictures of one name in several folders, or but for their endings, do not take each other's place.
  @Test func resultsAreToldApart() throws {
    try train("completion", "c")
    for name in ["one/a.png", "two/a.png", "three/A.png"] { try writePicture(name) }
    let outcome = try tool.run(
      "complete", "runs/c", "one/a.png", "two/a.png", "three/A.png", "--box", "2,2,9,9", "--output", "out")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output == "out/a.png\nout/a-png.png\nout/A-png-2.png\n")
    // Nothing is written where something would be overwritten.
    try writePicture("two/z.png")
    let before = try FileManager.default.contentsOfDirectory(atPath: tool.path("two")).count
    try tool.expectRefusal(
      "complete", "runs/c", "two", "--box", "2,2,9,9", "--output", "two", saying: "two/a.png is one of the pictures")
    #expect(try FileManager.default.contentsOfDirectory(atPath: tool.path("two")).count == before)
    try Data().write(to: tool.folder.appending(path: "file"))
    try tool.expectRefusal(
      "complete", "runs/c", "one/a.png", "--box", "2,2,9,9", "--output", "file/b.png", saying: "cannot be made")
    let checkpoint = "runs/c/checkpoints/step-000003.safetensors"
    let both = try tool.run("complete", "runs/c", "one/a.png", "--checkpoint", checkpoint, "--random", "0.3")
    #expect(both.status != 0 && both.errors.contains("leave runs/c out"), "\(both.errors)")
  }

  /// Wider than training has shown: filled at a lower resolution, and still nothing else is touched.
  @Test func holesWiderThanInTraining() throws {
    try train("completion", "c", "options.largestBox=0.2")
    let whole = try writePicture("a.png")
    let outcome = try tool.run("complete", "runs/c", "a.png", "--box", "3,2,35,25", "--output", "b.png")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let filled = try read("b.png")
    let inside = { (place: Int) in (2..<27).contains(place / 40) && (3..<38).contains(place % 40) }
    let changed = changes(whole, filled)
    #expect(changed.allSatisfy(inside) && changed.count > 700)
    // Not one colour.
    #expect(Set((0..<1200).filter(inside).map { filled.pixels.bytes[3 * $0] }).count > 10)
  }

  /// White strokes on nothing are strokes, whatever colour nothing has.
  @Test func masksAreSeenOnBlack() throws {
    try train("completion", "c")
    let whole = try writePicture("a.png")
    let stroke = { (place: Int) in place / 40 == 5 && place % 40 < 12 }
    let white = try PixelImages(
      bytes: [UInt8](repeating: 255, count: 1200), count: 1, height: 30, width: 40, channels: 1)
    let opacity = try PixelImages(
      bytes: (0..<1200).map { stroke($0) ? 255 : 0 }, count: 1, height: 30, width: 40, channels: 1)
    try WholePicture(white, opacity: opacity).png().write(to: tool.folder.appending(path: "m.png"))
    let outcome = try tool.run("complete", "runs/c", "a.png", "--mask", "m.png", "--output", "b.png")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(try changes(whole, read("b.png")).allSatisfy(stroke))
  }

  @Test func badInputToComplete() throws {
    try train("completion", "c")
    let before = try writePicture("a.png")
    try writePicture("m.png", width: 20, height: 20, channels: 1)
    func refuse(_ arguments: String..., saying words: String...) throws {
      let outcome = try tool.run(arguments: ["complete", "runs/c"] + arguments)
      #expect(outcome.status != 0 && outcome.errorLines.count == 1, "\(outcome.errors)")
      for word in words { #expect(outcome.errors.contains(word), "no '\(word)' in \(outcome.errors)") }
    }
    try refuse("a.png", "--mask", "m.png", saying: "40×30", "20×20", "one size")
    try refuse("a.png", "--mask", "none.png", saying: "--mask: none.png does not exist")
    try refuse("a.png", "--box", "30,20,11,5", saying: "reaches beyond")
    try refuse("a.png", "--box", "1,2,3", saying: "x,y,w,h")
    try refuse("a.png", "--box", "-1,2,3,4", saying: "x,y,w,h")
    try refuse("a.png", "--box", "0,0,40,30", saying: "all of a.png is missing")
    try refuse("none.png", "--random", "0.5", saying: "none.png does not exist")
    try refuse("a.png", "--random", "0.5", "--count", "2", saying: "options.latentSize")
    try refuse("a.png", "--random", "0.5", "--output", "a.png", saying: "one of the pictures to be read")
    try refuse("a.png", "--random", "0.5", "--output", "b.jpg", saying: ".png")
    #expect(try read("a.png") == before)
    #expect(try tool.run("complete", "runs/c", "a.png", "--random", "1.5").status != 0)
    #expect(try tool.run("complete", "runs/c", "a.png", "--random", "0.5", "--box", "1,1,2,2").status != 0)
    try tool.expectRefusal("enhance", "runs/c", "a.png", saying: "completion does not enhance images", "enhancement")
    try tool.expectRefusal("generate", "runs/c", saying: "does not generate")
    let vectors = tool.folder.appending(path: "v.csv")
    try Data((["x,y"] + (0..<40).map { "\($0),\($0 * 2)" }).joined(separator: "\n").utf8).write(to: vectors)
    try tool.expectRefusal("train", "completion", "--dataset", "v.csv", saying: "holds vectors")
  }

  @Test func picturesBecomeLarger() throws {
    try train("enhancement", "e", "options.scale=2", "options.denoise=20")
    let small = try writePicture("a.png") { $0 % 40 < 20 ? 100 : 255 }
    let outcome = try tool.run("enhance", "runs/e", "a.png", "--scale", "2", "--denoise", "10")
    #expect(outcome.status == 0 && outcome.output == "a-enhanced.png\n", "\(outcome.errors)")
    let large = try read("a-enhanced.png")
    #expect(large.width == 80 && large.height == 60 && large.pixels.channels == 3)
    #expect(large.opacity?.bytes[0] == 100 && large.opacity?.bytes[79] == 255 && small.opacity != nil)
    try tool.expectRefusal("enhance", "runs/e", "a.png", "--scale", "4", saying: "scale 2", "options.scale=4")
    try tool.expectRefusal("enhance", "runs/e", "a.png", "--scale", "3", saying: "use 1, 2 or 4")
    try tool.expectRefusal("enhance", "runs/e", "a.png", "--denoise", "30", saying: "up to 20", "options.denoise=30")
    try tool.expectRefusal("enhance", "runs/e", "a.png", "--denoise", "-1", saying: "from 0")
    try tool.expectRefusal("complete", "runs/e", "a.png", saying: "enhancement does not complete images")
    try tool.expectRefusal(
      "train", "enhancement", "--dataset", tool.writeIDX(), "--set", "options.scale=1", saying: "leaves nothing to do")
    // The test part would choose.
    for choice in ["training.patience=2", "training.result=best"] {
      try tool.expectRefusal(
        "train", "enhancement", "--dataset", tool.writeIDX(), "--set", choice, saying: "needs validation images",
        "leave it out")
    }
  }

  /// Both kinds of runs are measured beside their baselines, and say what they did without.
  @Test func evaluation() throws {
    try train("completion", "c")
    try train("enhancement", "e", "options.scale=1", "options.denoise=30", "options.adversary.weight=0")
    let completion = try tool.run("evaluate", "runs/c")
    #expect(completion.status == 0, "\(completion.errors)")
    for word in [
      "20 test images", "PSNR", "in holes", "SSIM", "mean fill", "harmonic fill", "nearest patches", "Fréchet",
    ] {
      #expect(completion.output.contains(word), "no '\(word)' in \(completion.output)")
    }
    let enhancement = try tool.run("evaluate", "runs/e", "--images", "8", "--no-frechet")
    #expect(enhancement.status == 0, "\(enhancement.errors)")
    for word in ["8 test images with noise of σ = 30", "as it is", "non-local means", "the best on 40 training images"]
    {
      #expect(enhancement.output.contains(word), "no '\(word)' in \(enhancement.output)")
    }
    #expect(!enhancement.output.contains("Fréchet"))
    let record = try JSONSerialization.jsonObject(
      with: Data(contentsOf: tool.folder.appending(path: "runs/c/restoration.json")))
    let rows = try #require((record as? [String: Any])?["rows"] as? [[String: Any]])
    #expect(rows.count == 4 && rows.allSatisfy { $0["psnr"] is Double && $0["ssim"] is Double })
    #expect(FileManager.default.fileExists(atPath: tool.path("runs/c/restoration.png")))
    let report = try String(contentsOf: tool.folder.appending(path: "runs/c/report.html"), encoding: .utf8)
    #expect(
      report.contains("Beside methods without a network") && report.contains("<th scope=\"row\">harmonic fill</th>"))
    #expect(report.contains("in holes (dB)") && report.contains("Damaged images, what each method made of them"))
    #expect(report.contains("below each row what was made of it") && !report.contains("latent vectors"))
  }
}
