import Foundation
import SparringDatasets
import SparringEvaluation
import Testing

@testable import SparringReporting

@Suite("Parts of studies")
struct StudyMergeTests {
  @Test("parts are joined; those of another study are not")
  func merge() throws {
    try withTemporaryFolder { place in
      let plan = makeStudyPlan()
      let parts = try (1...2).map { index in
        let own = Set(plan.cells(ofPart: index, of: 2).map(\.name))
        let folder = try makeStudy(in: place.appendingPathComponent("\(index)")) { !own.contains($0.name) }
        try makeRun(own.sorted()[0], in: folder.url)
        return folder.url
      }
      let whole = place.appendingPathComponent("whole")
      let record = try StudyMerge.merge(parts, into: whole)
      #expect(record.missing.isEmpty && record.failed.isEmpty && record.finished.count == 18)
      let direct = try StudyRecord(makeStudy(in: place.appendingPathComponent("direct")))
      #expect(record.csv == direct.csv)
      let run = whole.appendingPathComponent(plan.cells(ofPart: 1, of: 2).map(\.name).sorted()[0])
      #expect(FileManager.default.fileExists(atPath: run.appendingPathComponent("samples/step-001000.png").path))
      #expect(!FileManager.default.fileExists(atPath: run.appendingPathComponent("checkpoints").path))
      // Again is no harm; a part alone leaves gaps.
      #expect(try StudyMerge.merge(parts, into: whole).csv == record.csv)
      #expect(try StudyMerge.merge([parts[0]], into: place.appendingPathComponent("half")).missing.count == 9)
      // Data sets that are called alike may be different ones.
      let cell = plan.cells(ofPart: 2, of: 2)[0]
      var elsewhere = makeStudyRow(cell, accuracy: studyAccuracy(of: cell))
      elsewhere.testCount = 9_999
      let second = StudyFolder(parts[1])
      func expectRefusal(_ what: String) {
        let error = #expect(throws: ReportingError.self) {
          try StudyMerge.merge(parts, into: place.appendingPathComponent("none"))
        }
        #expect(
          error?.message.contains("different data, both called mnist") == true, "\(what): \(error?.message ?? "")")
      }
      try second.write(elsewhere, of: cell)
      expectRefusal("tested")
      try second.write(makeStudyRow(cell, accuracy: studyAccuracy(of: cell)), of: cell)
      for (index, count) in [60_000, 59_000].enumerated() {
        let part = StudyFolder(parts[index])
        let own = try #require(plan.cells(ofPart: index + 1, of: 2).first { $0.arm.name == "game" })
        let run = try makeRun(own.name, in: part.url)
        try run.write(
          facts: DataFacts(
            name: "mnist", shape: .image(channels: 1, height: 28, width: 28), classNames: ["0", "1"],
            counts: .init(training: count, labelled: count)))
      }
      expectRefusal("counted")
      // Of a run that was not finished nothing stays beside the row of one that was.
      let half = try makeStudy(in: place.appendingPathComponent("unfinished")) { _ in true }
      let name = plan.cells(ofPart: 1, of: 2).map(\.name).sorted()[0]
      let page = try makeRun(name, in: half.url).url.appendingPathComponent("report.html")
      try Data("of another run".utf8).write(to: page)
      let finished = URL(fileURLWithPath: parts[0].path).appendingPathComponent("\(name)/report.html")
      try Data("of this run".utf8).write(to: finished)
      do {
        let lock = try RunLock(RunFolder.open(half.url.appendingPathComponent(name)))
        withExtendedLifetime(lock) {
          _ = #expect(throws: ReportingError.self) { try StudyMerge.merge([parts[0]], into: half.url) }
        }
      }
      _ = try StudyMerge.merge([parts[0]], into: half.url)
      #expect(try String(contentsOf: page, encoding: .utf8) == "of this run")
      var other = plan
      other.settings = ["training.steps=7"]
      try StudyFolder(parts[1]).write(other)
      #expect(throws: ReportingError.self) { try StudyMerge.merge(parts, into: place.appendingPathComponent("none")) }
      #expect(!FileManager.default.fileExists(atPath: place.appendingPathComponent("none").path))
    }
  }

  @Test("parts in which another arm sets the cost are not joined")
  func leaders() throws {
    try withTemporaryFolder { place in
      let parts = try [false, true].map { isTurned in
        let folder = try makeStudy(in: place.appendingPathComponent("\(isTurned)"))
        var plan = makeStudyPlan()
        (plan.equal, plan.budget) = (.images, nil)
        if isTurned { plan.arms.reverse() }
        try folder.write(plan)
        return folder.url
      }
      let error = #expect(throws: ReportingError.self) {
        try StudyMerge.merge(parts, into: place.appendingPathComponent("whole"))
      }
      #expect(error?.message.contains("parts have the same such arm") == true, "\(error?.message ?? "")")
    }
  }
}
