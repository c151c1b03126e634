public import Foundation
internal import SparringDatasets

/// Joins the parts of a study that were trained in different folders, on different machines perhaps.
public enum StudyMerge {
  /// Copies what parts hold into one folder: rows, and of each run what its report needs; no checkpoints.
  ///
  /// - Parameters:
  ///   - parts: Folders of studies with the same settings; their grids may differ.
  ///   - folder: Made where it is not there; a study that it holds already is one more part.
  /// - Returns: The joined study.
  /// - Throws: ``ReportingError`` where parts are of different studies, or hold different results of one cell; nothing has
  ///   been written then.
  public static func merge(_ parts: [URL], into folder: URL) throws(ReportingError) -> StudyRecord {
    let target = StudyFolder(folder)
    var records: [StudyRecord] = []
    if target.holdsStudy { records.append(try StudyRecord(target)) }
    for part in parts where part.resolvingSymlinksInPath().path != folder.resolvingSymlinksInPath().path {
      records.append(try StudyRecord(StudyFolder(part)))
    }
    guard let first = records.first else { throw ReportingError("name the folders of the parts to be merged") }
    var (plan, costs) = (first.plan, first.costs)
    for record in records.dropFirst() {
      let advice = "\(record.folder.url.relativePath) is no part of it; parts have the same settings"
      if plan.equal != nil, plan.budget == nil, let mine = first.leader, let other = record.leader, mine != other {
        throw ReportingError(
          "\(first.folder.url.relativePath) holds a study with \(plan.budgetText), \(mine.name), and "
            + "\(record.folder.url.relativePath) one in which that is \(other.name): parts have the same such arm")
      }
      plan = try plan.joined(with: record.plan, in: first.folder.url.relativePath, advice: advice)
      costs = try joined(costs, record, plan)
    }
    try requireSameData(records)
    let chosen = try results(of: records)
    try requireFree(chosen, target)
    try target.write(plan)
    try target.write(costs)
    for (cell, (row, source)) in chosen where source != target {
      let isThere = FileManager.default.fileExists(atPath: target.url.appendingPathComponent(cell.name).path)
      // A run that was only stopped there goes on.
      if row.isFinished || !isThere { try copyRun(cell.name, from: source, to: target) }
      try target.write(row, of: cell)
    }
    return try StudyRecord(target)
  }

  private static func joined(
    _ costs: StudyCosts, _ record: StudyRecord, _ plan: StudyPlan
  ) throws(ReportingError) -> StudyCosts {
    var costs = costs
    for entry in record.costs.entries {
      let known = costs.entries.first {
        ($0.arm, $0.dataset, $0.augmentation) == (entry.arm, entry.dataset, entry.augmentation)
          && ($0.labels == entry.labels || $0.labels == nil || entry.labels == nil)
      }
      guard let known else {
        costs.entries.append(entry)
        continue
      }
      guard plan.equal != .time || known.secondsPerStep == entry.secondsPerStep else {
        throw ReportingError(
          "\(record.folder.url.relativePath) gave \(entry.arm) another number of steps than the other parts, since its "
            + "machine timed them anew: begin the study once by --prepare, and copy its folder to every machine")
      }
    }
    return costs
  }

  /// Data sets are told by name, so folders that are called alike may hold different ones: what runs of the same arm say of
  /// them has to agree.
  private static func requireSameData(_ records: [StudyRecord]) throws(ReportingError) {
    struct Seen {
      let facts: DataFacts?
      let testCount: Int?
      let folder: StudyFolder
    }
    var known: [String: Seen] = [:]
    for record in records {
      var own = known
      for row in record.finished {
        let seen = Seen(facts: facts(of: row, in: record.folder), testCount: row.testCount, folder: record.folder)
        // An arm may have pictures read in a size of its own; how many are tested, and their classes, are all arms'.
        let (data, arm) = (row.dataset, "\(row.dataset)/\(row.arm)")
        let first = known[data]
        let isSame =
          first.map {
            $0.testCount == seen.testCount
              && ($0.facts == nil || seen.facts == nil || $0.facts?.classNames == seen.facts?.classNames)
          } ?? true
        guard isSame, known[arm]?.facts?.areOfSameData(as: seen.facts) ?? true else {
          throw ReportingError(
            "\((known[arm] ?? first ?? seen).folder.url.relativePath) and \(record.folder.url.relativePath) were trained "
              + "on different data, both called \(data): give one of the data sets another name, and train that part anew"
          )
        }
        for place in [data, arm] where own[place].map({ $0.facts == nil }) ?? true { own[place] = seen }
      }
      known = own
    }
  }

