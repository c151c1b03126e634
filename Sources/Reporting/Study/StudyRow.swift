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
  /// One arm on one data set.
  public struct Entry: Sendable, Hashable, Codable {
    /// The data set's name.
    public let dataset: String
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
      dataset: String, augmentation: AugmentationLevel?, arm: String, ownSteps: Int, imagesPerStep: Double,
      operationsPerStep: Double, secondsPerStep: Double? = nil, machine: String? = nil
    ) {
      (self.dataset, self.augmentation, self.arm, self.ownSteps) = (dataset, augmentation, arm, ownSteps)
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
  public func entry(dataset: String, augmentation: AugmentationLevel?, arm: String) -> Entry? {
    entries.first { $0.dataset == dataset && $0.augmentation == augmentation && $0.arm == arm }
  }

  /// The steps that a plan gives an arm; nil where it keeps its own length, or what that takes is not known.
  public func steps(of arm: String, dataset: String, augmentation: AugmentationLevel?, in plan: StudyPlan) -> Int? {
    guard let equal = plan.equal, let first = plan.arms.first,
      let own = entry(dataset: dataset, augmentation: augmentation, arm: arm)?.perStep(equal), own > 0
    else { return nil }
    // What is fitted in one step is fitted once.
    if entry(dataset: dataset, augmentation: augmentation, arm: arm)?.ownSteps == 1 { return 1 }
    let leader = entry(dataset: dataset, augmentation: augmentation, arm: first.name)
    guard
      let budget = plan.budget ?? leader.flatMap({ entry in entry.perStep(equal).map { $0 * Double(entry.ownSteps) } })
    else { return nil }
    // What rounding took from a whole number is none of it.
    let steps = (budget / own * (1 + 1e-12)).rounded(.down)
    return steps < 1e9 ? max(1, Int(steps)) : 1_000_000_000
  }
}
