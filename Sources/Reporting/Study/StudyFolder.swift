public import Foundation
internal import SparringDatasets
internal import SparringTorch

/// The folder of one study: everything that is ever shown of it is read from here.
///
///     runs/<study>/
///       study.json  costs.json  rows/<cell>.json  <cell>/  study.csv  study.html
public struct StudyFolder: Sendable, Hashable {
  /// The folder.
  public let url: URL

  /// A folder that may hold a study.
  public init(_ url: URL) { self.url = url }

  /// See ``StudyPlan``.
  public var plan: URL { url.appendingPathComponent("study.json") }
  /// See ``StudyCosts``.
  public var costs: URL { url.appendingPathComponent("costs.json") }
  /// One ``StudyRow`` a file.
  public var rows: URL { url.appendingPathComponent("rows") }
  /// Every row as a table.
  public var table: URL { url.appendingPathComponent("study.csv") }
  /// The page made from everything else.
  public var page: URL { url.appendingPathComponent("study.html") }
  /// Whether there is a plan.
  public var holdsStudy: Bool { FileManager.default.fileExists(atPath: plan.path) }

  /// The plan; nil where there is none yet.
  /// - Throws: ``ReportingError`` for a file that is damaged or leads elsewhere.
  public func savedPlan() throws(ReportingError) -> StudyPlan? {
    try url.requireOwn(plan)
    guard let found = try decoded(StudyPlan.self, from: plan) else { return nil }
    try found.validate(in: plan.relativePath)
    return found
  }

  /// Saves the plan.
  package func write(_ plan: StudyPlan) throws(ReportingError) { try replace(self.plan, with: encoded(plan)) }

  /// What steps cost; nothing where nobody measured.
  public func savedCosts() throws(ReportingError) -> StudyCosts {
    try url.requireOwn(costs)
    let found = try decoded(StudyCosts.self, from: costs) ?? StudyCosts()
    guard found.entries.count <= 100_000, found.entries.allSatisfy(\.isPossible) else {
      throw ReportingError("\(costs.relativePath) is damaged: its costs are none that a step has")
    }
    return found
  }

  /// Saves what steps cost.
  package func write(_ costs: StudyCosts) throws(ReportingError) { try replace(self.costs, with: encoded(costs)) }

  private func file(of cell: StudyPlan.Cell) -> URL { rows.appendingPathComponent(cell.name + ".json") }

  /// What came of a cell; nil before it was tried.
  /// - Throws: ``ReportingError`` for a file that is damaged, or of another cell.
  public func row(of cell: StudyPlan.Cell) throws(ReportingError) -> StudyRow? {
    let file = file(of: cell)
    guard let row = try decoded(StudyRow.self, from: file) else { return nil }
    guard row.isPossible(for: cell), url.contained("rows/\(cell.name).json") != nil else {
      throw ReportingError(
        "\(file.relativePath) is damaged, or of another cell: remove it, and the cell is measured again")
    }
    return row
  }

  /// Saves what came of a cell.
  package func write(_ row: StudyRow, of cell: StudyPlan.Cell) throws(ReportingError) {
    try replace(file(of: cell), with: encoded(row))
  }

  /// Keeps other processes out while `body` changes the plan or measures; waits for those that are at it. The system takes
  /// the right back when the process ends.
  package func withLock<Result>(_ body: () throws -> Result) throws -> Result {
    let file = url.appendingPathComponent(".lock")
    let descriptor = open(file.path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o644)
    guard descriptor >= 0 else {
      throw ReportingError("\(file.relativePath) cannot be opened: \(String(cString: strerror(errno)))")
    }
    // Some file systems know no locks; that is no reason not to train on them.
    while flock(descriptor, LOCK_EX) != 0, errno == EINTR {}
    defer { close(descriptor) }
    return try body()
  }
}

/// A study as its folder tells it, finished or not.
public struct StudyRecord: Sendable {
  /// Where everything here was read.
  public let folder: StudyFolder
  /// What is compared.
  public let plan: StudyPlan
  /// What steps cost.
  public let costs: StudyCosts
  /// By cell, in the order of the plan; nil for a cell that was not tried.
  public let rows: [(cell: StudyPlan.Cell, row: StudyRow?)]

  /// - Throws: ``ReportingError`` where there is no study, or a file of it is damaged.
  public init(_ folder: StudyFolder) throws(ReportingError) {
    guard let plan = try folder.savedPlan() else {
      throw ReportingError("there is no study at \(folder.url.relativePath): it has no study.json")
    }
    (self.folder, self.plan) = (folder, plan)
    costs = try folder.savedCosts()
    var rows: [(cell: StudyPlan.Cell, row: StudyRow?)] = []
    for cell in plan.cells { rows.append((cell, try folder.row(of: cell))) }
    self.rows = rows
  }

  /// The arm that sets the cost of the others where no budget is given: the first that is not fitted in one step, as far
  /// as that is known.
  var leader: StudyPlan.Arm? {
    plan.arms.first { arm in
      let own = costs.entries.filter { $0.arm == arm.name }
      return own.isEmpty || own.contains { $0.ownSteps > 1 }
    }
  }

  /// Those with a result.
  public var finished: [StudyRow] { rows.compactMap(\.row).filter(\.isFinished) }
  /// Those that ended without one.
  public var failed: [StudyRow] { rows.compactMap(\.row).filter { !$0.isFinished } }
  /// Cells that were not tried, or not to their end.
  public var missing: [StudyPlan.Cell] { rows.filter { $0.row == nil }.map(\.cell) }

  /// Every row that there is as comma-separated values (RFC 4180), a header first.
  public var csv: String {
    func field(_ text: String) -> String {
      text.contains { ",\"\n\r".contains($0) } ? "\"\(text.replacingOccurrences(of: "\"", with: "\"\""))\"" : text
    }
    func number(_ value: Double?) -> String { value.map { String(format: "%.9g", $0) } ?? "" }
    func number(_ value: Int?) -> String { value.map(String.init) ?? "" }
    let head =
      "dataset,labels,augmentation,arm,recipe,seed,status,accuracy,balanced_accuracy,calibration_error,seconds,steps,"
      + "image_passes,flops,label_count,test_count,scored,device,run,reason"
    let lines = rows.compactMap(\.row).map { row in
      [
        row.dataset, row.labels == 0 ? "all" : "\(row.labels)", row.augmentation?.rawValue ?? "own", row.arm,
        row.recipe,
        "\(row.seed)", row.isFinished ? "finished" : "failed", number(row.accuracy), number(row.balancedAccuracy),
        number(row.calibrationError), number(row.seconds), number(row.steps), number(row.imagePasses),
        number(row.operations), number(row.labelCount), number(row.testCount),
        plan.heldOut == nil ? "test" : "held-out", row.device ?? "", row.runFolder, row.failure ?? "",
      ].map(field).joined(separator: ",")
    }
    return ([head] + lines).joined(separator: "\n") + "\n"
  }
}
