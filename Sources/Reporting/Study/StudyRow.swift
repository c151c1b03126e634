internal import Foundation
public import SparringDatasets

/// What came of one cell of a study; one file of the study's folder, `rows/<cell>.json`.
public struct StudyRow: Sendable, Hashable, Codable {
  /// The data set's name.
  public var dataset: String
  /// Labels that were asked for; 0 for all.
  public var labels: Int
  /// nil where the arm kept its own.
  public var augmentation: AugmentationLevel?
  /// The arm's name.
  public var arm: String
  /// The recipe's name.
  public var recipe: String
  /// What the labelled split and the weights were drawn from.
  public var seed: Int
  /// Its name in the study's folder.
  public var runFolder: String
  /// Why there is no result; nil for a cell that was finished.
  public var failure: String?
  /// Labels that were shown.
  public var labelCount: Int?
  /// Examples that were scored: of the test part, or held out.
  public var testCount: Int?
  /// From 0 to 1, on the scored examples.
  public var accuracy: Double?
  /// The mean over the classes of the share of each that was classified rightly.
  public var balancedAccuracy: Double?
  /// The expected calibration error, from 0 to 1.
  public var calibrationError: Double?
  /// Seconds of training, looks at the scored examples and samples included.
  public var seconds: Double?
  /// Training steps.
  public var steps: Int?
  /// Images that passed forward through any trained network.
  public var imagePasses: Int?
  /// Floating-point operations of convolutions and matrix products; nil where they could not be counted.
  public var operations: Double?
  /// What it was trained on.
  public var device: String?

  /// A cell that nothing is known of yet.
  public init(_ cell: StudyPlan.Cell) {
    (dataset, labels, augmentation) = (cell.source.name, cell.labels, cell.augmentation)
    (arm, recipe, seed, runFolder) = (cell.arm.name, cell.arm.recipe, cell.seed, cell.name)
  }

  /// Whether it has a result.
  public var isFinished: Bool { failure == nil && accuracy != nil }

  /// Whether its figures are some that a run has, and it is of that cell; the file may come from a stranger.
  func isPossible(for cell: StudyPlan.Cell) -> Bool {
    let counts = [labelCount, testCount, steps, imagePasses].compactMap(\.self)
    let shares = [accuracy, balancedAccuracy, calibrationError].compactMap(\.self)
    let own = StudyRow(cell)
    return (dataset, labels, augmentation) == (own.dataset, own.labels, own.augmentation)
      && (arm, recipe, seed, runFolder) == (own.arm, own.recipe, own.seed, own.runFolder)
      && counts.allSatisfy((0...(1 << 60)).contains) && shares.allSatisfy((0...1).contains)
      && (seconds.map((0...1e12).contains) ?? true) && (operations.map((0...1e30).contains) ?? true)
      && (failure != nil || (accuracy != nil && seconds != nil && steps != nil && imagePasses != nil))
  }
}

/// What one step of each arm costs; `costs.json`. Measured once for each study, so that a study that goes on, and every
/// part of it, has the same numbers of steps.
public struct StudyCosts: Sendable, Hashable, Codable {
  /// One arm in one condition.
  public struct Entry: Sendable, Hashable, Codable {
    /// The data set's name.
    public let dataset: String
    /// Labels that are shown; nil in files from before this was kept, and then of any number.
    public let labels: Int?
    /// nil where the arm keeps its own.
    public let augmentation: AugmentationLevel?
    /// The arm's name.
    public let arm: String
    /// Steps that the arm takes unless told otherwise.
    public let ownSteps: Int
    /// Images that pass forward through any trained network in a step.
    public let imagesPerStep: Double
    /// Floating-point operations of a step.
    public let operationsPerStep: Double
    /// The median; nil where nobody asked.
    public var secondsPerStep: Double?
    /// Where the seconds were measured.
    public var machine: String?

    /// What was measured.
    public init(
      _ condition: StudyPlan.Condition, arm: String, ownSteps: Int, imagesPerStep: Double,
      operationsPerStep: Double, secondsPerStep: Double? = nil, machine: String? = nil
    ) {
      (dataset, labels, augmentation) = (condition.dataset, condition.labels, condition.augmentation)
      (self.arm, self.ownSteps) = (arm, ownSteps)
      (self.imagesPerStep, self.operationsPerStep) = (imagesPerStep, operationsPerStep)
      (self.secondsPerStep, self.machine) = (secondsPerStep, machine)
    }

    /// What a step costs of a quantity; nil where it was not measured.
    public func perStep(_ cost: StudyCost) -> Double? {
      switch cost {
      case .steps: 1
      case .images: imagesPerStep
      case .time: secondsPerStep
      case .flops: operationsPerStep
      }
    }

    /// Whether it was measured of an arm in a condition.
    public func isOf(_ arm: String, in condition: StudyPlan.Condition) -> Bool {
      (self.arm, dataset, augmentation) == (arm, condition.dataset, condition.augmentation)
        && (labels ?? condition.labels) == condition.labels
    }

    var isPossible: Bool {
      (1...(1 << 40)).contains(ownSteps)
        && [imagesPerStep, operationsPerStep, secondsPerStep ?? 0].allSatisfy((0...1e24).contains)
    }
  }

  /// In no order.
  public var entries: [Entry] = []

  /// None yet.
  public init() {}

  /// What was measured of an arm.
  public func entry(of arm: String, in condition: StudyPlan.Condition) -> Entry? {
    entries.first { $0.isOf(arm, in: condition) }
  }

  /// The steps that a plan gives an arm; nil where it keeps its own length, or what that takes is not known.
  public func steps(of arm: String, in condition: StudyPlan.Condition, _ plan: StudyPlan) -> Int? {
    guard let equal = plan.equal, let own = entry(of: arm, in: condition), let cost = own.perStep(equal), cost > 0
    else { return nil }
    // What is fitted in one step is fitted once.
    if own.ownSteps == 1 { return 1 }
    guard let budget = plan.budget ?? leadersCost(equal, plan, condition) else { return nil }
    // What rounding took from a whole number is none of it.
    let steps = (budget / cost * (1 + 1e-12)).rounded(.down)
    return steps < 1e9 ? max(1, Int(steps)) : 1_000_000_000
  }

  /// What the first arm takes that is not fitted in one step; nil where it, or one before it, was not measured.
  private func leadersCost(_ cost: StudyCost, _ plan: StudyPlan, _ condition: StudyPlan.Condition) -> Double? {
    for arm in plan.arms {
      guard let entry = entry(of: arm.name, in: condition) else { return nil }
      guard entry.ownSteps == 1 else { return entry.perStep(cost).map { $0 * Double(entry.ownSteps) } }
    }
    return nil
  }
}
