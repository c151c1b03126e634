import Foundation
import SparringDatasets
import SparringEvaluation
import SparringRecipes
public import SparringReporting
import SparringTorch
public import SparringTraining

extension Study {
  /// Takes up the plan of a folder, which may hold a part of the grid already, and saves the whole.
  /// - Throws: ``ReportingError`` where the folder holds a study with other settings.
  @discardableResult
  public func prepare(_ folder: StudyFolder) throws -> StudyPlan {
    try FileManager.default.createDirectory(at: folder.url, withIntermediateDirectories: true)
    return try folder.withLock {
      let known = try folder.savedPlan()
      let whole =
        try known?.joined(
          with: plan, in: folder.url.relativePath, advice: "choose another --name, or remove the folder") ?? plan
      if whole != known { try folder.write(whole) }
      return whole
    }
  }

  /// Trains every cell that has no result yet, then writes the page and the table.
  /// - Parameters:
  ///   - part: Which of so many equal parts of the grid, from 1; nil for all of it.
  ///   - retriesFailures: Whether a cell that failed in an earlier call is trained again.
  ///   - observe: Hears every event in order, on this thread.
  /// - Throws: ``ReportingError`` or ``TrainingError`` for what concerns the whole study, such as a folder that holds
  ///   another one; what concerns one cell is in the outcome.
  public func run(
    in folder: StudyFolder, part: (index: Int, count: Int)? = nil, stop: StopRequest = StopRequest(),
    retriesFailures: Bool = true, observe: (Event) -> Void = { _ in }
  ) throws -> Outcome {
    let whole = try prepare(folder)
    let cells = part.map { plan.cells(ofPart: $0.index, of: $0.count) } ?? plan.cells
    var outcome = Outcome()
    for (index, cell) in cells.enumerated() {
      if stop.isAsked {
        outcome.stopped = (cell, 0)
        break
      }
      let known = try folder.row(of: cell)
      if let known, !known.isFinished, !retriesFailures {
        outcome.failed.append(known)
        continue
      }
      let end = try end(
        of: cell, known, in: folder, whole, stop,
        begin: { observe(.began(cell, position: index + 1, count: cells.count)) }, observe: observe)
      switch end {
      case .finished(let row):
        outcome.finished.append(row)
        guard row != known else { continue }
        try folder.write(row, of: cell)
        observe(.finished(row))
      case .failed(let row):
        outcome.failed.append(row)
        try folder.write(row, of: cell)
        observe(.failed(row))
      case .stopped(let step): outcome.stopped = (cell, step)
      case .busy:
        outcome.busy.append(cell)
        observe(.isBusy(cell))
      }
      if outcome.stopped != nil { break }
    }
    try Report.write(study: folder)
    return outcome
  }

  /// Saves the plan and what the steps of every arm cost, and trains nothing: copies of the folder then train their parts
  /// with the same numbers of steps.
  /// - Parameter observe: Hears of each arm, on each data set, before it is measured.
  public func measure(in folder: StudyFolder, observe: (_ arm: String, _ dataset: String) -> Void = { _, _ in }) throws
  {
    let whole = try prepare(folder)
    var seen: Set<String> = []
    for cell in plan.cells {
      let place = [cell.source.name, cell.augmentation?.rawValue ?? "", cell.arm.name].joined(separator: "/")
      guard seen.insert(place).inserted else { continue }
      _ = try costs(of: cell, in: folder, whole) {
        if case .measuring(let arm, let dataset) = $0 { observe(arm, dataset) }
      }
    }
  }

  /// Trains a cell, unless it has a result.
  /// - Throws: What concerns the whole study.
  private func end(
    of cell: StudyPlan.Cell, _ known: StudyRow?, in folder: StudyFolder, _ whole: StudyPlan, _ stop: StopRequest,
    begin: () -> Void, observe: (Event) -> Void
  ) throws -> CellRun.End {
    let isThere = FileManager.default.fileExists(atPath: folder.url.appending(path: "\(cell.name)/config.yaml").path)
    if let known, known.isFinished, !isThere { return .finished(known) }
    do {
      let data = try data(for: cell.source, arm: cell.arm)
      let costs = try costs(of: cell, in: folder, whole, observe)
      let (arm, dataset, level) = (cell.arm.name, cell.source.name, cell.augmentation)
      let run = CellRun(
        cell: cell, folder: folder, isOld: isThere, data: data,
        steps: costs.steps(of: arm, dataset: dataset, augmentation: level, in: whole),
        operationsPerStep: costs.entry(dataset: dataset, augmentation: level, arm: arm)?.operationsPerStep,
        known: known, stop: stop)
      return try run.take(self, recipeType(named: cell.arm.recipe), begin: begin, observe: observe)
    } catch let conflict as StudyConflict {
      throw TrainingError(conflict.message)
    } catch {
      // That it cannot be checked here does not undo what was measured elsewhere.
      if let known, known.isFinished { return .finished(known) }
      var row = StudyRow(cell)
      let line = "\(error)".split(whereSeparator: \.isNewline).joined(separator: " ")
      row.failure = Printable.cut(line, mostCharacters: 2000)
      return .failed(row)
    }
  }

