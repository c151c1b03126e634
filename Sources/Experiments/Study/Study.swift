import Foundation
public import SparringDatasets
import SparringRecipes
public import SparringReporting
import SparringTorch
public import SparringTraining

/// Runs the grid of a ``StudyPlan``, a run folder for each cell: one that is finished is left as it is, one that was
/// stopped goes on, one that fails is recorded, and the others go on.
///
/// ```swift
/// let arms = try ["supervised", "consistency-gan"].map { try StudyPlan.Arm($0) }
/// let plan = StudyPlan(
///   name: "mine", sources: [.init("mnist")], labels: [40, 100], arms: arms, seeds: Array(1...6))
/// try Study(plan).run(in: StudyFolder(URL(fileURLWithPath: "runs/mine")))
/// ```
public final class Study {
  /// What a study tells while it runs.
  public enum Event {
    /// Steps of an arm are measured.
    case measuring(arm: String, StudyPlan.Condition)
    /// A cell is trained: the so-manyth of all that this call has to do, finished ones included.
    case began(StudyPlan.Cell, position: Int, count: Int)
    /// What the run of that cell tells.
    case training(StudyPlan.Cell, TrainingEvent)
    /// A cell was trained to its end.
    case finished(StudyRow)
    /// A cell ended without a result; the others go on.
    case failed(StudyRow)
    /// Another process trains the cell.
    case isBusy(StudyPlan.Cell)
  }

  /// How a call ended.
  public struct Outcome {
    /// Cells that have a result, those of earlier calls included.
    public internal(set) var finished: [StudyRow] = []
    /// Cells that ended without one.
    public internal(set) var failed: [StudyRow] = []
    /// Cells that another process trains.
    public internal(set) var busy: [StudyPlan.Cell] = []
    /// Where it was asked to stop, and the step that is saved.
    public internal(set) var stopped: (cell: StudyPlan.Cell, step: Int)?
  }

  /// What was asked for.
  public let plan: StudyPlan
  let deviceName: String
  let threads: Int?
  private let device: Device
  private let progress: DecodingProgress
  let featureProgress: DecodingProgress
  private var loaded: (key: DatasetConfiguration, data: ExperimentData)?
  /// Why an arm's steps could not be measured.
  var problems: [Place: any Error] = [:]

  /// What is measured once.
  struct Place: Hashable {
    let arm: String
    let condition: StudyPlan.Condition

    init(_ arm: String, _ condition: StudyPlan.Condition) { (self.arm, self.condition) = (arm, condition) }
  }

  /// An arm whose steps could not be measured.
  public struct Unmeasured: Sendable {
    /// The arm's name.
    public let arm: String
    /// Where.
    public let condition: StudyPlan.Condition
    /// Why.
    public let reason: String
  }

  /// Checks everything that can be checked without data.
  /// - Parameters:
  ///   - device: `cpu`, `cuda:0`, `mps`.
  ///   - threads: Within one operation; nil leaves it to the arms.
  ///   - progress: Called on this thread while pictures are decoded.
  ///   - featureProgress: The same while a frozen network looks at images for the first time.
  /// - Throws: What is wrong with a value, in one line.
  public init(
    _ plan: StudyPlan, device: String = "cpu", threads: Int? = nil, progress: @escaping DecodingProgress = { _, _ in },
    featureProgress: @escaping DecodingProgress = { _, _ in }
  ) throws {
    (self.plan, deviceName, self.threads) = (plan, device, threads)
    (self.progress, self.featureProgress) = (progress, featureProgress)
    self.device = try Device(device)
    for arm in plan.arms { try check(arm) }
    try plan.validate(in: plan.name)
  }

  private func check(_ arm: StudyPlan.Arm) throws {
    let settings = plan.settings + arm.settings
    let own =
      ["seed=", "device=", "dataset.name=", "dataset.labels="]
      + (plan.heldOut == nil ? [] : ["dataset.heldOut=", "dataset.validation="])
    if let setting = settings.first(where: { setting in own.contains { setting.hasPrefix($0) } }) {
      throw TrainingError("a study sets \(setting.prefix { $0 != "=" }) itself: use its options")
    }
    let length = settings.first { $0.hasPrefix("training.steps=") || $0.hasPrefix("training.epochs=") }
    if let length, plan.equal != nil {
      throw TrainingError("\(length) and a budget (\(plan.budgetText)): give one of them")
    }
    if plan.augmentations != nil, let setting = settings.first(where: { $0.hasPrefix("augmentation.") }) {
      throw TrainingError("\(setting) and an axis of augmentations: give one of them")
    }
    func check<Method: Recipe>(_ type: Method.Type) throws {
      for source in plan.sources {
        for labels in plan.labels {
          let seed = plan.seeds.first ?? 1
          _ = try layers(arm, source, labels: labels, seed: seed).configuration(for: type)
        }
      }
    }
    try check(recipeType(named: arm.recipe))
  }

