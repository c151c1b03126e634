import SparringDatasets
import SparringEvaluation
import SparringRecipes
import SparringTraining
import Foundation
import Testing

@testable import SparringReporting

/// Run folders that come from a stranger, or were left by a fault.
@Suite("Run folders of strangers")
struct HostileRunTests {
  private func text(_ url: URL) throws -> String { try String(contentsOf: url, encoding: .utf8) }

  private func replace(_ old: String, with new: String, in file: URL) throws {
    let before = try text(file)
    let after = before.replacingOccurrences(of: old, with: new)
    #expect(before != after)
    try Data(after.utf8).write(to: file)
  }

  @Test("nothing outside the folder is read into the report")
  func embeds() throws {
    try withTemporaryFolder { runs in
      let secret = runs.appendingPathComponent("secret.png")
      try (onePixelPNG + Data("the secret".utf8)).write(to: secret)
      let hidden = (onePixelPNG + Data("the secret".utf8)).base64EncodedString()
      for picture in ["../secret.png", "mistakes/../../secret.png", "mistakes/link.png"] {
        let run = try makeRun("a", in: runs)
        try? FileManager.default.createSymbolicLink(
          at: run.mistakes.appendingPathComponent("link.png"), withDestinationURL: secret)
        try? FileManager.default.createSymbolicLink(
          at: run.samples.appendingPathComponent("step-000777.png"), withDestinationURL: secret)
        try replace("mistakes/test-1.png", with: picture, in: run.evaluation)
        #expect(try !text(Report.write(run: run)).contains(hidden), "\(picture)")
        try FileManager.default.removeItem(at: run.url)
      }
      // What lies in the folder, but is no picture.
      let run = try makeRun("b", in: runs)
      try replace("mistakes/test-1.png", with: "config.yaml", in: run.evaluation)
      let config = try Data(contentsOf: run.configuration).base64EncodedString()
      #expect(try !text(Report.write(run: run)).contains(config))
    }
  }

  @Test("a file of the run that is a link out of its folder is refused", arguments: ["config.yaml", "metrics.jsonl"])
  func linkedFiles(name: String) throws {
    try withTemporaryFolder { runs in
      let run = try makeRun("a", in: runs)
      let secret = runs.appendingPathComponent("secret")
      try Data("the secret".utf8).write(to: secret)
      try FileManager.default.removeItem(at: run.url.appendingPathComponent(name))
      try FileManager.default.createSymbolicLink(
        at: run.url.appendingPathComponent(name), withDestinationURL: secret)
      #expect(throws: ReportingError.self) { try Report.write(run: run) }
      // A link to the run's folder itself is a way to it like any other.
      let way = runs.appendingPathComponent("way")
      try FileManager.default.createSymbolicLink(at: way, withDestinationURL: try makeRun("b", in: runs).url)
      _ = try Report.write(run: RunFolder.open(way))
    }
  }

  @Test("what a run writes to lies in its folder", arguments: ["checkpoints", "export", "samples", "metrics.jsonl"])
  func linkedPlaces(name: String) throws {
    try withTemporaryFolder { runs in
      let run = try makeRun("a", in: runs)
      let elsewhere = runs.appendingPathComponent("elsewhere")
      try FileManager.default.createDirectory(at: elsewhere, withIntermediateDirectories: true)
      _ = try RunLock(run)
      try? FileManager.default.removeItem(at: run.url.appendingPathComponent(name))
      try FileManager.default.createSymbolicLink(
        at: run.url.appendingPathComponent(name), withDestinationURL: elsewhere)
      #expect(throws: ReportingError.self) { _ = try RunLock(run) }
      #expect(throws: ReportingError.self) { try run.requireOwnFiles() }
    }
  }

  @Test("a text of a run that is far too long is not read")
  func longTexts() throws {
    try withTemporaryFolder { runs in
      let run = try makeRun("a", in: runs)
      let file = try FileHandle(forWritingTo: run.metrics)
      try file.truncate(atOffset: 3 << 30)
      try file.close()
      do {
        try Report.write(run: run)
        Issue.record("it was read")
      } catch {
        #expect("\(error)".contains("SPARRING_MAXIMUM_RECORD_BYTES"), "\(error)")
      }
    }
  }

  @Test("words lose their places")
  func words() {
    let words = ["/a/b c", "--x=/a/b", "file:///a/b", "d:/a/b", "a/b", "runs/x", "/"].map(Placeless.word)
    #expect(words == ["b c", "--x=b", "file:b", "d:b", "a/b", "runs/x", "/"])
  }