  /// What is known of steps, and what of it this cell still needs, measured and saved.
  private func costs(
    of cell: StudyPlan.Cell, in folder: StudyFolder, _ whole: StudyPlan, _ observe: (Event) -> Void
  ) throws -> StudyCosts {
    func lacks(_ costs: StudyCosts, _ arm: StudyPlan.Arm) -> Bool {
      let entry = costs.entry(dataset: cell.source.name, augmentation: cell.augmentation, arm: arm.name)
      return entry == nil || whole.equal == .time && entry?.secondsPerStep == nil
    }
    let key = [cell.source.name, "\(cell.labels)", cell.augmentation?.rawValue ?? ""].joined(separator: "/")
    // Those that are timed are timed one after another, before anything else is trained beside them.
    let arms = whole.equal == nil ? [cell.arm] : whole.arms
    var costs = try folder.savedCosts()
    if arms.contains(where: { lacks(costs, $0) && problems["\(key)/\($0.name)"] == nil }) {
      costs = try folder.withLock {
        // Another process may have measured meanwhile.
        var costs = try folder.savedCosts()
        for arm in arms where lacks(costs, arm) && problems["\(key)/\(arm.name)"] == nil {
          observe(.measuring(arm: arm.name, dataset: cell.source.name))
          do {
            let entry = try measure(arm, like: cell, isTimed: whole.equal == .time)
            costs.entries.removeAll {
              $0.dataset == entry.dataset && $0.augmentation == entry.augmentation && $0.arm == entry.arm
            }
            costs.entries.append(entry)
            try folder.write(costs)
          } catch {
            problems["\(key)/\(arm.name)"] = error
          }
        }
        return costs
      }
    }
    if whole.equal != nil,
      costs.steps(of: cell.arm.name, dataset: cell.source.name, augmentation: cell.augmentation, in: whole) == nil
    {
      let names = [cell.arm.name, whole.arms.first?.name].compactMap(\.self)
      throw names.lazy.compactMap { self.problems["\(key)/\($0)"] }.first
        ?? TrainingError("\(cell.arm.name): what its steps cost is not known")
    }
    return costs
  }

  /// Takes a few steps of an arm in another's place.
  func measure(_ arm: StudyPlan.Arm, like cell: StudyPlan.Cell, isTimed: Bool) throws -> StudyCosts.Entry {
    let data = try data(for: cell.source, arm: arm)
    let own = StudyPlan(
      name: plan.name, sources: [cell.source], labels: [cell.labels], augmentations: cell.augmentation.map { [$0] },
      arms: [arm], seeds: [cell.seed]
    ).cells[0]
    func measure<Method: Recipe>(_ type: Method.Type) throws -> StudyCosts.Entry {
      let experiment = try Experiment(
        configuration(of: own, type, data, steps: nil), data: data, featureProgress: featureProgress)
      let cost = try experiment.measureStep(isTimed: isTimed)
      let place = "\(ProcessorFeatures.current.modelName), \(deviceName), threads \(Machine.threadCount)"
      return StudyCosts.Entry(
        dataset: cell.source.name, augmentation: cell.augmentation, arm: arm.name, ownSteps: experiment.ownSteps,
        imagesPerStep: cost.images, operationsPerStep: cost.operations, secondsPerStep: cost.seconds,
        machine: isTimed ? place : nil)
    }
    return try measure(recipeType(named: arm.recipe))
  }
}

/// What concerns more than one cell: the study stops.
private struct StudyConflict: Error {
  let message: String
}

/// One cell, from its data to its row.
private struct CellRun {
  enum End {
    case finished(StudyRow)
    case failed(StudyRow)
    case stopped(step: Int)
    case busy
  }

  let cell: StudyPlan.Cell
  let folder: StudyFolder
  /// Whether its run folder is there.
  let isOld: Bool
  let data: ExperimentData
  let steps: Int?
  let operationsPerStep: Double?
  /// What an earlier call found.
  let known: StudyRow?
  let stop: StopRequest

  func take<Method: Recipe>(
    _ study: Study, _ type: Method.Type, begin: () -> Void, observe: (Study.Event) -> Void
  ) throws -> End {
    let configuration = try study.configuration(of: cell, type, data, steps: steps)
    let place = folder.url.appending(path: cell.name)
    if isOld {
      let run = try RunFolder.open(place)
      try requireSame(configuration, as: run)
      if let known, known.isFinished { return .finished(known) }
      if RunLock.isHeld(run) { return .busy }
    }
    let experiment = try Experiment<Method>(configuration, data: data, featureProgress: study.featureProgress)
    let run = isOld ? try RunFolder.open(place) : try experiment.makeFolder(named: cell.name, in: folder.url)
    begin()
    let outcome = try withoutActuallyEscaping(observe) { observe in
      try experiment.run(
        in: run, observers: [{ observe(.training(cell, $0)) }], stop: stop,
        scored: study.plan.heldOut == nil ? .test : .heldOut)
    }
    guard outcome.end.isComplete, let evaluation = outcome.evaluation else {
      return .stopped(step: outcome.end.step)
    }
    var row = StudyRow(cell)
    (row.labelCount, row.testCount) = (experiment.split?.labelled.count, evaluation.count)
    (row.accuracy, row.balancedAccuracy) = (evaluation.accuracy, evaluation.confusion.balancedAccuracy)
    (row.calibrationError, row.seconds, row.steps) = (
      evaluation.calibrationError, outcome.end.seconds, outcome.end.step
    )
    (row.imagePasses, row.device) = (outcome.end.imagePasses, configuration.device)
    row.operations = operationsPerStep.map { $0 * Double(outcome.end.step) }
    return .finished(row)
  }

  /// Where a cell is trained may change; what is trained may not.
  private func requireSame<Method: Recipe>(_ configuration: RunConfiguration<Method>, as run: RunFolder) throws {
    func placeless(_ configuration: RunConfiguration<Method>) throws -> String {
      var same = configuration.shared
      (same.device, same.threads) = ("cpu", 0)
      return try same.text()
    }
    // Read as a configuration: a run of an older version lacks the keys that were added since.
    guard let saved = try? run.savedConfiguration(of: Method.self), try placeless(saved) == placeless(configuration)
    else {
      throw StudyConflict(
        message:
          "\(run.url.relativePath) holds a run with another configuration: choose another --name, or remove the folder")
    }
  }
}
