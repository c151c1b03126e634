import SparringDatasets
import SparringEvaluation
import Foundation
import Testing
import SparringRecipes
import SparringTraining

@testable import SparringReporting

@Suite("A run's folder")
struct RunFolderTests {
  func start(_ firstStep: Int = 0) -> TrainingEvent {
    .started(
      RunStart(
        recipe: "gan", totalSteps: 100, stepsPerEpoch: 10, firstStep: firstStep,
        networks: [NetworkSize("generator", parameterCount: 12)]))
  }

  func step(_ step: Int, loss: Double = 0.5) -> TrainingEvent {
    .stepped(
      StepReport(
        step: step, epoch: 1, losses: [MeasuredValue(.discriminator, loss)], learningRate: 2e-4, seconds: 1,
        imagesPerSecond: 10))
  }

  @Test("a name that is taken is refused; automatic names count on")
  func names() throws {
    try withTemporaryFolder { runs in
      let first = try RunFolder.create(named: "mine", in: runs)
      try first.write(configuration: "a: 1\n")
      let error = try #require(throws: ReportingError.self) { try RunFolder.create(named: "mine", in: runs) }
      #expect(error.message.contains("mine exists already") && !error.message.contains("\n"))
      #expect(try String(contentsOf: first.configuration, encoding: .utf8) == "a: 1\n")

      let names = try (0..<3).map { _ in
        try RunFolder.create(recipe: "gan", dataset: "mnist", seed: 7, in: runs).name
      }
      #expect(names == ["gan-mnist-seed7", "gan-mnist-seed7-2", "gan-mnist-seed7-3"])
      for name in ["", "..", "a/b"] {
        #expect(throws: ReportingError.self) { try RunFolder.create(named: name, in: runs) }
      }
    }
  }

  @Test("a folder that is no run is not opened")
  func opening() throws {
    try withTemporaryFolder { runs in
      #expect(throws: ReportingError.self) { try RunFolder.open(runs.appendingPathComponent("none")) }
      #expect(throws: ReportingError.self) { try RunFolder.open(runs) }
      let made = try RunFolder.create(named: "mine", in: runs)
      try made.write(configuration: "")
      #expect(try RunFolder.open(made.url) == made)
    }
  }

  @Test("the environment comes back as it was written")
  func environment() throws {
    try withTemporaryFolder { runs in
      let folder = try RunFolder.create(named: "mine", in: runs)
      let environment = RunEnvironment(
        versions: ["libtorch": "2.13.0"], cpu: "A processor", threads: 2, device: "cpu",
        date: Date(timeIntervalSince1970: 1_700_000_000), commandLine: ["sparring", "train"])
      try folder.write(environment: environment)
      #expect(try RunRecord(folder).environment == environment)
      try Data("{".utf8).write(to: folder.environment)
      let error = try #require(throws: ReportingError.self) { try RunRecord(folder) }
      #expect(error.message.contains("environment.json is damaged"))
    }
  }

  @Test(
    "what a run went back from is dropped, and the checkpoint that it went back to is told of once", arguments: [0, 10])
  func goingBack(to kept: Int) throws {
    try withTemporaryFolder { runs in
      let folder = try RunFolder.create(named: "mine", in: runs)
      let recorder = RunRecorder(folder, encodePNG: rawBytes)
      let image = try PixelImages(bytes: [9], count: 1, height: 1, width: 1, channels: 1)
      func checkpoint(_ step: Int) -> TrainingEvent { .checkpointed(step: step, path: "c") }
      let events: [TrainingEvent] = [
        start(), checkpoint(0), step(10), checkpoint(10), step(20), .sampled(SampleReport(step: 20, images: image)),
        .wentBack(toStep: kept), .warned(StabilityWarning(step: kept, message: "went back")), checkpoint(kept),
        step(30),
      ]
      for event in events { try recorder.record(event) }
      let record = try RunRecord(folder)
      let lines = record.metrics.filter { $0.kind != .quantity }.map { "\($0.kind) \($0.step)" }
      let first = kept == 0 ? ["start 0", "checkpoint 0"] : ["start 0", "checkpoint 0", "step 10", "checkpoint 10"]
      #expect(lines == first + ["warning \(kept)", "step 30"])
      #expect(record.samples.isEmpty && record.quantities.map(\.name) == ["discriminator"])
    }
  }