  @Test("a comparison reads and links only what lies in its folder")
  func links() throws {
    try withTemporaryFolder { runs in
      let folder = try makeComparison(in: runs, baseline: [0.8, 0.81], method: [0.9, 0.92])
      let elsewhere = try makeRun("elsewhere", in: runs)
      try Report.write(run: elsewhere)
      let odd = folder.appendingPathComponent("javascript:alert(1)")
      try FileManager.default.copyItem(at: folder.appendingPathComponent("supervised-seed0"), to: odd)
      let file = Comparison.url(in: folder)
      try replace("\"supervised-seed0\"", with: "\"javascript:alert(1)\"", in: file)
      try replace("\"supervised-seed1\"", with: "\"../elsewhere\"", in: file)
      let html = try text(Report.write(comparisonIn: folder))
      #expect(!html.contains("href=\"javascript") && !html.contains("elsewhere"))
      #expect(html.contains("href=\"./javascript%3Aalert%281%29/report.html\""))
      try replace("\"steps\" : 1000", with: "\"steps\" : 9223372036854775807", in: file)
      #expect(throws: ReportingError.self) { try Report.write(comparisonIn: folder) }
    }
  }

  @Test("equal and huge losses have a chart", arguments: [1e18, 1e30, -3e200, 1.7e308, .leastNonzeroMagnitude])
  func axes(value: Double) throws {
    let axis = Axis(covering: [value, value], tickCount: 5, from: 0, to: 100)
    #expect(axis.low < axis.high && axis.ticks.count <= 100 && axis.position(value).isFinite)
    let chart = LineChart(
      title: "loss", unit: .nats, better: .lower,
      series: [.init(name: "a", points: [(1, value), (Int.max, value)]), .init(name: "b", points: [(1, -value)])])
    #expect(chart.figure() != nil)
  }

  @Test(
    "figures that no run has are refused or left out",
    arguments: [
      ("evaluation.json", "\"count\" : 3", "\"count\" : 4"),
      ("evaluation.json", "\"accuracy\" : 0.", "\"accuracy\" : 7."),
      ("evaluation.json", "\"index\" : 1", "\"index\" : -9223372036854775808"),
      ("data.json", "\"height\" : 1", "\"height\" : 100000"),
    ])
  func figures(file: String, old: String, new: String) throws {
    try withTemporaryFolder { runs in
      let run = try makeRun("a", in: runs)
      try run.write(
        facts: DataFacts(name: "d", shape: .image(channels: 1, height: 1, width: 1), classNames: ["zero", "one"]))
      let place = run.url.appendingPathComponent(file)
      try #require(FileManager.default.fileExists(atPath: place.path), "\(file)")
      try replace(old, with: new, in: place)
      #expect(throws: ReportingError.self) { try Report.write(run: run) }
    }
  }

  @Test("a confusion matrix that is none", arguments: ["[[1],[2,3]]", "[[-1]]", "[[9223372036854775807,1],[1,1]]"])
  func matrices(counts: String) throws {
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(ConfusionMatrix.self, from: Data("{\"counts\":\(counts)}".utf8))
    }
  }

  @Test("metrics of impossible steps are no records")
  func metrics() throws {
    for step in ["-1", "9223372036854775807"] {
      #expect(MetricRecord(line: Data("{\"kind\":\"step\",\"step\":\(step)}".utf8)) == nil)
    }
    #expect(MetricRecord(line: Data("{\"kind\":\"step\",\"step\":7}".utf8)) != nil)
  }

  @Test("places of this machine stay out of the report")
  func places() throws {
    try withTemporaryFolder { runs in
      let folder = try RunFolder.create(named: "mine", in: runs)
      try folder.write(
        environment: RunEnvironment(
          versions: [:], cpu: "c", threads: 1, device: "cpu", date: Date(timeIntervalSince1970: 0),
          commandLine: [
            "/opt/x/sparring", "train", "gan", "--dataset", "/home/ada/cats", "--set", "dataset.name=/home/ada/cats",
          ]))
      try folder.write(configuration: "recipe: gan\ndataset:\n  name: /home/ada/cats\n  other: '/home/ada/a b'\n")
      let html = try text(Report.write(run: folder))
      #expect(!html.contains("/home/ada") && !html.contains("/opt/x"))
      #expect(html.contains("sparring train gan --dataset cats --set dataset.name=cats") && html.contains("name: cats"))
    }
  }

  @Test("a folder that a killed process only just began is begun again")
  func abandoned() throws {
    try withTemporaryFolder { runs in
      let folder = try RunFolder.create(named: "mine", in: runs)
      for name in [".data.json.1A2B3C4D.partial", ".dat.nosync1a2b.xYz", "data.json"] {
        try Data("{".utf8).write(to: folder.url.appendingPathComponent(name))
      }
      _ = try RunFolder.create(named: "mine", in: runs).lockToBegin()
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["data.json"])
    }
  }

  @Test("one process at a time writes into a run's folder")
  func lock() throws {
    try withTemporaryFolder { runs in
      let folder = try RunFolder.create(named: "mine", in: runs)
      var lock: RunLock? = try folder.lockToBegin()
      #expect(throws: ReportingError.self) { _ = try RunLock(folder) }
      #expect(throws: ReportingError.self) { _ = try folder.lockToBegin() }
      withExtendedLifetime(lock) {}
      lock = nil
      _ = try RunLock(folder)
      try folder.write(configuration: "recipe: gan\n")
      #expect(throws: ReportingError.self, "begun by another meanwhile") { _ = try folder.lockToBegin() }
    }
  }
}