  func layers(_ arm: StudyPlan.Arm, _ source: StudyPlan.Source, labels: Int, seed: Int) -> ConfigurationLayers {
    var layers = ConfigurationLayers()
    layers.preset = arm.preset
    layers.words = [
      ("--dataset", "dataset.name", source.path), ("--labels", "dataset.labels", "\(labels)"),
      ("--first-seed", "seed", "\(seed)"), ("--device", "device", deviceName),
    ]
    if let threads { layers.words.append(("--threads", "threads", "\(threads)")) }
    if plan.skipsUnreadable { layers.words.append(("--skip-unreadable", "dataset.folder.skipUnreadable", "true")) }
    if let count = plan.heldOut { layers.words.append(("--held-out", "dataset.heldOut", "\(count)")) }
    layers.settings = plan.settings + arm.settings
    return layers
  }

  /// What an arm is trained on. The data of one data set are kept at a time.
  /// - Throws: What is wrong with the data, or that they have no test part.
  public func data(for source: StudyPlan.Source, arm: StudyPlan.Arm? = nil) throws -> ExperimentData {
    guard let arm = arm ?? plan.arms.first else { throw TrainingError("a study needs an arm") }
    func configuration<Method: Recipe>(_ type: Method.Type) throws -> DatasetConfiguration {
      try layers(arm, source, labels: plan.labels[0], seed: plan.seeds[0]).configuration(for: type).dataset
    }
    var key = try configuration(recipeType(named: arm.recipe))
    (key.labels, key.validation, key.heldOut, key.balancesClasses) = (0, 0, 0, false)
    if let loaded, loaded.key == key { return loaded.data }
    loaded = nil
    let all = try ExperimentData(key, device: device, progress: progress)
    let data = plan.heldOut == nil ? all : all.withoutTest
    guard data.test != nil || plan.heldOut != nil else {
      throw TrainingError("\(source.path) has no test part to compare on")
    }
    loaded = (key, data)
    return data
  }

  /// The configuration of one cell.
  /// - Parameter steps: nil keeps the arm's own length.
  func configuration<Method: Recipe>(
    of cell: StudyPlan.Cell, _ type: Method.Type, _ data: ExperimentData, steps: Int?
  ) throws -> RunConfiguration<Method> {
    var configuration = try layers(cell.arm, cell.source, labels: cell.labels, seed: cell.seed).configuration(for: type)
    // What is fitted in one step takes the images as they are, and is fitted once whatever the others may cost.
    guard !Method.fitsAtOnce else { return configuration }
    // What looks at each image only once takes them as they are, too.
    if let level = cell.augmentation, !(Method.self is any PreparesExamples.Type) {
      configuration.augmentation = try level.augmentation(for: data.facts.shape)
    }
    if let steps { (configuration.training.steps, configuration.training.epochs) = (steps, 0) }
    return configuration
  }
}

extension StudyPlan.Source {
  /// A data set's name, or a place, which is kept whole: a study goes on from anywhere.
  public init(typed word: String) {
    let isKnown = (try? KnownDataset.named(word)) != nil
    let isThere = !isKnown && FileManager.default.fileExists(atPath: word)
    self.init(isThere ? URL(fileURLWithPath: word).standardizedFileURL.path : word)
  }
}

extension StudyPlan.Arm {
  /// - Parameters:
  ///   - word: A recipe or a preset.
  ///   - name: nil takes the word.
  ///   - settings: `key=value`, for this arm alone.
  ///   - common: `key=value`, for every arm of its study.
  /// - Throws: ``TrainingError`` when there is none of that name, or it does not classify.
  public init(_ word: String, name: String? = nil, settings: [String] = [], within common: [String] = []) throws {
    var layers = ConfigurationLayers()
    let type = try layers.recipeType(word)
    guard type is any ImageClassifying.Type else {
      throw TrainingError("\(word): \(type.name) does not classify, so a study cannot compare it")
    }
    layers.settings = common + settings
    func usesGenerator<Method: Recipe>(_ type: Method.Type) -> Bool {
      // What is wrong with a setting is said once the whole study is checked.
      Method.roles.contains(.generator) && (try? layers.configuration(for: type).options.usesGenerator) ?? true
    }
    self.init(
      name: name ?? word, recipe: type.name, preset: layers.preset, hasGenerator: usesGenerator(type),
      settings: settings)
  }
}
