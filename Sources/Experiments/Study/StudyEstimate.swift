import Foundation
public import SparringReporting
import SparringTraining

/// What a study would take on this machine.
public struct StudyEstimate: Sendable {
  /// The runs of one arm in one condition.
  public struct Line: Sendable {
    /// The arm's name.
    public let arm: String
    /// On what.
    public let condition: StudyPlan.Condition
    /// How many there are.
    public let runs: Int
    /// Of one run.
    public let steps: Int
    /// Image passes of one run.
    public let images: Double
    /// Floating-point operations of one run.
    public let operations: Double
    /// Of one run, without looks at the scored examples.
    public let seconds: Double
  }

  /// In the order of the plan.
  public let lines: [Line]
  /// What could not be measured, and so will not be trained.
  public let unmeasured: [Study.Unmeasured]
  /// Of all runs, one after another.
  public var seconds: Double { lines.reduce(0) { $0 + Double($1.runs) * $1.seconds } }
}

extension Study {
  /// Times a few steps of each arm, unless that is known, and saves nothing.
  /// - Parameters:
  ///   - folder: Where the study may have begun.
  ///   - cells: Those that are asked about.
  public func estimate(_ cells: [StudyPlan.Cell], in folder: StudyFolder) throws -> StudyEstimate {
    var costs = folder.holdsStudy ? try folder.savedCosts() : StudyCosts()
    let saved = folder.holdsStudy ? try folder.savedPlan() : nil
    let whole =
      try saved?.joined(with: plan, in: folder.url.relativePath, advice: "choose another --name, or remove the folder")
      ?? plan
    var lines: [StudyEstimate.Line] = []
    var seen: Set<StudyPlan.Condition> = []
    for cell in cells where seen.insert(cell.condition).inserted {
      try time(whole.arms, like: cell, &costs)
      let own = cells.filter { $0.condition == cell.condition }
      lines += whole.arms.compactMap { arm in
        let runs = own.count { $0.arm == arm }
        let steps = costs.steps(of: arm.name, in: cell.condition, whole)
        guard runs > 0, let entry = costs.entry(of: arm.name, in: cell.condition), whole.equal == nil || steps != nil
        else { return nil }
        return .init(entry, runs: runs, steps: steps, cell.condition)
      }
    }
    return StudyEstimate(lines: lines, unmeasured: unmeasured(cells, whole, costs))
  }

  /// Times those arms whose seconds are not known.
  private func time(_ arms: [StudyPlan.Arm], like cell: StudyPlan.Cell, _ costs: inout StudyCosts) throws {
    for arm in arms {
      let known = costs.entry(of: arm.name, in: cell.condition)
      guard known?.secondsPerStep == nil else { continue }
      do {
        var entry = try measure(arm, like: cell, isTimed: true)
        // Where lengths are equal by another quantity, what was measured of it stays.
        if let known { entry = known.timed(entry.secondsPerStep) }
        costs.entries.removeAll { $0 == known }
        costs.entries.append(entry)
      } catch {
        problems[Place(arm.name, cell.condition)] = error
      }
    }
  }
}

extension StudyEstimate.Line {
  fileprivate init(_ entry: StudyCosts.Entry, runs: Int, steps: Int?, _ condition: StudyPlan.Condition) {
    (arm, self.condition, self.runs) = (entry.arm, condition, runs)
    self.steps = steps ?? entry.ownSteps
    let count = Double(self.steps)
    (images, operations) = (count * entry.imagesPerStep, count * entry.operationsPerStep)
    seconds = count * (entry.secondsPerStep ?? 0)
  }
}

extension StudyCosts.Entry {
  fileprivate func timed(_ seconds: Double?) -> Self {
    var entry = self
    entry.secondsPerStep = seconds
    return entry
  }
}
