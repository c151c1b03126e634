import SparringDatasets
import SparringEvaluation
import Foundation
import SparringRecipes
import SparringReporting
import SparringTorch
import SparringTraining

/// One run of one recipe from data to report, in its folder.
struct Session<Chosen: Experiment> {
  struct Outcome {
    let folder: RunFolder
    let end: RunEnd
    /// On the test images; nil for a recipe that does not classify, or a run that was interrupted.
    let evaluation: EvaluationRecord?
  }

  let configuration: Chosen.Configuration
  private let device: Device
  private let data: SessionData
  private let split: LabelledSplit?
  private let recipe: Chosen.Method
  private let batches: Chosen.Source

  /// Loads the data, fits the networks to it and makes the recipe.
  /// - Parameter data: The images, where an earlier run has already read them.
  init(_ chosen: Chosen.Configuration, data: SessionData? = nil) throws {
    try chosen.validate()
    Machine.threadCount = chosen.threads > 0 ? chosen.threads : ProcessInfo.processInfo.activeProcessorCount
    device = try Device(chosen.device)
    // The shapes of a run stay the same, so the search pays; on the CPU it means nothing.
    Machine.setKernelSearch(device.kind == "cuda")
    self.data = try data ?? SessionData(chosen.dataset, device: device)
    var configuration = chosen
    try Chosen.fit(&configuration.model, to: self.data.train)
    configuration.dataset.classNames = self.data.train.classNames
    self.configuration = configuration
    split =
      Chosen.usesLabels ? try configuration.dataset.split(of: self.data.train, seed: configuration.seed) : nil
    recipe = try Chosen.makeRecipe(configuration, device: device)
    batches = try Chosen.makeBatches(configuration, dataset: self.data.train, split: split)
  }

  /// Makes the folder of a new run.
  /// - Parameter name: nil makes one from recipe, data set and seed.
  func makeFolder(named name: String?, in runs: URL) throws -> RunFolder {
    let folder =
      if let name {
        try RunFolder.create(named: name, in: runs)
      } else {
        try RunFolder.create(
          recipe: configuration.recipe, dataset: data.train.name, seed: Int(clamping: configuration.seed), in: runs)
      }
    try folder.write(environment: environment)
    try split?.save(to: splitFile(folder))
    // Last: a folder with a configuration can be resumed.
    try folder.write(configuration: yamlText(of: configuration))
    return folder
  }

  /// Trains in the folder, from its newest checkpoint where there is one, then evaluates and reports.
  func run(in folder: RunFolder, label: String? = nil, stop: StopRequest) throws -> Outcome {
    try requireSavedSplit(in: folder)
    removeHalfWritten(in: folder.checkpoints)
    let recorder = RunRecorder(folder, encodePNG: { try $0.png() })
    let progress = ConsoleProgress(console: .standardOutput(), label: label)
    try FileManager.default.createDirectory(at: folder.checkpoints, withIntermediateDirectories: true)
    let trainer = try Trainer(
      recipe, batches: batches, configuration: configuration.training, configurationText: yamlText(of: configuration),
      checkpointFolder: folder.checkpoints, draw: draw, measure: measure,
      observers: [{ try recorder.record($0) }, { progress.show($0) }])
    if let newest = Checkpoint.files(in: folder.checkpoints).last { try trainer.restore(from: newest) }
    let end = try trainer.run(stop: stop)
    let evaluation = end.isComplete ? try evaluate(in: folder) : nil
    try Report.write(run: folder)
    return Outcome(folder: folder, end: end, evaluation: evaluation)
  }

  private func splitFile(_ folder: RunFolder) -> String { folder.url.appending(path: "split.json").path }

  /// A folder of images may have changed since the run began; other labels would make another run.
  private func requireSavedSplit(in folder: RunFolder) throws {
    guard let split, FileManager.default.fileExists(atPath: splitFile(folder)) else { return }
    guard try LabelledSplit(contentsOf: splitFile(folder)).hash == split.hash else {
      throw ToolError("\(data.train.name) is no longer the data set that \(folder.url.relativePath) began with")
    }
  }

