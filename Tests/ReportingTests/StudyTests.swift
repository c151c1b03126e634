import Foundation
import SparringDatasets
import SparringEvaluation
import Testing

@testable import SparringReporting

/// Two arms of labels alone, one with a generator.
private let arms = [
  StudyPlan.Arm(name: "labels", recipe: "supervised", preset: nil, hasGenerator: false),
  StudyPlan.Arm(name: "average", recipe: "consistency", preset: nil, hasGenerator: false),
  StudyPlan.Arm(
    name: "game", recipe: "consistency-gan", preset: nil, hasGenerator: true, settings: ["options.adversarialWeight=1"]),
]

func makeStudyPlan(labels: [Int] = [20, 100], seeds: Int = 3) -> StudyPlan {
  StudyPlan(name: "mine", sources: [.init("mnist")], labels: labels, arms: arms, seeds: Array(1...seeds))
}

/// A finished cell whose accuracy follows from its place.
func makeStudyRow(_ cell: StudyPlan.Cell, accuracy: Double) -> StudyRow {
  var row = StudyRow(cell)
  (row.accuracy, row.balancedAccuracy, row.calibrationError) = (accuracy, accuracy, 0.05)
  (row.seconds, row.steps, row.imagePasses, row.operations) = (12, 100, 6400, 2.5e12)
  (row.labelCount, row.testCount, row.device) = (cell.labels, 10_000, "cpu")
  return row
}

/// `average` is 2 points above `labels` with every seed, `game` as good as `average` but for noise.
func studyAccuracy(of cell: StudyPlan.Cell) -> Double {
  let noise = [0.001, -0.002, 0.0005][cell.seed % 3]
  let base = cell.labels == 20 ? 0.70 : 0.90
  return switch cell.arm.name {
  case "labels": base + noise
  case "average": base + 0.02 + noise * 1.1
  default: base + 0.02 + [-0.004, 0.005, 0.0][cell.seed % 3]
  }
}

@discardableResult
func makeStudy(in place: URL, without missing: (StudyPlan.Cell) -> Bool = { _ in false }) throws -> StudyFolder {
  let folder = StudyFolder(place.appendingPathComponent("mine"))
  let plan = makeStudyPlan()
  try folder.write(plan)
  for cell in plan.cells where !missing(cell) {
    try folder.write(makeStudyRow(cell, accuracy: studyAccuracy(of: cell)), of: cell)
  }
  return folder
}

@Suite("Studies")
struct StudyTests {
  @Test("the grid is walked seed by seed, and parts are equal in every arm")
  func grid() throws {
    let plan = makeStudyPlan(seeds: 4)
    #expect(plan.cells.count == 2 * 3 * 4 && Set(plan.cells.map(\.name)).count == 24)
    #expect(
      plan.cells.prefix(3).map(\.name) == ["mnist-20-labels-seed1", "mnist-20-average-seed1", "mnist-20-game-seed1"])
    for count in [1, 2, 4, 8] {
      let parts = (1...count).map { plan.cells(ofPart: $0, of: count) }
      #expect(Set(parts.flatMap { $0 }) == Set(plan.cells) && parts.allSatisfy { $0.count == 24 / count })
      for arm in arms { #expect(parts.allSatisfy { part in part.filter { $0.arm == arm }.count == 8 / count }) }
    }
    let uneven = (1...5).map { plan.cells(ofPart: $0, of: 5).count }
    #expect(uneven.reduce(0, +) == 24 && uneven.allSatisfy { (4...5).contains($0) })
  }

