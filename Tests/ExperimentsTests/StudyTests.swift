import Foundation
import SparringDatasets
import SparringPresets
import SparringRecipes
import SparringReporting
import SparringTorch
import SparringTraining
import Testing

@testable import SparringExperiments

/// A folder with a file of vectors of two classes that are easy to tell apart.
private func withVectors<Result>(_ body: (_ file: String, _ runs: URL) throws -> Result) throws -> Result {
  let folder = FileManager.default.temporaryDirectory.appending(path: "study-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  let lines = (0..<60).map { index in
    let side = Double(index % 2) * 2 - 1
    return "\(side + Double(index % 7) / 10),\(side * 0.5 - Double(index % 5) / 10),\(index % 2 == 0 ? "x" : "y")"
  }
  let file = folder.appending(path: "vectors.csv")
  try Data((["a,b,label"] + lines).joined(separator: "\n").utf8).write(to: file)
  return try body(file.path, folder.appending(path: "runs"))
}

private let tiny = [
  "model.classifier.widths=[4]", "dataset.file.heldOutFraction=0.5", "training.logEvery=1", "training.measureEvery=0",
]

private func makePlan(_ file: String, arms: [StudyPlan.Arm]? = nil, labels: [Int] = [4, 10], seeds: Int = 2) throws
  -> StudyPlan
{
  var plan = StudyPlan(
    name: "mine", sources: [.init(file)], labels: labels,
    arms: try arms ?? [
      .init("supervised", settings: ["options.batchSize=4"]),
      .init("supervised", name: "wide", settings: ["options.batchSize=8"]),
    ], seeds: Array(1...seeds))
  plan.settings = tiny + ["training.steps=6"]
  return plan
}

@Suite("Studies of tiny data") struct Studies {
  @Test func everyCellIsTrainedOnce() throws {
    try withVectors { file, runs in
      let folder = StudyFolder(runs.appending(path: "mine"))
      var begun: [String] = []
      func run(_ plan: StudyPlan, part: (Int, Int)? = nil) throws -> Study.Outcome {
        begun = []
        return try Study(plan, threads: 1).run(in: folder, part: part.map { (index: $0.0, count: $0.1) }) {
          if case .began(let cell, _, _) = $0 { begun.append(cell.name) }
        }
      }
      let outcome = try run(makePlan(file))
      #expect(outcome.finished.count == 8 && outcome.failed.isEmpty && begun.count == 8)
      let row = try #require(outcome.finished.first)
      #expect(row.steps == 6 && row.imagePasses == 24 && row.labelCount == 4 && row.testCount == 30)
      // [4, 2] forward, weight and, for the second layer, input: 2·4·(2·4)·2 and 2·4·(4·2)·3 a step.
      #expect(row.operations == 6 * Double(2 * 4 * 8 * 2 + 2 * 4 * 8 * 3))
      let table = try String(contentsOf: folder.table, encoding: .utf8)
      #expect(try run(makePlan(file)).finished.count == 8)
      #expect(begun.isEmpty)
      #expect(try String(contentsOf: folder.table, encoding: .utf8) == table)
      // The grid grows by a seed, and by an arm.
      #expect(try run(makePlan(file, seeds: 3)).finished.count == 12)
      #expect(begun.count == 4)
      // A row that was lost comes back from the run's own checkpoint.
      try FileManager.default.removeItem(at: folder.rows.appending(path: "vectors.csv-4-wide-seed1.json"))
      let again = try run(makePlan(file)).finished
      #expect(begun == ["vectors.csv-4-wide-seed1"])
      #expect(again.map(\.accuracy) == outcome.finished.map(\.accuracy))
      // Other settings are another study.
      var other = try makePlan(file)
      other.settings.append("training.learningRate=0.1")
      #expect(throws: ReportingError.self) { try run(other) }
    }
  }