  @Test("every event becomes one line that reads back, a diverged loss too")
  func metrics() throws {
    try withTemporaryFolder { runs in
      let folder = try RunFolder.create(named: "mine", in: runs)
      let recorder = RunRecorder(folder, encodePNG: rawBytes)
      let images = try PixelImages(bytes: [1, 2, 3], count: 3, height: 1, width: 1, channels: 1)
      try recorder.record(start())
      try recorder.record(step(10, loss: .nan))
      try recorder.record(
        .epochEnded(EpochReport(epoch: 1, totalEpochs: 10, step: 10, losses: [MeasuredValue(.generator, .infinity)])))
      try recorder.record(.measured(.init(step: 10, split: "test", values: [MeasuredValue(.accuracy, 0.9)])))
      try recorder.record(.sampled(SampleReport(step: 500, images: images)))
      try recorder.record(.warned(StabilityWarning(step: 10, message: "a \"warning\"\nof two lines")))
      try recorder.record(.checkpointed(step: 10, path: folder.checkpoints.path + "/step-10.safetensors"))
      try recorder.record(.finished(RunEnd(step: 100, isComplete: true, seconds: 5, imagePasses: 1000)))

      let lines = try folder.metricLines()
      #expect(lines.count == 11)
      #expect(
        lines[1]
          == #"{"kind":"quantity","quantity":{"better":"neither","name":"discriminator","short":"loss D","title":"discriminator loss","unit":"nats"},"step":10}"#
      )
      #expect(
        lines[2]
          == #"{"epoch":1,"imagesPerSecond":10,"kind":"step","learningRate":0.0002,"losses":{"discriminator":"nan"},"seconds":1,"step":10}"#
      )
      let record = try RunRecord(folder)
      #expect(
        record.metrics.map(\.kind) == [
          .start, .quantity, .step, .quantity, .epoch, .quantity, .measurement, .sample, .warning, .checkpoint, .end,
        ])
      #expect(record.metrics[2].losses?["discriminator"]?.isNaN == true)
      #expect(record.metrics[4].losses == ["generator": .infinity])
      #expect(record.metrics[6].values == ["accuracy": 0.9])
      #expect(record.metrics[9].path == "checkpoints/step-10.safetensors")
      #expect(record.quantities == [.discriminator, .generator, .accuracy])
      #expect(record.end?.isComplete == true && record.recipe == "gan" && record.warnings.count == 1)
      #expect(record.samples.map(\.step) == [500])
      #expect(record.samples.first?.url.lastPathComponent == "step-000500.png")
      // Two columns of one pixel, parted by two grey ones; the fourth place stays empty.
      let grey: [UInt8] = [128, 128]
      #expect(
        try Data(contentsOf: folder.samples.appendingPathComponent("step-000500.png"))
          == Data([1] + grey + [2] + grey + grey + grey + grey + [3] + grey + [128]))
    }
  }

  @Test("a run that is killed and resumed has each step once")
  func resume() throws {
    try withTemporaryFolder { runs in
      let folder = try RunFolder.create(named: "mine", in: runs)
      let images = try PixelImages(bytes: [1], count: 1, height: 1, width: 1, channels: 1)
      do {
        let killed = RunRecorder(folder, encodePNG: rawBytes)
        try killed.record(start())
        for number in [10, 20, 30] { try killed.record(step(number)) }
        try killed.record(.sampled(SampleReport(step: 20, images: images)))
        try killed.record(.sampled(SampleReport(step: 30, images: images)))
      }
      // kill -9 in the middle of a line.
      let handle = try FileHandle(forWritingTo: folder.metrics)
      try handle.seekToEnd()
      try handle.write(contentsOf: Data(#"{"kind":"step","st"#.utf8))
      try handle.close()
      #expect(try RunRecord(folder).metrics.count == 7)

      let resumed = RunRecorder(folder, encodePNG: rawBytes)
      try resumed.record(start(20))
      try resumed.record(step(30, loss: 0.25))
      let record = try RunRecord(folder)
      #expect(
        record.metrics.map(\.kind) == [.start, .quantity, .step, .step, .sample, .checkpoint, .start, .quantity, .step])
      #expect(record.metrics.map(\.step) == [0, 10, 10, 20, 20, 20, 20, 30, 30])
      #expect(record.metrics.last?.losses == ["discriminator": 0.25])
      #expect(record.samples.map(\.step) == [20])
      #expect(try folder.metricLines().count == 9 && record.quantities == [.discriminator])
      let events = try FileManager.default.contentsOfDirectory(atPath: folder.url.path).filter {
        $0.contains("tfevents")
      }
      #expect(events.count == 2)
    }
  }

  #if os(Linux)
    @Test("a full disk is one clear line")
    func fullDisk() throws {
      // The kernel's own file that is always full.
      let full = try #require(FileHandle(forWritingAtPath: "/dev/full"))
      let log = MetricsLog(URL(fileURLWithPath: "/runs/mine/metrics.jsonl"), open: full)
      let record = MetricRecord(.checkpoint, step: 1)
      let error = try #require(throws: ReportingError.self) { try log.append(record) }
      #expect(error.message.hasPrefix("cannot write /runs/mine/metrics.jsonl: No space left on device. Free some"))
      #expect(!error.message.contains("\n"))
    }
  #endif

  @Test("a place that cannot hold runs is one clear line")
  func noFolder() throws {
    try withTemporaryFolder { runs in
      let file = runs.appendingPathComponent("file")
      try Data().write(to: file)
      let error = try #require(throws: ReportingError.self) { try RunFolder.create(named: "mine", in: file) }
      #expect(error.message.contains("cannot make") && !error.message.contains("\n"))
    }
  }

  @Test("an evaluation keeps the surest mistakes with their pictures")
  func evaluation() throws {
    try withTemporaryFolder { runs in
      let folder = try RunFolder.create(named: "mine", in: runs)
      let answers = try Predictions(
        probabilities: [0.9, 0.1, 0.8, 0.2, 0.3, 0.7], truths: [0, 1, 0], classCount: 2)
      func image(_ index: Int) throws -> PixelImages {
        try PixelImages(bytes: [UInt8(index)], count: 1, height: 1, width: 1, channels: 1)
      }
      #expect(throws: ReportingError.self) {
        try folder.write(evaluation: answers, split: "test", classNames: ["a"], image: image, encodePNG: rawBytes)
      }
      try folder.write(evaluation: answers, split: "test", classNames: ["a", "b"], image: image, encodePNG: rawBytes)
      let record = try #require(try RunRecord(folder).evaluation)
      #expect(record.count == 3 && record.split == "test" && record.confusion.counts == [[1, 1], [1, 0]])
      #expect(record.mistakes.map(\.mistake.index) == [1, 2])
      let picture = try #require(record.mistakes[0].picture)
      #expect(try Data(contentsOf: folder.url.appendingPathComponent(picture)) == Data([1]))
      try folder.write(evaluation: answers, split: "test", classNames: ["a", "b"], image: nil)
      #expect(try RunRecord(folder).evaluation?.mistakes.map(\.picture) == [nil, nil])
    }
  }

  @Test("an evaluation says the balanced accuracy, and one of an older version, which does not, is still read")
  func balancedAccuracy() throws {
    try withTemporaryFolder { runs in
      let folder = try RunFolder.create(named: "mine", in: runs)
      let answers = try Predictions(
        probabilities: [0.9, 0.1, 0.8, 0.2, 0.3, 0.7], truths: [0, 1, 0], classCount: 2)
      try folder.write(evaluation: answers, split: "test", classNames: ["a", "b"], image: nil)
      #expect(try RunRecord(folder).evaluation?.balancedAccuracy == 0.25)
      let text = try String(contentsOf: folder.evaluation, encoding: .utf8)
      let lines = text.split(separator: "\n")
      let older = lines.filter { !$0.contains("balancedAccuracy") }
      #expect(older.count == lines.count - 1)
      try older.joined(separator: "\n").write(to: folder.evaluation, atomically: true, encoding: .utf8)
      #expect(try RunRecord(folder).evaluation?.balancedAccuracy == 0.25)
    }
  }
}
