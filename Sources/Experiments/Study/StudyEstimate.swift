import Foundation
public import SparringDatasets
public import SparringReporting
import SparringTraining

/// What a study would take on this machine.
public struct StudyEstimate: Sendable {
  /// The runs of one arm on one data set with one augmentation.
  public struct Line: Sendable {
    /// The arm's name.
    public let arm: String
    /// The data set's name.
    public let dataset: String
    /// nil where the arm keeps its own.
    public let augmentation: AugmentationLevel?
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
    for source in whole.sources {
      for level in whole.augmentations?.map(Optional.some) ?? [nil] {
        let own = cells.filter { $0.source == source && $0.augmentation == level }
        guard let first = own.first else { continue }
        for arm in whole.arms {
          let known = costs.entry(dataset: source.name, augmentation: level, arm: arm.name)
          guard known?.secondsPerStep == nil else { continue }
          var entry = try measure(arm, like: first, isTimed: true)
          // Where lengths are equal by another quantity, what was measured of it stays.
          if let known { entry = known.timed(entry.secondsPerStep) }
          costs.entries.removeAll { $0 == known }
          costs.entries.append(entry)
        }
        for arm in whole.arms {
          let runs = own.filter { $0.arm == arm }.count
          guard runs > 0, let entry = costs.entry(dataset: source.name, augmentation: level, arm: arm.name) else {
            continue
          }
          let steps = costs.steps(of: arm.name, dataset: source.name, augmentation: level, in: whole) ?? entry.ownSteps
          let count = Double(steps)
          lines.append(
            .init(
              arm: arm.name, dataset: source.name, augmentation: level, runs: runs, steps: steps,
              images: count * entry.imagesPerStep, operations: count * entry.operationsPerStep,
              seconds: count * (entry.secondsPerStep ?? 0)))
        }
      }
    }
    return StudyEstimate(lines: lines)
  }
}

extension StudyCosts.Entry {
  fileprivate func timed(_ seconds: Double?) -> Self {
    var entry = self
    entry.secondsPerStep = seconds
    return entry
  }
}