  @Test func aFailedCellIsRecordedAndTheRestGoesOn() throws {
    try withVectors { file, runs in
      let folder = StudyFolder(runs.appending(path: "mine"))
      let arms = try [
        StudyPlan.Arm("supervised"),
        .init("supervised", name: "broken", settings: ["training.learningRate=1000", "training.precision=fp32"]),
      ]
      // 1,000 labels are more than there are.
      let outcome = try Study(makePlan(file, arms: arms, labels: [4, 1000], seeds: 1), threads: 1).run(in: folder)
      #expect(outcome.finished.contains { $0.arm == "supervised" && $0.labels == 4 })
      #expect(outcome.failed.filter { $0.labels == 1000 }.count == 2)
      let record = try StudyRecord(folder)
      #expect(record.failed.allSatisfy { $0.failure?.isEmpty == false } && record.missing.isEmpty)
      // They are tried again.
      var tried = 0
      _ = try Study(makePlan(file, arms: arms, labels: [4, 1000], seeds: 1), threads: 1).run(in: folder) {
        if case .failed = $0 { tried += 1 }
      }
      #expect(tried == outcome.failed.count)
    }
  }

  @Test func whatWasStoppedGoesOn() throws {
    try withVectors { file, runs in
      let (stopped, whole) = (StudyFolder(runs.appending(path: "a")), StudyFolder(runs.appending(path: "b")))
      let plan = try makePlan(file, labels: [4], seeds: 1)
      let stop = StopRequest()
      let outcome = try Study(plan, threads: 1).run(in: stopped, stop: stop) {
        if case .training(let cell, .stepped(let report)) = $0, cell.arm.name == "wide", report.step == 3 { stop.ask() }
      }
      #expect(outcome.stopped?.cell.arm.name == "wide" && outcome.stopped?.step == 3 && outcome.finished.count == 1)
      #expect(try Study(plan, threads: 1).run(in: stopped).finished.count == 2)
      _ = try Study(plan, threads: 1).run(in: whole)
      let accuracies = try [stopped, whole].map { try StudyRecord($0).finished.map(\.accuracy) }
      #expect(accuracies[0] == accuracies[1])
    }
  }

  /// Before runs side by side, before copies of a folder, and where only the cost is asked for.
  @Test func whatCannotBeMeasuredIsSaidAndTheRestIsMeasured() throws {
    try withVectors { file, runs in
      var plan = try makePlan(file, labels: [1000, 4], seeds: 1)
      (plan.settings, plan.equal, plan.budget) = (tiny, .time, 0.05)
      let folder = StudyFolder(runs.appending(path: "mine"))
      let estimate = try Study(plan, threads: 1).estimate(plan.cells, in: folder)
      #expect(estimate.lines.map(\.condition.labels) == [4, 4])
      #expect(estimate.unmeasured.map(\.condition.labels) == [1000, 1000] && !folder.holdsStudy)
      let unmeasured = try Study(plan, threads: 1).measure(in: folder)
      #expect(unmeasured.map(\.arm) == ["supervised", "wide"] && unmeasured.allSatisfy { $0.reason.contains("1000") })
      #expect(try folder.savedCosts().entries.map(\.labels) == [4, 4])
    }
  }

