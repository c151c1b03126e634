import Foundation
import Testing

/// A study as people run it: killed, gone on with, spread over parts.
@Suite struct StudyCommandTests {
  let tool = try! Tool()

  /// Two arms, two numbers of labels, two seeds.
  private func arguments(_ name: String, steps: Int = 6) throws -> [String] {
    let folder = try tool.writeIDX()
    try Data(
      """
      # Tiny.
      datasets: [\(folder)]
      labels: [4, 10]
      arms:
        - {arm: supervised, set: [options.batchSize=4]}
        - {name: game, arm: semi-supervised-gan, set: [options.labelledBatchSize=4, options.unlabelledBatchSize=4, options.generator.batchSize=4, model.generator.width=2, model.generator.latentSize=4]}
      seeds: 2
      budget: steps=\(steps)
      set: ["model.classifier.widths=[4]", training.measureEvery=0, training.checkpointEvery=2, training.logEvery=1]
      """.utf8
    ).write(to: tool.folder.appending(path: "tiny.yaml"))
    return ["study", "tiny.yaml", "--name", name, "--threads", "1"]
  }

  /// Every row without its seconds.
  private func rows(_ name: String) throws -> [String] {
    try String(contentsOfFile: tool.path("runs/\(name)/study.csv"), encoding: .utf8).split(separator: "\n").map {
      line in
      line.split(separator: ",", omittingEmptySubsequences: false).enumerated().filter { $0.offset != 10 }
        .map { String($0.element) }.joined(separator: ",")
    }
  }

  @Test func killedAndGoneOnWithEqualsUndisturbed() throws {
    let whole = try tool.run(arguments: arguments("whole"))
    #expect(whole.status == 0, "\(whole.errors)")
    #expect(whole.output.contains("game − supervised") && whole.output.contains("Page: runs/whole/study.html"))
    #expect(try rows("whole").count == 9)

    let (process, _, _) = try tool.start(arguments("killed"))
    let second = tool.path("runs/killed/digits-4-game-seed1/checkpoints/step-000002.safetensors")
    for _ in 0..<2000 where !FileManager.default.fileExists(atPath: second) { usleep(5000) }
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    #expect(!FileManager.default.fileExists(atPath: tool.path("runs/killed/study.csv")))
    let resumed = try tool.run(arguments: arguments("killed"))
    #expect(resumed.status == 0, "\(resumed.errors)")
    #expect(try rows("killed") == rows("whole"))
    // The folder is enough to go on with; nothing is left to do.
    let again = try tool.run("study", "runs/killed", "--threads", "1")
    #expect(again.status == 0 && !again.output.contains("Done:"), "\(again.errors)")

    for index in 1...2 {
      let part = try tool.run(arguments: arguments("part-\(index)") + ["--shard", "\(index)/2"])
      #expect(part.status == 0, "\(part.errors)")
      #expect(try rows("part-\(index)").count == 5)
    }
    let merged = try tool.run("study", "merge", "runs/part-1", "runs/part-2", "--into", "runs/merged")
    #expect(merged.status == 0 && merged.output.contains("8 of 8 runs are there."), "\(merged.errors)")
    #expect(try rows("merged") == rows("whole"))
    let report = try tool.run("report", "runs/merged")
    #expect(report.output.contains("runs/merged/study.html"))
  }

