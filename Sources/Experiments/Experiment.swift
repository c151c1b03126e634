public import Foundation
public import SparringDatasets
import SparringEvaluation
public import SparringRecipes
public import SparringReporting
import SparringTorch
public import SparringTraining

/// One run of one recipe from data to report.
///
/// ```swift
/// var configuration = RunConfiguration<Supervised>()
/// configuration.dataset.name = "mnist"
/// let experiment = try Experiment(configuration)
/// let outcome = try experiment.run(in: experiment.makeFolder(in: URL(fileURLWithPath: "runs")))
/// ```
public final class Experiment<Method: Recipe> {
  /// What came of a run.
  public struct Outcome: Sendable {
    /// Where everything about the run stands.
    public let folder: RunFolder
    /// How it ended.
    public let end: RunEnd
    /// On what was scored, the test part unless told otherwise; nil for a recipe that does not classify, or a run that was
    /// interrupted.
    public let evaluation: EvaluationRecord?
  }

  /// What was asked for.
  public let configuration: RunConfiguration<Method>
  /// The training and the test part.
  public let data: ExperimentData
  /// Which labels are shown; nil for a recipe that is shown none.
  public let split: LabelledSplit?
  /// With fresh weights, until it is trained.
  public let recipe: Method
  let batches: any BatchSource<Method.Batch>
  let device: Device

  /// Checks everything that can be checked without data, loads the data and makes the recipe.
  /// - Parameters:
  ///   - data: The examples, where an earlier run has already read them.
  ///   - folder: The run that goes on, whose newest checkpoint will give all weights.
  ///   - progress: Called on this thread while pictures are decoded.
  ///   - featureProgress: The same while a frozen network looks at images for the first time.
  /// - Throws: What is wrong with a value, the device, the data or their fit, in one line.
  public init(
    _ configuration: RunConfiguration<Method>, data: ExperimentData? = nil, resuming folder: RunFolder? = nil,
    progress: DecodingProgress = { _, _ in }, featureProgress: DecodingProgress = { _, _ in }
  ) throws {
    try configuration.validate()
    var configuration = configuration
    try configuration.model.pinWeights()
    let begins = folder.map { Checkpoint.files(in: $0.checkpoints).isEmpty } ?? true
    let trunks = try configuration.model.pretrainedTrunks(for: Method.roles, onlyReferences: !begins)
    device = try Device(configuration.device)
    Machine.threadCount =
      configuration.threads > 0 ? configuration.threads : ProcessInfo.processInfo.activeProcessorCount
    // The shapes of a run stay the same, so the search pays; on the CPU it means nothing.
    Machine.setKernelSearch(device.kind == .cuda)
    let data = try data ?? ExperimentData(configuration.dataset, device: device, progress: progress)
    // What a recipe does to pictures unless told otherwise is no wish of anybody's for vectors.
    if !data.facts.shape.isImage, configuration.augmentation == Method.augmentation {
      configuration.augmentation = .none
    }
    try Self.requireImages(for: configuration.augmentation, data.facts)
    try Self.requireValidation(for: configuration, data)
    (self.configuration, self.data) = (configuration, data)
    split =
      Method.self is any ImageClassifying.Type
      ? try configuration.dataset.split(of: data.train, seed: configuration.seed) : nil
    let training = TrainingData(
      data.train, split: split, seed: configuration.seed, balancesClasses: configuration.dataset.balancesClasses)
    recipe = try Method(
      configuration.options,
      in: Setting(
        configuration, data: data.facts, trunks: trunks, device: device,
        classShares: split == nil ? nil : training.classShares(),
        featureFolder: CachedFeatures.folder))
    if let folder, !begins, recipe is any PreparesExamples {
      // What it says of examples depends on weights that stand in the checkpoint.
      try Checkpoint.restoreNetworks(of: recipe, from: folder.newestCheckpoint())
    }
    try Self.prepare(recipe, for: data, split, training, progress: featureProgress)
    batches = try recipe.batches(from: training)
  }

  private static func requireImages(for augmentation: Augmentation, _ facts: DataFacts) throws {
    guard augmentation != .none, !facts.shape.isImage else { return }
    throw TrainingError("augmentation changes pictures, but \(facts.name) holds \(facts.shape.plural): leave it out")
  }

  /// Has a recipe that looks at each image only once see all that it will be asked about.
  private static func prepare(
    _ recipe: Method, for data: ExperimentData, _ split: LabelledSplit?, _ training: TrainingData,
    progress: DecodingProgress
  ) throws {
    guard let recipe = recipe as? any PreparesExamples else { return }
    let shown = try training.labelledIndices() + (split?.validation ?? [])
    let parts =
      [(data.train, shown)] + [data.validation, data.test].compactMap { $0 }.map { ($0, Array(0..<$0.count)) }
    let total = parts.reduce(0) { $0 + $1.1.count }
    var before = 0
    for (examples, indices) in parts {
      try recipe.prepare(examples, indices: indices) { progress(before + $0, total) }
      before += indices.count
    }
  }

