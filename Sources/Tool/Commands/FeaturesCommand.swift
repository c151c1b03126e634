import ArgumentParser
import Foundation
import SparringDatasets
import SparringExperiments
import SparringRecipes
import SparringReporting
import SparringTorch

struct FeaturesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "features", abstract: "Describes pictures as a trained run sees them: vectors to train on.",
    discussion: """
      What the last layer of a run's classifier sees of each picture, of the run's own data unless --dataset names others: \
      gradients and patches (handcrafted-hog, handcrafted-sift), a published network's features (transfer), or whatever \
      was learnt. Labels come along, and the test part. The vectors are data as any other:

        sparring train handcrafted-sift --dataset fashion-mnist --name patches
        sparring features runs/patches --components 128 --output garments.npy
        sparring train few-labels-vectors --dataset garments.npy --labels 100

      A .npy has its labels in NAME.labels.npy, its test part in NAME-test.npy; a .safetensors holds all.
      """)

  @Argument(
    help: ArgumentHelp("The run's folder.", valueName: "run"), completion: .custom { _, _, _ in Completions.runs() })
  var runFolder: String

  @Option(
    help: ArgumentHelp("Pictures in place of the run's own; nothing of them is held out.", valueName: "name|path"))
  var dataset: String?

  @Option(
    help: ArgumentHelp(
      "Keeps the directions in which the training pictures' features differ most; NAME.components.safetensors says which.",
      valueName: "count"))
  var components: Int?

  @Option(help: ArgumentHelp("Keeps the same directions as another time.", valueName: "NAME.components.safetensors"))
  var componentsOf: String?

  @Option(name: .shortAndLong, help: ArgumentHelp("Where the vectors go.", valueName: "file.npy|file.safetensors"))
  var output: String

  @OptionGroup var place: DeviceOption

  func validate() throws {
    guard components == nil || componentsOf == nil else {
      throw ValidationError("--components and --components-of do not go together; leave one out")
    }
    if let components, components < 1 { throw ValidationError("--components is \(components); use at least 1") }
  }

  func run() throws {
    try ExampleFile.checkPlace(output, withTest: true)
    let folder = try RunFolder.open(URL(fileURLWithPath: runFolder))
    let type = try folder.recipeType()
    try requireAbility(type is any ExampleDescribing.Type, of: type, to: "describe pictures") {
      $0 is any ExampleDescribing.Type
    }
    let extraction = try FeatureExtraction(
      TrainedRun(checkpoint: folder.resultCheckpoint(), device: place.chosen(), keepsFeatures: true))
    let kept = try keptComponents(for: extraction)
    let (data, path) = try extraction.data(of: folder, other: dataset, progress: ReadingProgress().show)
    try requirePlaces(for: data, from: path)
    if let components {
      try PrincipalComponents.check(components, rows: data.train.count, width: extraction.featureCount)
    }
    note(data, extraction)
    let found = try described(data, by: extraction)
    let chosen =
      try kept
      ?? components.map { try PrincipalComponents(of: found.train.examples, count: $0, source: extraction.identity) }
    if let chosen { try chosen.write(to: componentsFile) }
    func part(_ part: ExampleFile.Part) throws -> ExampleFile.Part {
      try ExampleFile.Part(examples: chosen.map { try $0(part.examples) } ?? part.examples, labels: part.labels)
    }
    let (train, test) = (try part(found.train), try found.test.map(part))
    let names = extraction.classNames(of: data.train)
    let files = try ExampleFile.write(
      train: train, test: test, metadata: ["classes": names.joined(separator: "\n")], to: output)
    report(train, test, files + (chosen == nil ? [] : [componentsFile]), classNames: names)
  }

  private var componentsFile: String { "\((output as NSString).deletingPathExtension).components.safetensors" }

  private func keptComponents(for extraction: FeatureExtraction) throws -> PrincipalComponents? {
    guard let componentsOf else { return nil }
    let kept = try PrincipalComponents(contentsOf: componentsOf)
    guard kept.source == extraction.identity, kept.center.shape[0] == extraction.featureCount else {
      throw ToolError(
        "\(componentsOf) holds components of another run's features, or of this run before it was trained on")
    }
    return kept
  }

  /// Nothing that is read may be written, and nothing old may be taken for what is new.
  private func requirePlaces(for data: DatasetParts, from path: String) throws {
    try ExampleFile.checkPlace(output, withTest: data.test != nil)
    func resolved(_ path: String) -> String { URL(fileURLWithPath: path).resolvingSymlinksInPath().path }
    let hasComponents = components != nil || componentsOf != nil
    let targets = ExampleFile.targets(output, withTest: data.test != nil) + (hasComponents ? [componentsFile] : [])
    let read = Set((ExampleFile.sources(path) + [componentsOf].compactMap(\.self)).map(resolved))
    if let target = targets.first(where: { read.contains(resolved($0)) }) {
      throw ToolError("\(target) is one of the files to be read: give another --output")
    }
    if !hasComponents, FileManager.default.fileExists(atPath: componentsFile) {
      throw ToolError(
        "\(componentsFile) would be taken for the components of \(output): move it, or choose another name")
    }
  }

  private func note(_ data: DatasetParts, _ extraction: FeatureExtraction) {
    complain(aboutUnreadable: data.unreadableSummary)
    if let left = data.validation { complain("Note: \(left.count.formatted()) pictures for validation are left out") }
    if extraction.knowsLabels {
      complain(
        "Note: these features were learnt from the run's labels, and what is trained on them knows those, whatever labels it is "
          + "shown")
    }
  }

  private func described(
    _ data: DatasetParts, by extraction: FeatureExtraction
  ) throws -> (train: ExampleFile.Part, test: ExampleFile.Part?) {
    let total = data.train.count + (data.test?.count ?? 0)
    let progress = ReadingProgress("Describing pictures")
    func part(_ pictures: Dataset, after before: Int) throws -> ExampleFile.Part {
      try ExampleFile.Part(
        examples: extraction(pictures) { done, _ in progress.show(before + done, total) },
        labels: extraction.labels(of: pictures))
    }
    return (try part(data.train, after: 0), try data.test.map { try part($0, after: data.train.count) })
  }

  private func report(
    _ train: ExampleFile.Part, _ test: ExampleFile.Part?, _ files: [String], classNames: [String]
  ) {
    let (count, width) = (train.examples.shape[0], train.examples.shape[1])
    let tests = test.map { ", \($0.examples.shape[0].formatted()) test" } ?? ""
    say("\(count.formatted()) pictures\(tests), \(width.formatted()) numbers each: \(files.joined(separator: ", "))")
    let names = classNames.enumerated().map { "\($0) \($1)" }.joined(separator: ", ")
    if !classNames.isEmpty { say("Classes: \(Printable.cut(names, mostCharacters: 500))") }
  }
}
