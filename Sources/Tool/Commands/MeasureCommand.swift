import ArgumentParser
import Foundation
import SparringDatasets
import SparringEvaluation
import SparringExperiments
import SparringReporting
import SparringTorch
import SparringTraining

struct MeasureCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "measure",
    abstract: "Measures how near generated images are to real ones: Fréchet and kernel distance, precision and recall.",
    discussion: """
      Compares the images of a run's generator, of a folder, or of a part of a data set (NAME:train, NAME:test) with real
      ones. Features are kept in the cache as they are found: a run that was stopped goes on by the same command.

        sparring measure runs/NAME --samples 10000 --against train
        sparring measure FOLDER --against cifar10:test
        sparring measure cifar10:train --samples 2000 --against cifar10:test --references 2000
      """)

  @Argument(
    help: ArgumentHelp("A run's folder, a folder of pictures, or a part of a data set.", valueName: "run|folder|part"),
    completion: .custom { _, _, _ in Completions.runs() })
  var subject: String

  @Option(
    help: ArgumentHelp(
      "What it is compared with: train or test of the run's data (test, where there is one, when left out), NAME:train, NAME:test, or a folder of pictures.",
      valueName: "part|folder"))
  var against: String?

  @Option(help: ArgumentHelp("Data in place of the run's own.", valueName: "name|path"))
  var dataset: String?

  @Option(help: "How many images to make, or of the folder or part to take, from the first; 10,000 of a run, else all.")
  var samples: Int?

  @Option(help: "How many real images to take, from the first; all when left out.")
  var references: Int?

  @Option(help: ArgumentHelp("inception (the standard one of 2015), or own (random kernels; needs no weights)."))
  var features = FeatureChoice.inception

  @Option(help: ArgumentHelp("How Inception's images are resized: tensorflow (the standard), or half-pixel."))
  var resizing = ResizingChoice.tensorflow

  @Flag(help: "Of a run, every checkpoint that it kept (training.keepCheckpoints), not only its result.")
  var everyCheckpoint = false

  @Option(help: "What a run's random latents flow from.")
  var seed: UInt64 = 1

  @Option(help: ArgumentHelp("The size that pictures of folders are brought to; that of the first when left out."))
  var imageSize: String?

  @Option(help: ArgumentHelp("text or json."))
  var format = OutputFormat.text

  @Option(help: ArgumentHelp("Writes the figures as JSON.", valueName: "file.json"))
  var output: String?

  @Option(help: ArgumentHelp("Writes the features and the figures, for other programs.", valueName: "file.safetensors"))
  var exportFeatures: String?

  @OptionGroup var place: DeviceOption

  enum FeatureChoice: String, ExpressibleByArgument, CaseIterable { case inception, own }
  enum ResizingChoice: String, ExpressibleByArgument, CaseIterable {
    case tensorflow
    case halfPixel = "half-pixel"
  }
  enum OutputFormat: String, ExpressibleByArgument, CaseIterable { case text, json }

  func validate() throws {
    for (name, count) in [("--samples", samples), ("--references", references)] {
      if let count, count < KernelDistance.fewestImages {
        throw ValidationError("\(name) is \(count); use at least \(KernelDistance.fewestImages)")
      }
      if let count, count > 10_000_000 { throw ValidationError("\(name) is \(count); use at most 10,000,000") }
    }
    if everyCheckpoint, exportFeatures != nil {
      throw ValidationError("--every-checkpoint and --export-features do not go together; leave one out")
    }
    if features == .own, resizing != .tensorflow {
      throw ValidationError("--resizing is Inception's; leave it out with --features own")
    }
  }

  func run() throws {
    let folder = try runFolder()
    for file in [exportFeatures, output].compactMap(\.self) { try requirePlace(for: file) }
    try requireUseOfSize(folder)
    let extractor = try extractor(on: place.chosen() ?? .cpu)
    if everyCheckpoint { return try measureEveryCheckpoint(of: folder, by: extractor) }
    let (generated, checkpoint) = try subjectImages(folder)
    let reference = try referenceImages(folder)
    let progress = ReadingProgress("Computing features")
    let outcome = try Measuring(with: extractor)(generated, against: reference, progress: progress.show)
    // What took long is told before a full disk can end it.
    switch format {
    case .json: say(String(decoding: try json(outcome.measures), as: UTF8.self), isData: true)
    case .text: say(outcome.measures.table(of: generated))
    }
    if let folder, let checkpoint { try record(outcome.measures, of: checkpoint, in: folder) }
    if let output { try save(json(outcome.measures), to: URL(fileURLWithPath: output)) }
    if let exportFeatures { try export(outcome, to: exportFeatures) }
  }

  /// Before anything is computed.
  private func requirePlace(for file: String) throws {
    let url = URL(fileURLWithPath: file)
    guard isFolder(url.deletingLastPathComponent().path), !isFolder(file) else {
      throw ToolError("\(file) cannot be written: is the folder there, and no folder of that name?")
    }
  }

  /// A size that would change nothing is a mistake.
  private func requireUseOfSize(_ folder: RunFolder?) throws {
    let words = (folder == nil ? [subject] : []) + [against].compactMap(\.self)
    guard imageSize != nil, !words.contains(where: { isFolder($0) || isFolder(Self.place(of: $0)) }) else { return }
    throw ToolError("--image-size is for folders of pictures, and none is measured: leave it out")
  }

  /// Without the part that a word may name.
  private static func place(of word: String) -> String {
    word.lastIndex(of: ":").map { String(word[..<$0]) } ?? word
  }

  private func extractor(on device: Device) throws -> any ImageFeatures {
    guard features == .inception else { return try RandomFeatures() }
    do {
      return try InceptionFeatures(resizing: resizing == .halfPixel ? .halfPixel : .tensorflow, device: device)
    } catch let error as DatasetError {
      throw ToolError(
        "\(error.message), or measure over --features own, which needs no weights and is another distance")
    }
  }

  /// nil for what is no run.
  private func runFolder() throws -> RunFolder? {
    let url = URL(fileURLWithPath: subject)
    guard FileManager.default.fileExists(atPath: url.appending(path: "config.yaml").path) else {
      if dataset != nil { throw ToolError("--dataset is for a run's folder, which \(subject) is not") }
      return nil
    }
    return try RunFolder.open(url)
  }

  private func subjectImages(_ folder: RunFolder?) throws -> (ImageStream, checkpoint: URL?) {
    guard let folder else { return (try images(subject, first: samples), nil) }
    let file = try folder.resultCheckpoint()
    return (try madeImages(of: file, in: folder), file)
  }

  func madeImages(of checkpoint: URL, in folder: RunFolder) throws -> ImageStream {
    let run = try TrainedRun(checkpoint: checkpoint, device: place.chosen())
    return try ImageStream(samplesOf: run, named: folder.name, count: samples ?? 10_000, seed: seed)
  }

  func referenceImages(_ folder: RunFolder?) throws -> ImageStream {
    if let folder, against == nil || ["train", "test"].contains(against) {
      return try folder.realImages(part: against, of: dataset, first: references, progress: ReadingProgress().show)
    }
    guard let against else { throw ToolError("say with --against what \(subject) is compared with") }
    if ["train", "test"].contains(against) {
      throw ToolError("--against \(against) is a part of a run's data; write NAME:\(against)")
    }
    if dataset != nil { throw ToolError("--dataset and --against \(against) name two references: leave one out") }
    return try images(against, first: references)
  }

  private func images(_ word: String, first: Int?) throws -> ImageStream {
    let size = try imageSize.map { text in
      guard let size = ImageSize(text) else { throw ToolError("--image-size cannot be '\(text)'; use 32, or 48x64") }
      return size
    }
    return try ImageStream(word, size: size, first: first, progress: ReadingProgress().show)
  }

  func json(_ measures: some Encodable) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(measures)
  }

  private func export(_ outcome: Measuring.Outcome, to path: String) throws {
    try Safetensors.write(
      ["generated": outcome.generated, "reference": outcome.reference],
      metadata: ["measures": String(decoding: json(outcome.measures), as: UTF8.self)], to: URL(fileURLWithPath: path))
  }

  func record(_ measures: GeneratorMeasures, of checkpoint: URL, in folder: RunFolder) throws {
    let step = try SavedRun(file: checkpoint).progress(of: checkpoint).step
    let lock = try RunLock(folder)
    try withExtendedLifetime(lock) {
      try folder.add(
        MeasureRecord(checkpoint: checkpoint.lastPathComponent, step: step, seed: seed, measures: measures))
      try Report.write(run: folder)
    }
  }
}

extension GeneratorMeasures {
  /// A line for each figure, and one that says what was compared.
  func table(of generated: ImageStream) -> String {
    func number(_ value: Double) -> String { String(format: "%.4g", value) }
    let rows = [
      (distanceTitle, number(frechetDistance)),
      (
        "Kernel distance",
        "\(number(kernelDistance)) (\(number(kernelInterval.low)) to \(number(kernelInterval.high)))"
      ), ("Precision", percentage(precision)), ("Recall", percentage(recall)), ("Density", number(density)),
      ("Coverage", percentage(coverage)),
    ]
    let width = rows.map(\.0.count).max() ?? 0
    return rows.map { $0.0.padding(toLength: width + 2, withPad: " ", startingAt: 0) + $0.1 }.joined(separator: "\n")
      + "\n\(generated.count) \(generated.title) against \(compared.referenceCount) \(compared.referenceSplit), over "
      + compared.extractor
  }
}
