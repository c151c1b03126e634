import Foundation
import SparringTorch
import Testing

/// What an impatient hand, a fault or a second process does to a run.
@Suite struct Faults {
  let tool = try! Tool()

  private func arguments(_ name: String, epochs: Int = 100_000) throws -> [String] {
    ["train", "gan", "--dataset", try tool.writeIDX(), "--name", name, "--set", "training.epochs=\(epochs)"]
      + Tool.tinyGAN
  }

  private func wait(for path: String) {
    var waited = 0
    while waited < 20_000, !FileManager.default.fileExists(atPath: tool.path(path)) {
      usleep(10_000)
      waited += 10
    }
  }

  private func checkpoints(_ run: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: tool.path("runs/\(run)/checkpoints")).sorted()
  }

  /// The first signal saves; the second must end the process at once, and not by a crash.
  @Test(arguments: [1, 5, 20, 70]) func aSecondControlCEndsAtOnce(milliseconds: Int) throws {
    let (process, _, _) = try tool.start(arguments("g"))
    wait(for: "runs/g/checkpoints/step-000002.safetensors")
    kill(process.processIdentifier, SIGINT)
    usleep(UInt32(milliseconds) * 1000)
    kill(process.processIdentifier, SIGINT)
    process.waitUntilExit()
    #expect(process.terminationReason == .exit && process.terminationStatus == 130)
    // What stands there is whole, and the run goes on from it.
    let resumed = try tool.run("train", "--resume", "runs/g", "--steps", "1")
    #expect(resumed.status == 0, "\(resumed.errors)")
    #expect(!resumed.output.contains("set aside"), "\(resumed.output)")
  }

  @Test func aClosedTerminalSaves() throws {
    let (process, _, _) = try tool.start(arguments("g"))
    wait(for: "runs/g/checkpoints/step-000002.safetensors")
    // The system tells of it, and so does the shell.
    kill(process.processIdentifier, SIGHUP)
    usleep(1000)
    kill(process.processIdentifier, SIGHUP)
    process.waitUntilExit()
    #expect(process.terminationReason == .exit && process.terminationStatus == 130)
    let metrics = try String(contentsOfFile: tool.path("runs/g/metrics.jsonl"), encoding: .utf8)
    #expect(metrics.split(separator: "\n").last?.contains("\"kind\":\"end\"") == true)
  }

  @Test func twoProcessesNeverWriteIntoOneRun() throws {
    let (process, _, _) = try tool.start(arguments("g"))
    wait(for: "runs/g/checkpoints/step-000002.safetensors")
    try tool.expectRefusal("train", "--resume", "runs/g", saying: "is being written by another process")
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    // The system has taken the lock back.
    let resumed = try tool.run("train", "--resume", "runs/g", "--steps", "1")
    #expect(resumed.status == 0, "\(resumed.errors)")
  }

  /// Five starts under one name at once: one trains, the others say why not.
  @Test func oneOfManyStartsWins() throws {
    let words = try arguments("g", epochs: 2)
    let started = try (0..<5).map { try tool.start(words + ["--seed", "\($0 + 1)"]) }
    let outcomes = started.map { process, _, errors in
      let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      process.waitUntilExit()
      return (process.terminationStatus, text)
    }
    #expect(outcomes.filter { $0.0 == 0 }.count == 1, "\(outcomes)")
    for (status, text) in outcomes where status != 0 {
      #expect(text.contains("exists already") || text.contains("another process"), "\(text)")
    }
  }

  @Test func aDamagedNewestCheckpointFallsBack() throws {
    #expect(try tool.run(arguments: arguments("whole", epochs: 4)).status == 0)
    #expect(try tool.run(arguments: arguments("g", epochs: 4)).status == 0)
    let names = try checkpoints("g")
    let newest = tool.folder.appending(path: "runs/g/checkpoints/\(try #require(names.last))")
    try Data(contentsOf: newest).dropLast(100).write(to: newest)
    let resumed = try tool.run("train", "--resume", "runs/g")
    #expect(resumed.status == 0, "\(resumed.errors)")
    #expect(
      resumed.output.contains("\(newest.lastPathComponent) cannot be used and was set aside"), "\(resumed.output)")
    func weights(_ run: String) throws -> [String: Data] {
      let file = tool.folder.appending(path: "runs/\(run)/checkpoints/\(newest.lastPathComponent)")
      return try Safetensors.read(file).tensors.mapValues { try $0.bytes() }
    }
    #expect(try weights("g") == weights("whole"))
  }

  @Test func filesOfTwoRunsAreNotTakenForOne() throws {
    #expect(try tool.run(arguments: arguments("a", epochs: 1)).status == 0)
    #expect(try tool.run(arguments: arguments("b", epochs: 1) + ["--seed", "7"]).status == 0)
    let place = tool.folder.appending(path: "runs/b/config.yaml")
    try FileManager.default.removeItem(at: place)
    try FileManager.default.copyItem(at: tool.folder.appending(path: "runs/a/config.yaml"), to: place)
    try tool.expectRefusal("train", "--resume", "runs/b", saying: "was trained with seed 7, but config.yaml says 1")
  }

  @Test func aCheckpointKeepsNoPlaceOfThisMachine() throws {
    #expect(try tool.run(arguments: arguments("a", epochs: 1)).status == 0)
    let name = try #require(try checkpoints("a").last)
    let file = tool.folder.appending(path: "runs/a/checkpoints/\(name)")
    let metadata = try Safetensors.read(file).metadata
    #expect(metadata["configuration"]?.contains("name: digits") == true)
    #expect(!metadata.values.contains { $0.contains(tool.folder.path) })
  }

  @Test func whatAStrangersFileAsksForIsCheckedFirst() throws {
    #expect(try tool.run(arguments: arguments("a", epochs: 1)).status == 0)
    let name = try #require(try checkpoints("a").last)
    let (tensors, metadata) = try Safetensors.read(tool.folder.appending(path: "runs/a/checkpoints/\(name)"))
    func stranger(_ old: String, _ new: String, in key: String = "configuration") throws -> String {
      var changed = metadata
      changed[key] = try #require(metadata[key]).replacingOccurrences(of: old, with: new)
      #expect(changed[key] != metadata[key])
      changed["format"] = "sparring checkpoint 3"
      let file = tool.folder.appending(path: "stranger.safetensors")
      try Safetensors.write(tensors, metadata: changed, to: file)
      return file.path
    }
    try tool.expectRefusal(
      "generate", "--checkpoint", stranger("width: 2", "width: 1024"), saying: "larger than the weights it holds")
    try tool.expectRefusal(
      "generate", "--checkpoint", stranger("seed: 1", "seed: &x 1\nthreads: *x"), saying: "alias in line")
    try tool.expectRefusal(
      "generate", "--checkpoint", stranger("\"height\":28", "\"height\":20000", in: "data"),
      saying: "SPARRING_MAXIMUM_IMAGE_SIZE")
    try tool.expectRefusal(
      "generate", "--checkpoint", stranger("seed: 1", "\"\\e[31mred\": 1"), saying: "\\u{1B}[31mred")
  }

  @Test(arguments: [
    "model.classifier.leakyReLUSlope=.nan", "training.learningRate=.nan", "model.classifier.dropout=.inf",
  ])
  func whatIsNoNumberCostsNoName(_ setting: String) throws {
    try tool.expectRefusal(
      "train", "supervised", "--dataset", tool.writeIDX(), "--labels", "10", "--name", "s", "--set", setting,
      saying: String(setting.prefix { $0 != "=" }))
    #expect(!FileManager.default.fileExists(atPath: tool.path("runs/s")))
  }
}