  @Test func aStudyGoesOnWhereItsDataLieNow() throws {
    try withVectors { file, runs in
      let folder = StudyFolder(runs.appending(path: "mine"))
      let before = try Study(makePlan(file, labels: [4], seeds: 1), threads: 1).run(in: folder).finished
      let elsewhere = runs.appending(path: "elsewhere")
      try FileManager.default.createDirectory(at: elsewhere, withIntermediateDirectories: true)
      let moved = elsewhere.appending(path: "vectors.csv")
      try FileManager.default.moveItem(atPath: file, toPath: moved.path)
      let after = try Study(makePlan(moved.path, labels: [4], seeds: 2), threads: 1).run(in: folder).finished
      #expect(after.count == 4 && Array(after.prefix(2)) == before)
      #expect(try folder.savedPlan()?.sources.map(\.path) == [moved.path])
      // Another file that is called alike is another data set.
      var lines = try String(contentsOf: moved, encoding: .utf8).split(separator: "\n")
      lines.removeLast(10)
      let other = runs.appending(path: "vectors.csv")
      try Data(lines.joined(separator: "\n").utf8).write(to: other)
      let error = #expect(throws: TrainingError.self) {
        try Study(makePlan(other.path, labels: [4], seeds: 2), threads: 1).run(in: folder)
      }
      #expect("\(error.map { "\($0)" } ?? "")".contains("on other data that are called vectors.csv, too"))
    }
  }

  @Test func anArmWithoutTheGameHasNoGenerator() throws {
    func has(_ word: String, _ settings: String...) throws -> Bool {
      try StudyPlan.Arm(word, settings: settings).hasGenerator
    }
    #expect(try has("few-labels-gan") && has("discriminator-features") && has("synthesis") && !has("supervised"))
    #expect(try !has("few-labels-gan", "options.adversarialWeight=0"))
    #expect(try !StudyPlan.Arm("few-labels-gan", within: ["options.adversarialWeight=0"]).hasGenerator)
    #expect(try !has("discriminator-features", "options.features=pixels"))
    #expect(try has("semi-supervised-gan", "options.adversarialWeight=0", "options.manifoldWeight=1"))
  }

  @Test func equalCostSetsTheSteps() throws {
    try withVectors { file, runs in
      var plan = try makePlan(file, labels: [4], seeds: 1)
      (plan.settings, plan.equal) = (tiny, .images)
      plan.budget = 40
      let images = try Study(plan, threads: 1).run(in: StudyFolder(runs.appending(path: "images"))).finished
      #expect(images.map(\.steps) == [10, 5] && images.map(\.imagePasses) == [40, 40])
      // What cannot be measured with too many labels is measured with fewer.
      plan.labels = [1000, 4]
      let mixed = try Study(plan, threads: 1).run(in: StudyFolder(runs.appending(path: "mixed")))
      #expect(mixed.finished.map(\.steps) == [10, 5] && mixed.failed.map(\.labels) == [1000, 1000])
      plan.labels = [4]
      (plan.equal, plan.budget) = (.time, 0.05)
      let folder = StudyFolder(runs.appending(path: "time"))
      try Study(plan, threads: 1).measure(in: folder)
      let costs = try folder.savedCosts()
      #expect(costs.entries.count == 2 && costs.entries.allSatisfy { ($0.secondsPerStep ?? 0) > 0 })
      let timed = try Study(plan, threads: 1).run(in: folder).finished
      // Those that were saved count, not a new measurement.
      #expect(try folder.savedCosts() == costs)
      for row in timed {
        #expect(row.steps == costs.steps(of: row.arm, in: plan.cells[0].condition, plan))
      }
      #expect(try Study(plan, threads: 1).estimate(plan.cells, in: folder).lines.count == 2)
    }
  }

  #if os(Linux)
    /// A recipe that fits its classifier in one step does so once, whatever the others may cost.
    @Test func whatIsFittedAtOnceIsFittedOnce() throws {
      let folder = FileManager.default.temporaryDirectory.appending(path: "study-\(UUID().uuidString)")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      defer { try? FileManager.default.removeItem(at: folder) }
      let file = folder.appending(path: "squares.safetensors")
      // Slopes from left to right, and from top to bottom, in turn.
      let slope = try Tensor.range(to: 16).reshaped(1, 1, 16) * 15
      let both = try Tensor.concatenate([
        slope.expanded([1, 16, 16]), slope.reshaped(1, 16, 1).expanded([1, 16, 16]),
      ])
      let images = try Tensor.concatenate([Tensor](repeating: both, count: 20)).to(.uint8)
      let labels = try Tensor(indices: (0..<40).map { $0 % 2 })
      try Safetensors.write(["examples": images, "labels": labels], to: file)
      var plan = StudyPlan(
        name: "mine", sources: [.init(file.path)], labels: [8],
        arms: try [.init("supervised"), .init("handcrafted-hog")], seeds: [1])
      (plan.settings, plan.equal, plan.budget) = (["dataset.file.heldOutFraction=0.5"], .steps, 3)
      let rows = try Study(plan, threads: 1).run(in: StudyFolder(folder.appending(path: "steps"))).finished
      #expect(rows.map(\.steps) == [3, 1])
      (plan.equal, plan.budget, plan.augmentations) = (.time, 0.3, [.weak])
      let timed = StudyFolder(folder.appending(path: "time"))
      let lines = try Study(plan, threads: 1).estimate(plan.cells, in: timed).lines
      #expect(lines.last?.steps == 1 && (lines.last?.seconds ?? 0) > 0)
      let outcome = try Study(plan, threads: 1).run(in: timed)
      #expect(outcome.finished.last?.steps == 1 && outcome.failed.isEmpty)
    }
  #endif

  /// What was held out is scored, and nothing else: not even the curve looks at the test part.
  @Test func choicesAreMadeOnHeldOutExamples() throws {
    try withVectors { file, runs in
      var plan = try makePlan(file, labels: [4], seeds: 1)
      (plan.heldOut, plan.settings) = (10, plan.settings.filter { $0 != "training.measureEvery=0" })
      let folder = StudyFolder(runs.appending(path: "mine"))
      var looked: Set<String> = []
      let outcome = try Study(plan, threads: 1).run(in: folder) {
        if case .training(_, .measured(let measurement)) = $0 { looked.insert(measurement.split) }
      }
      #expect(looked == ["validation"] && outcome.finished.map(\.testCount) == [10, 10])
      let row = try #require(outcome.finished.first)
      let record = try #require(try RunFolder.open(folder.url.appending(path: row.runFolder)).evaluationRecord())
      #expect(record.split == "validation" && record.count == 10 && record.accuracy == row.accuracy)
      #expect(try StudyRecord(folder).csv.contains(",held-out,"))
      #expect(try StudySummary(StudyRecord(folder)).groups.map(\.scored) == ["10 held-out training examples"])
      // The same runs scored otherwise are another study.
      plan.heldOut = nil
      #expect(throws: ReportingError.self) { try Study(plan, threads: 1).run(in: folder) }
      (plan.heldOut, plan.settings) = (10, plan.settings + ["dataset.heldOut=3"])
      #expect(throws: TrainingError.self) { try Study(plan) }
    }
  }

  @Test func whatMakesNoSenseIsRefused() throws {
    try withVectors { file, _ in
      #expect(throws: TrainingError("gan: gan does not classify, so a study cannot compare it")) {
        try StudyPlan.Arm("gan")
      }
      var plan = try makePlan(file)
      (plan.equal, plan.budget) = (.time, 3)
      let error = #expect(throws: TrainingError.self) { try Study(plan) }
      #expect(error?.message.contains("training.steps=6 and a budget") == true)
      for budget in ["time", "time=", "time=-3s", "steps=x", "watts=3", "flops=inf"] {
        #expect(throws: TrainingError.self, "\(budget)") { try StudyBudget(budget) }
      }
      #expect(try StudyBudget("time=1.5m").amount == 90 && StudyBudget("flops=2e13").amount == 2e13)
      // Vectors are not augmented.
      var augmented = try makePlan(file, labels: [4], seeds: 1)
      augmented.augmentations = [.none, .weak]
      let runs = URL(fileURLWithPath: file).deletingLastPathComponent().appending(path: "augmented")
      let outcome = try Study(augmented, threads: 1).run(in: StudyFolder(runs))
      #expect(outcome.finished.count == 2 && outcome.failed.count == 2)
      #expect(outcome.failed.allSatisfy { $0.failure?.contains("augmentation changes pictures") == true })
    }
  }

  @Test func studiesThatComeWithIt() throws {
    #expect(!Presets.Studies.names.isEmpty)
    for name in Presets.Studies.names {
      #expect(!Presets.Studies.summary(of: name).isEmpty)
      let plan = try StudyPreset(named: name).plan(named: name)
      #expect(plan.arms.contains { $0.recipe == "supervised" } && plan.arms.contains(where: \.hasGenerator), "\(name)")
      _ = try Study(plan)
    }
    #expect(throws: TrainingError("mine: unknown key 'label'; did you mean 'labels'?")) {
      try StudyPreset(yaml: "label: [3]", source: "mine")
    }
  }

  /// What the presets for digits and photographs do is the strong level.
  @Test func levelsAreThoseOfThePresets() throws {
    let digits = ExampleShape.image(channels: 1, height: 28, width: 28)
    let photographs = ExampleShape.image(channels: 3, height: 32, width: 32)
    #expect(
      try AugmentationLevel.strong.augmentation(for: digits)
        == RunConfiguration<ConsistencyGAN>(preset: "few-labels-gan").augmentation)
    #expect(
      try AugmentationLevel.strong.augmentation(for: photographs)
        == RunConfiguration<ConsistencyGAN>(preset: "photographs").augmentation)
    for level in AugmentationLevel.allCases { try level.augmentation(for: photographs).check() }
  }
}