  private static func requireValidation(
    for configuration: RunConfiguration<Method>, _ data: ExperimentData
  ) throws {
    let training = configuration.training
    let key = training.result == .best ? "training.result=best" : training.patience > 0 ? "training.patience" : nil
    let (carved, further) = (configuration.dataset.validation, configuration.dataset.heldOut)
    let classifies = Method.self is any ImageClassifying.Type
    // What only generates chooses by its samples.
    guard let key, classifies || Method.restores, data.validation == nil, carved == 0, further == 0 else { return }
    throw TrainingError(
      "\(key) needs validation images, and there are none: give \(data.train.name) a folder val/ beside test/, or "
        + (classifies ? "set dataset.validation, which takes some of the labels" : "leave it out"))
  }

  /// Makes the folder of a new run.
  /// - Parameter name: nil makes one from recipe, data set and seed.
  public func makeFolder(named name: String? = nil, in runs: URL) throws -> RunFolder {
    let folder =
      if let name {
        try RunFolder.create(named: name, in: runs)
      } else {
        try RunFolder.create(
          recipe: Method.name, dataset: data.train.name, seed: Int(clamping: configuration.seed), in: runs)
      }
    let lock = try folder.lockToBegin()
    try withExtendedLifetime(lock) {
      try folder.write(facts: data.facts)
      try folder.write(environment: environment)
      try split?.save(to: splitFile(folder))
      // Last: a folder with a configuration can be resumed.
      try folder.write(configuration: configuration.text())
    }
    return folder
  }

  /// Trains in the folder, from its newest checkpoint where there is one, then evaluates and reports.
  /// - Parameters:
  ///   - forLonger: Whether a run that ended, for want of patience perhaps, goes on.
  ///   - scored: What the result is measured on.
  public func run(
    in folder: RunFolder, observers: [Trainer<Method>.Observer] = [], stop: StopRequest = StopRequest(),
    forLonger: Bool = false, scored: ScoredExamples = .test
  ) throws -> Outcome {
    if scored == .heldOut, keepsBest, data.validation == nil {
      throw TrainingError(
        "the weights would be chosen by the held-out examples that are scored: leave training.patience and "
          + "training.result=best out, or bring a folder val/")
    }
    let lock = try RunLock(folder)
    defer { withExtendedLifetime(lock) {} }
    try requireSavedSplit(in: folder)
    AtomicFile.removeLeftovers(in: folder.url)
    let recorder = RunRecorder(folder)
    try FileManager.default.createDirectory(at: folder.checkpoints, withIntermediateDirectories: true)
    let trainer = try Trainer(
      recipe, batches: batches, configuration: configuration.training, configurationText: configuration.shared.text(),
      facts: data.facts, checkpointFolder: folder.checkpoints, draw: draw,
      realSamples: draw == nil ? nil : realSamples(sampleCount), measure: measure(), keepsBest: keepsBest,
      observers: [{ try recorder.record($0) }] + observers)
    try trainer.restoreNewest(forLonger: forLonger, checking: requireSameConfiguration)
    let end: RunEnd
    do {
      end = try trainer.run(stop: stop)
    } catch {
      // What there was until then is worth seeing.
      _ = try? Report.write(run: folder)
      throw error
    }
    if end.isComplete, keepsBest { try loadNetworks(from: folder.resultCheckpoint()) }
    let evaluation = end.isComplete ? try evaluate(in: folder, on: scored) : nil
    try Report.write(run: folder)
    return Outcome(folder: folder, end: end, evaluation: evaluation)
  }

  /// Loads the networks of a checkpoint without training.
  public func loadNetworks(from file: URL) throws { try Checkpoint.restoreNetworks(of: recipe, from: file) }

  private func splitFile(_ folder: RunFolder) -> String { folder.url.appending(path: "split.json").path }

  /// The data may have changed since the run began; other labels would make another run.
  private func requireSavedSplit(in folder: RunFolder) throws {
    guard let split, FileManager.default.fileExists(atPath: splitFile(folder)) else { return }
    guard try LabelledSplit(contentsOf: splitFile(folder)).hash == split.hash else {
      throw TrainingError("\(data.train.name) is no longer the data set that \(folder.url.relativePath) began with")
    }
  }