  /// What a killed process left of a checkpoint.
  private func removeHalfWritten(in folder: URL) {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    for name in names where name.hasPrefix(".") && name.hasSuffix(".partial") {
      try? FileManager.default.removeItem(at: folder.appending(path: name))
    }
  }

  /// Loads the networks of the newest checkpoint without training.
  func loadNetworks(from file: URL) throws -> Chosen.Method {
    try Checkpoint.restoreNetworks(of: recipe, from: file)
    return recipe
  }

  /// Classifies every test image and saves what came of it; nil for a recipe that does not classify.
  @discardableResult
  func evaluate(in folder: RunFolder) throws -> EvaluationRecord? {
    guard let classifier = recipe as? any ImageClassifying, let test = data.test else { return nil }
    let predictions = try data.predictions(by: classifier, on: test, indices: Array(0..<test.count))
    return try folder.write(
      evaluation: predictions, split: "test", classNames: test.classNames,
      image: { try PixelImages(test.images.narrowed($0..<$0 + 1)) }, encodePNG: { try $0.png() })
  }

  private var draw: (() throws -> PixelImages)? {
    guard let generator = recipe as? any ImageGenerating else { return nil }
    let (seed, device) = (configuration.seed, device)
    return {
      // The same latents every time: drawn anew from the same seed.
      let random = try RandomGenerator(seed: seed, purpose: "fixed samples", device: device)
      return try PixelImages(generator.generateImages(from: .normal([64, generator.latentSize], using: random)))
    }
  }

  private var measure: ((Int) throws -> SparringTraining.Measurement)? {
    guard let classifier = recipe as? any ImageClassifying else { return nil }
    if let split, !split.validation.isEmpty {
      return { [data] step in
        let predictions = try data.predictions(by: classifier, on: data.train, indices: split.validation)
        return SparringTraining.Measurement(
          step: step, split: "validation", values: [NamedValue("accuracy", predictions.accuracy)])
      }
    }
    guard let test = data.test else { return nil }
    // A curve to look at; nothing is chosen by it, and the last weights are the ones that count.
    let interval = max(1, test.count / 2000)
    let indices = Array(stride(from: 0, to: test.count, by: interval))
    return { [data] step in
      let predictions = try data.predictions(by: classifier, on: test, indices: indices)
      return SparringTraining.Measurement(
        step: step, split: "\(indices.count) test images", values: [NamedValue("accuracy", predictions.accuracy)])
    }
  }

  private var environment: RunEnvironment {
    var details = ["cpu capability": Machine.cpuCapability]
    details["precision"] = configuration.training.resolvedPrecision(on: device).rawValue
    details["split hash"] = split?.hash
    return RunEnvironment(
      versions: ["sparring": ToolVersion.text, "libtorch": Machine.libTorchVersion],
      cpu: ProcessorFeatures.current.modelName, threads: Machine.threadCount, device: device.description,
      date: Date(), commandLine: CommandLine.arguments, details: details)
  }
}

/// The images of a run in memory, shared by the runs of a comparison.
struct SessionData {
  let train: Dataset
  /// nil where a folder holds no labelled test images.
  let test: Dataset?

  init(_ configuration: DatasetConfiguration, device: Device) throws {
    train = try Dataset.load(configuration.name, split: .train, folderOptions: configuration.folder).to(device)
    func loadTest() throws -> Dataset {
      try Dataset.load(configuration.name, split: .test, folderOptions: configuration.folder).to(device)
    }
    test = configuration.folder.heldOutFraction == 0 ? try? loadTest() : try loadTest()
  }

  /// The classifier's answers for some images of a data set, a few hundred at a time.
  func predictions(by classifier: any ImageClassifying, on dataset: Dataset, indices: [Int]) throws -> Predictions {
    var logits: [Tensor] = []
    var truths: [Int] = []
    try dataset.forEachBatch(of: 500, indices: indices) { batch in
      logits.append(try classifier.classLogits(of: batch.images))
      truths += try batch.labels.integers()
    }
    return try Predictions(logits: Tensor.concatenate(logits), truths: truths)
  }
}
