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
      // Sources are equal that are called alike; where they lie now is kept as well.
      if whole != known || whole.sources.map(\.path) != known?.sources.map(\.path) { try folder.write(whole) }
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
  /// - Parameter observe: Hears of each arm, in each condition, before it is measured.
  /// - Returns: What could not be measured, and why; its runs will fail, and the others go on.
  @discardableResult
  public func measure(
    in folder: StudyFolder, observe: (_ arm: String, StudyPlan.Condition) -> Void = { _, _ in }
  ) throws -> [Unmeasured] {
    let whole = try prepare(folder)
    var seen: Set<Place> = []
    for cell in plan.cells where seen.insert(Place(cell.arm.name, cell.condition)).inserted {
      _ = try measured(for: cell, in: folder, whole) {
        if case .measuring(let arm, let condition) = $0 { observe(arm, condition) }
      }
    }
    return unmeasured(plan.cells, whole, try folder.savedCosts())
  }

  /// What of these cells cannot be trained, in their order: for want of their own steps' cost, or of the arm's that sets it.
  func unmeasured(_ cells: [StudyPlan.Cell], _ whole: StudyPlan, _ costs: StudyCosts) -> [Unmeasured] {
    var seen: Set<Place> = []
    return cells.compactMap { cell in
      let place = Place(cell.arm.name, cell.condition)
      let isKnown = whole.equal == nil || costs.steps(of: place.arm, in: place.condition, whole) != nil
      guard seen.insert(place).inserted, problems[place] != nil || !isKnown else { return nil }
      return Unmeasured(arm: place.arm, condition: place.condition, reason: "\(problem(of: cell, in: whole))")
    }
  }

  /// Why the steps of a cell are not known.
  private func problem(of cell: StudyPlan.Cell, in whole: StudyPlan) -> any Error {
    if let own = problems[Place(cell.arm.name, cell.condition)] { return own }
    // Where no budget is given, it may be for want of the arm that sets it.
    let other = whole.arms.lazy.compactMap { arm in
      self.problems[Place(arm.name, cell.condition)].map { (arm.name, $0) }
    }
    guard let (name, error) = other.first else {
      return TrainingError("\(cell.arm.name): what its steps cost is not known")
    }
    return TrainingError("it takes as much as \(name), which cannot be measured: \(error)")
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
      let run = CellRun(
        cell: cell, folder: folder, isOld: isThere, data: data,
        steps: costs.steps(of: cell.arm.name, in: cell.condition, whole),
        operationsPerStep: costs.entry(of: cell.arm.name, in: cell.condition)?.operationsPerStep, known: known,
        stop: stop)
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

  /// What is known of steps, with what this cell needs.
  private func costs(
    of cell: StudyPlan.Cell, in folder: StudyFolder, _ whole: StudyPlan, _ observe: (Event) -> Void
  ) throws -> StudyCosts {
    let costs = try measured(for: cell, in: folder, whole, observe)
    if whole.equal != nil, costs.steps(of: cell.arm.name, in: cell.condition, whole) == nil {
      throw problem(of: cell, in: whole)
    }
    return costs
  }

  /// What is known of steps, and what of it this cell still needs, measured and saved; what cannot be measured is kept in
  /// ``problems``.
  private func measured(
    for cell: StudyPlan.Cell, in folder: StudyFolder, _ whole: StudyPlan, _ observe: (Event) -> Void
  ) throws -> StudyCosts {
    func lacks(_ costs: StudyCosts, _ arm: StudyPlan.Arm) -> Bool {
      let entry = costs.entry(of: arm.name, in: cell.condition)
      return (entry == nil || whole.equal == .time && entry?.secondsPerStep == nil)
        && problems[Place(arm.name, cell.condition)] == nil
    }
    // Those that are timed are timed one after another, before anything else is trained beside them.
    let arms = whole.equal == nil ? [cell.arm] : whole.arms
    let costs = try folder.savedCosts()
    guard arms.contains(where: { lacks(costs, $0) }) else { return costs }
    return try folder.withLock {
      // Another process may have measured meanwhile.
      var costs = try folder.savedCosts()
      for arm in arms where lacks(costs, arm) {
        observe(.measuring(arm: arm.name, cell.condition))
        do {
          let entry = try measure(arm, like: cell, isTimed: whole.equal == .time)
          costs.entries.removeAll { $0.isOf(arm.name, in: cell.condition) }
          costs.entries.append(entry)
        } catch {
          problems[Place(arm.name, cell.condition)] = error
          continue
        }
        try folder.write(costs)
      }
      return costs
    }
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
        cell.condition, arm: arm.name, ownSteps: experiment.ownSteps, imagesPerStep: cost.images,
        operationsPerStep: cost.operations, secondsPerStep: cost.seconds, machine: isTimed ? place : nil)
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
      try requireSameData(as: run)
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

  /// Data sets are told by name, and another folder may be called alike.
  private func requireSameData(as run: RunFolder) throws {
    guard let saved = try run.savedFacts(), !saved.areOfSameData(as: data.facts) else { return }
    throw StudyConflict(
      message:
        "\(run.url.relativePath) is a run on other data that are called \(cell.source.name), too: choose another "
        + "--name for this study")
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