  /// Files of two runs may lie in one folder: what was trained so far must have been asked for by the same configuration.
  /// How long the run is, and where it is trained, may change.
  private func requireSameConfiguration(_ saved: SavedRun, _ file: URL) throws {
    guard saved.recipe == Method.name,
      var then = try? RunConfiguration<Method>(saved: saved.configuration, source: file.path)
    else { return }
    let now = configuration.shared
    (then.training.steps, then.training.epochs) = (now.training.steps, now.training.epochs)
    (then.device, then.threads, then.dataset.name) = (now.device, now.threads, now.dataset.name)
    let before = try ConfigurationTree<RunConfiguration<Method>>(text: then.text(), of: RunConfiguration<Method>.self)
      .values
    let after = try ConfigurationTree<RunConfiguration<Method>>(text: now.text(), of: RunConfiguration<Method>.self)
      .values
    let known = Dictionary(before.map { ($0.path, $0.value) }) { first, _ in first }
    guard let other = after.first(where: { known[$0.path] != $0.value }) else { return }
    throw TrainingError(
      "\(file.lastPathComponent) was trained with \(other.path) \(known[other.path] ?? "not set"), but config.yaml says "
        + "\(other.value): put that back, or begin anew under another --name")
  }

  /// Samples in a grid.
  private var sampleCount: Int { 64 }

  private var draw: (() throws -> PixelImages)? {
    guard let generator = recipe as? any ImageGenerating else {
      return Method.restores ? { [unowned self] in try restoredSamples() } : nil
    }
    let (seed, device, facts, sampleCount) = (configuration.seed, device, data.facts, sampleCount)
    return {
      // The same latents every time: drawn anew from the same seed.
      let random = try RandomGenerator(seed: seed, purpose: "fixed samples", device: device)
      let made = try generator.generateImages(from: .normal([sampleCount, generator.latentSize], using: random))
      return facts.shape.isImage ? try PixelImages(made) : try PixelImages(stripsOf: made, scaling: facts.scaling)
    }
  }

  /// Whether the result is the state that measured best on validation images, or whose samples did.
  private var keepsBest: Bool {
    guard Method.self is any ImageClassifying.Type else {
      // Of what restores, on the way, test images are measured where there are no others: nothing is chosen by those.
      guard data.validation != nil || !Method.restores else { return false }
      return switch configuration.training.result {
      case .auto: configuration.training.watch.policy.intervenes || configuration.training.patience > 0
      case .best: true
      case .last: false
      }
    }
    let validates = data.validation != nil || !(split?.validation.isEmpty ?? true)
    return switch configuration.training.result {
    case .auto: data.validation != nil || validates && configuration.training.patience > 0
    case .best: validates
    case .last: false
    }
  }

  private func measure() throws -> ((Int) throws -> SparringTraining.Measurement)? {
    guard let classifier = recipe as? any ImageClassifying else {
      return try (recipe as? any ImageGenerating).flatMap(sampleMeasure) ?? restorationMeasure
    }
    func measure(
      on split: String, of dataset: Dataset, indices: [Int]
    ) -> (Int) throws -> SparringTraining.Measurement {
      return { step in
        let predictions = try classifier.predictions(on: dataset, indices: indices)
        var values = [MeasuredValue(.accuracy, predictions.accuracy)]
        if try predictions.confusion().hasUnequalClasses {
          values.append(MeasuredValue(.balancedAccuracy, try predictions.confusion().balancedAccuracy))
        }
        return SparringTraining.Measurement(step: step, split: split, values: values)
      }
    }
    if let validation = data.validation {
      return measure(on: "validation", of: validation, indices: Array(0..<validation.count))
    }
    if let split, !split.validation.isEmpty {
      return measure(on: "validation", of: data.train, indices: split.validation)
    }
    guard let test = data.test else { return nil }
    // A curve to look at; nothing is chosen by it, and the last weights are the ones that count.
    let whole = measure(on: "test", of: test, indices: Array(0..<test.count))
    guard test.count > 2000 else { return whole }
    // A part of them on the way; at the end all, which is what the result says.
    let indices = Array(stride(from: 0, to: test.count, by: test.count / 2000))
    let part = measure(on: "\(indices.count) test \(test.shape.plural)", of: test, indices: indices)
    let total = configuration.training.totalSteps(stepsPerEpoch: batches.stepsPerEpoch)
    return { step in try step == total ? whole(step) : part(step) }
  }

  private var environment: RunEnvironment {
    var details = ["cpu capability": Machine.cpuCapability]
    details["precision"] = configuration.training.resolvedPrecision(on: device).rawValue
    details["split hash"] = split?.hash
    details["pictures left out"] = data.unreadableSummary
    details["examples"] = "\(data.train.name): \(summary)"
    return RunEnvironment(
      versions: ["sparring": SparringVersion.text, "libtorch": Machine.libTorchVersion],
      cpu: ProcessorFeatures.current.modelName, threads: Machine.threadCount, device: device.description,
      date: Date(), commandLine: CommandLine.arguments, details: details)
  }
}