  @Test("a grid may grow; settings may not change")
  func growth() throws {
    var more = makeStudyPlan(labels: [100, 1000], seeds: 5)
    let joined = try makeStudyPlan().joined(with: more, in: "here", advice: "do so")
    #expect(joined.labels == [20, 100, 1000] && joined.seeds == [1, 2, 3, 4, 5] && joined.arms == arms)
    more.settings = ["training.steps=7"]
    #expect(throws: ReportingError("here holds a study with the settings none, not training.steps=7: do so")) {
      try makeStudyPlan().joined(with: more, in: "here", advice: "do so")
    }
    var otherRecipe = makeStudyPlan()
    otherRecipe.arms[0] = .init(name: "labels", recipe: "supervised", preset: "mnist-supervised", hasGenerator: false)
    let told =
      "here holds a study with an arm labels that is the recipe supervised, not the preset mnist-supervised: do so"
    #expect(throws: ReportingError(told)) { try makeStudyPlan().joined(with: otherRecipe, in: "here", advice: "do so") }
    var budget = makeStudyPlan()
    (budget.equal, budget.budget) = (.time, 180)
    #expect(throws: ReportingError("here holds a study with the budget of each arm's own length, not time=180: do so"))
    {
      try makeStudyPlan().joined(with: budget, in: "here", advice: "do so")
    }
    var changed = makeStudyPlan()
    changed.arms[2] = .init(name: "game", recipe: "consistency-gan", preset: nil, hasGenerator: true)
    #expect(throws: ReportingError.self) { try makeStudyPlan().joined(with: changed, in: "here", advice: "do so") }
  }

  @Test("steps follow from the budget, by what a step of each arm costs")
  func budgets() throws {
    let hundred = StudyPlan.Condition(dataset: "mnist", labels: 100)
    var plan = makeStudyPlan()
    var costs = StudyCosts()
    for (arm, factor) in zip(arms, [1.0, 2, 3]) {
      costs.entries.append(
        .init(
          hundred, arm: arm.name, ownSteps: 600, imagesPerStep: 64 * factor, operationsPerStep: 1e9 * factor,
          secondsPerStep: 0.01 * factor))
    }
    func steps() -> [Int?] { arms.map { costs.steps(of: $0.name, in: hundred, plan) } }
    #expect(steps() == [nil, nil, nil])
    plan.equal = .images
    #expect(steps() == [600, 300, 200])
    (plan.equal, plan.budget) = (.time, 3)
    #expect(steps() == [300, 150, 100])
    (plan.equal, plan.budget) = (.flops, 1e10)
    #expect(steps() == [10, 5, 3])
    (plan.equal, plan.budget) = (.steps, 77)
    #expect(steps() == [77, 77, 77])
    // An epoch of more labels has more steps.
    #expect(costs.steps(of: "game", in: .init(dataset: "mnist", labels: 1000), plan) == nil)
    // What is fitted at once sets no cost, wherever it stands; the next arm does.
    let first = costs.entries.removeFirst()
    costs.entries.append(
      .init(hundred, arm: first.arm, ownSteps: 1, imagesPerStep: 60_000, operationsPerStep: 1e12, secondsPerStep: 9))
    (plan.equal, plan.budget) = (.images, nil)
    #expect(steps() == [1, 600, 400])
    costs.entries.removeLast()
    #expect(steps() == [nil, nil, nil])
  }

  @Test("one lucky seed of an arm that failed on the others is no opponent")
  func strongest() throws {
    try withTemporaryFolder { place in
      let folder = try makeStudy(in: place) { $0.arm.name == "average" && $0.seed > 1 }
      #expect(try StudySummary(StudyRecord(folder)).groups[0].points.map(\.strongest) == ["labels", "labels"])
    }
  }

  @Test("differences are to the supervised and to the strongest without a generator, corrected together")
  func summary() throws {
    try withTemporaryFolder { place in
      let summary = try StudySummary(StudyRecord(makeStudy(in: place)))
      let group = try #require(summary.groups.first)
      #expect(summary.groups.count == 1 && group.points.map(\.labels) == [20, 100])
      let point = group.points[0]
      #expect(point.supervised == "labels" && point.strongest == "average")
      // average − labels, game − labels, game − average; with each number of labels.
      #expect(
        point.differences.map { "\($0.method) − \($0.baseline)" } == [
          "average − labels", "game − labels", "game − average",
        ])
      #expect(summary.comparisonCount == 6)
      let p = point.differences.compactMap(\.result.tTestP)
      let adjusted = point.differences.compactMap(\.adjustedP)
      #expect(zip(p, adjusted).allSatisfy { $0 <= $1 } && adjusted.allSatisfy { $0 <= 1 })
      #expect(point.differences[0].reading == "more accurate" && point.differences[2].reading == "no difference shown")
      // Both numbers of labels have the same differences, so the two smallest p are equal: six times, five times.
      #expect(abs(adjusted[0] - 6 * p[0]) < 1e-9)
    }
  }

  @Test("the page, the table and the terminal show wins and nulls side by side")
  func output() throws {
    try withTemporaryFolder { place in
      let folder = try makeStudy(in: place) { $0.seed == 3 && $0.arm.name == "game" && $0.labels == 20 }
      let failed = try #require(makeStudyPlan().cells.first { $0.name == "mnist-20-game-seed3" })
      var row = StudyRow(failed)
      row.failure = "the loss is \"nan\", <b>at step 5</b>"
      try folder.write(row, of: failed)
      let page = try String(contentsOf: Report.write(study: folder), encoding: .utf8)
      for text in [
        "<h1>mine</h1>", "17 of 18 runs finished", "&lt;b&gt;at step 5", ">none</td>", ">gain</td>",
        "no difference shown (",
        "href=\"./study.csv\"", "Holm", "(supervised)", "(strongest)", "<h2>MNIST</h2>",
      ] { #expect(page.contains(text), "\(text)") }
      #expect(!page.contains("<b>at step 5") && !page.contains("http:") && !page.contains("https:"))
      let lines = try String(contentsOf: folder.table, encoding: .utf8).split(separator: "\n")
      #expect(lines.count == 1 + 18)
      #expect(
        lines[1].hasPrefix("mnist,20,own,labels,supervised,1,finished,0.698,0.698,0.05,12,100,6400,2.5e+12,20,10000,"))
      #expect(lines.contains { $0.hasSuffix("\"the loss is \"\"nan\"\", <b>at step 5</b>\"") })
      let text = try StudyTable.text(StudyRecord(folder))
      #expect(text.contains("average − labels") && text.contains("Holm's correction for 6 comparisons"))
    }
  }

  @Test("a baseline of one's own takes the place of the supervised and the strongest arm")
  func ownBaseline() throws {
    try withTemporaryFolder { place in
      let folder = try makeStudy(in: place)
      var plan = makeStudyPlan()
      plan.baseline = "average"
      try folder.write(plan)
      let summary = try StudySummary(StudyRecord(folder))
      let differences = summary.groups[0].points[0].differences
      #expect(differences.map { "\($0.method) − \($0.baseline)" } == ["labels − average", "game − average"])
      #expect(differences.allSatisfy(\.isToNamed) && summary.comparisonCount == 4)
      let page = try String(contentsOf: Report.write(study: folder), encoding: .utf8)
      for text in ["Every arm is measured against average.", "labels was less accurate than average", "(baseline)"] {
        #expect(page.contains(text), "\(text)")
      }
      plan.baseline = "game 2"
      #expect(
        throws: ReportingError("here: the baseline game 2 is none of the arms; name one of labels, average, game")
      ) { try plan.validate(in: "here") }
      // The baseline is no setting of a run: it may be named later.
      plan.baseline = "game"
      #expect(try makeStudyPlan().joined(with: plan, in: "here", advice: "").baseline == "game")
    }
  }

  @Test("one or two seeds make no claim, and nothing at all is no error")
  func fewRows() throws {
    try withTemporaryFolder { place in
      let folder = try makeStudy(in: place) { $0.seed > 1 || $0.labels == 20 }
      let text = try StudyTable.text(StudyRecord(folder))
      #expect(text.contains("one seed, no evidence"))
      try Report.write(study: folder)
      // All but equal differences make a tiny p, however few they are.
      let two = try StudySummary(StudyRecord(makeStudy(in: place.appendingPathComponent("two")) { $0.seed > 2 }))
      let differences = two.groups.flatMap(\.points).flatMap(\.differences)
      #expect(differences.contains { ($0.adjustedP ?? 1) < 0.05 })
      #expect(differences.allSatisfy { !$0.isShown && $0.reading == "two seeds, no evidence" })
      let empty = try makeStudy(in: place.appendingPathComponent("empty")) { _ in true }
      #expect(try String(contentsOf: Report.write(study: empty), encoding: .utf8).contains("0 of 18 runs finished"))
    }
  }

  @Test("damaged files and those of other cells are refused in one line")
  func damage() throws {
    try withTemporaryFolder { place in
      let folder = try makeStudy(in: place)
      let file = folder.rows.appendingPathComponent("mnist-20-game-seed1.json")
      let sound = try Data(contentsOf: file)
      for (old, new) in [("\"accuracy\" : 0", "\"accuracy\" : 7"), ("\"seed\" : 1", "\"seed\" : 2"), ("{", "")] {
        let text = String(decoding: sound, as: UTF8.self).replacingOccurrences(of: old, with: new)
        try Data(text.utf8).write(to: file)
        let error = #expect(throws: ReportingError.self) { try StudyRecord(folder) }
        #expect(error?.message.contains("mnist-20-game-seed1.json is damaged") == true, "\(error?.message ?? "")")
      }
      try sound.write(to: file)
      let elsewhere = place.appendingPathComponent("elsewhere.json")
      try sound.write(to: elsewhere)
      try FileManager.default.removeItem(at: file)
      try FileManager.default.createSymbolicLink(at: file, withDestinationURL: elsewhere)
      #expect(throws: ReportingError.self) { try StudyRecord(folder) }
      try Data("{\"name\": \"mine\"}".utf8).write(to: folder.plan)
      #expect(throws: ReportingError.self) { try StudyRecord(folder) }
    }
  }
}