  private static func facts(of row: StudyRow, in folder: StudyFolder) -> DataFacts? {
    guard let place = folder.url.contained(row.runFolder), let run = try? RunFolder.open(place) else { return nil }
    return try? run.savedFacts()
  }

  /// Runs that go on in the folder would write over what is copied there.
  private static func requireFree(
    _ chosen: [StudyPlan.Cell: (row: StudyRow, source: StudyFolder)], _ target: StudyFolder
  ) throws(ReportingError) {
    for (cell, (_, source)) in chosen where source != target {
      guard let place = target.url.contained(cell.name), let run = try? RunFolder.open(place), RunLock.isHeld(run)
      else { continue }
      throw ReportingError("\(run.url.relativePath) is being trained: merge once that is done, or stop it")
    }
  }

  /// Of each cell the row that counts, and where it stands: a result before a failure.
  private static func results(
    of records: [StudyRecord]
  ) throws(ReportingError) -> [StudyPlan.Cell: (row: StudyRow, source: StudyFolder)] {
    var chosen: [StudyPlan.Cell: (row: StudyRow, source: StudyFolder)] = [:]
    for record in records {
      for case (let cell, let row?) in record.rows {
        guard let known = chosen[cell], known.row.isFinished else {
          chosen[cell] = (row, record.folder)
          continue
        }
        guard !row.isFinished || row.accuracy == known.row.accuracy else {
          throw ReportingError(
            "\(cell.name) has different results in \(known.source.url.relativePath) and "
              + "\(record.folder.url.relativePath): remove rows/\(cell.name).json from one of them")
        }
      }
    }
    return chosen
  }

  /// What a run's page is made from, and the page; checkpoints and TensorBoard's files stay where they are.
  private static let small = [
    "data.json", "environment.json", "split.json", "metrics.jsonl", "evaluation.json", "samples", "mistakes",
    "report.html", "config.yaml",
  ]

  /// A run that is not there any more leaves only its row. What an unfinished run of that cell has there is replaced, but
  /// for its checkpoints.
  private static func copyRun(_ name: String, from source: StudyFolder, to target: StudyFolder) throws(ReportingError) {
    guard let place = source.url.contained(name), let run = try? RunFolder.open(place) else { return }
    try run.requireOwnFiles()
    let folder = target.url.appendingPathComponent(name)
    for file in small {
      let (from, to) = (place.appendingPathComponent(file), folder.appendingPathComponent(file))
      guard run.url.contained(file) != nil else { continue }
      do {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        // Beside it first, so that a full disk takes nothing away.
        let new = folder.appendingPathComponent(".new-\(file)")
        try? FileManager.default.removeItem(at: new)
        try copy(from, new)
        if FileManager.default.fileExists(atPath: to.path) { try FileManager.default.removeItem(at: to) }
        try FileManager.default.moveItem(at: new, to: to)
      } catch {
        throw ReportingError("copy", from, error)
      }
    }
  }

  /// A file, or the files of a folder that are no links.
  private static func copy(_ from: URL, _ to: URL) throws {
    let manager = FileManager.default
    var isFolder: ObjCBool = false
    guard manager.fileExists(atPath: from.path, isDirectory: &isFolder), isFolder.boolValue else {
      return try manager.copyItem(at: from, to: to)
    }
    try manager.createDirectory(at: to, withIntermediateDirectories: true)
    for name in try manager.contentsOfDirectory(atPath: from.path).sorted() {
      let file = from.appendingPathComponent(name)
      let kind = try manager.attributesOfItem(atPath: file.path)[.type] as? FileAttributeType
      if kind == .typeRegular { try manager.copyItem(at: file, to: to.appendingPathComponent(name)) }
    }
  }
}