  @Test func aStoppedStudySaysHowToGoOn() throws {
    let (process, output, _) = try tool.start(arguments("s", steps: 100_000))
    let first = tool.path("runs/s/digits-4-supervised-seed1/checkpoints/step-000002.safetensors")
    for _ in 0..<2000 where !FileManager.default.fileExists(atPath: first) { usleep(5000) }
    kill(process.processIdentifier, SIGINT)
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 130 && text.contains("The same command goes on from there."), "\(text)")
    #expect(FileManager.default.fileExists(atPath: tool.path("runs/s/study.html")))
  }

  @Test func twoProcessesTrainWhatOneDoes() throws {
    let whole = try tool.run(arguments: arguments("whole"))
    #expect(whole.status == 0, "\(whole.errors)")
    let both = try tool.run(arguments: arguments("both") + ["--jobs", "2"])
    #expect(both.status == 0 && both.errors.isEmpty, "\(both.errors)")
    #expect(try rows("both") == rows("whole"))
    // Each run once, whoever trained it.
    #expect(both.output.components(separatedBy: "Done: ").count == 9, "\(both.output)")
    #expect(both.output.contains("digits-10-game-seed2: Done: "), "\(both.output)")
    for (words, jobs) in [("--jobs is 0", ["--jobs", "0"]), ("give one of them", ["--jobs", "2", "--shard", "1/2"])] {
      let outcome = try tool.run(arguments: arguments("none") + jobs)
      #expect(outcome.status == 1 && outcome.errors.contains(words), "\(outcome.errors)")
    }
  }

  /// Whatever ends the first process, the others save and end as well.
  @Test(arguments: [SIGINT, SIGKILL]) func furtherProcessesEndWithTheFirst(by signal: Int32) throws {
    let name = "ended-\(signal)"
    let (process, output, _) = try tool.start(arguments(name, steps: 100_000) + ["--jobs", "2"])
    let runs = Self.firstOfEachPart.map { tool.path("runs/\(name)/\($0)/checkpoints") }
    for _ in 0..<4000 where !runs.allSatisfy(FileManager.default.fileExists(atPath:)) { usleep(5000) }
    #expect(runs.allSatisfy(FileManager.default.fileExists(atPath:)))
    kill(process.processIdentifier, signal)
    // Read to its end: that comes when the last process that writes there has ended.
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == (signal == SIGINT ? 130 : signal), "\(text)")
    #expect(!text.contains("Failed"), "\(text)")
  }

  private static let firstOfEachPart = ["digits-4-supervised-seed1", "digits-4-supervised-seed2"]

  @Test func aFailedRunIsReportedAndTheRestGoesOn() throws {
    let folder = try tool.writeIDX()
    let outcome = try tool.run(
      arguments: [
        "study", "--dataset", folder, "--labels", "4,1000", "--recipes", "supervised", "--seeds", "2", "--name", "f",
      ] + Tool.tinyClassifier.filter { !["--labels", "10"].contains($0) } + ["--set", "training.steps=2"])
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains("Failed: digits-1000-supervised-seed1: "), "\(outcome.errors)")
    #expect(outcome.errors.contains("2 of 4 runs failed"), "\(outcome.errors)")
    #expect(outcome.output.contains("supervised"))
    let table = try String(contentsOfFile: tool.path("runs/f/study.csv"), encoding: .utf8)
    #expect(table.split(separator: "\n").filter { $0.contains(",failed,") }.count == 2)
  }

  @Test func nothingIsMadeOfWhatIsWrong() throws {
    let folder = try tool.writeIDX()
    for (arguments, words) in [
      (["--recipes", "supervised"], "name the data"),
      (["--dataset", folder], "name what is compared"),
      (["--dataset", folder, "--recipes", "supervised,gan"], "gan does not classify"),
      (["--dataset", folder, "--recipes", "supervized"], "did you mean 'supervised'"),
      (["--dataset", folder, "--recipes", "supervised,supervised"], "of the arms, one stands twice"),
      (["--dataset", folder, "--recipes", "supervised", "--labels", "many"], "--labels is 'many'"),
      (["--dataset", folder, "--recipes", "supervised", "--budget", "time"], "the budget is 'time'"),
      (["--dataset", folder, "--recipes", "supervised", "--budget", "steps=0.5"], "the budget is 'steps=0.5'"),
      (["--dataset", folder, "--dataset", "/digits", "--recipes", "supervised"], "two data sets are called digits"),
      (["--dataset", folder, "--recipes", "supervised", "--equal", "luck"], "--equal is 'luck'"),
      (["--dataset", folder, "--recipes", "supervised", "--equal", "time", "--budget", "steps=3"], "name the same"),
      (["--dataset", folder, "--recipes", "supervised", "--shard", "3/2"], "--shard is '3/2'"),
      (["--dataset", folder, "--recipes", "supervised", "--set", "training.stepz=1"], "unknown key 'training.stepz'"),
      (["--dataset", tool.path("none"), "--recipes", "supervised"], "none"),
      (["minute-on-2-cores"], "did you mean 'minutes-on-2-cores'"),
    ] {
      let outcome = try tool.run(arguments: ["study"] + arguments)
      #expect(outcome.status != 0 && outcome.errorLines.count == 1, "\(arguments): \(outcome.errors)")
      #expect(outcome.errors.contains(words), "\(arguments): \(outcome.errors)")
    }
    let dry = try tool.run(arguments: arguments("dry") + ["--dry-run"])
    #expect(dry.status == 0 && dry.output.contains("8 runs, about"), "\(dry.errors)")
    #expect(!FileManager.default.fileExists(atPath: tool.path("runs")))
    #expect(try tool.run("presets").output.contains("minutes-on-2-cores"))
    #expect(try tool.run("presets", "minutes-on-2-cores").output.contains("arms:"))
    try tool.expectRefusal("study", "merge", "a", "--into", "b", saying: "there is no study at a")
  }
}
