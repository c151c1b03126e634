import ArgumentParser
import Foundation
import SparringDatasets
import SparringExperiments
import SparringRecipes
import SparringReporting
import SparringTorch
import SparringTraining

struct ClassifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "classify", abstract: "Names what images or vectors show, by a trained run.",
    discussion: """
      Images are files of any size, fitted as in training; of a folder, all pictures in it and in the folders below. \
      A .npy, .safetensors or .csv file gives a line for each of its rows, counted from 0; its numbers are scaled as the \
      run's own were, and labels in it are passed over. `-` reads an image, or paths, one a line, from the standard input.

      What cannot be read is said on the standard error, the others are named; the status is then 1.

        sparring classify runs/NAME holiday/ --format csv > answers.csv
        find . -name '*.jpg' | sparring classify runs/NAME -
      """)

  @Argument(
    help: ArgumentHelp("The run's folder.", valueName: "run"), completion: .custom { _, _, _ in Completions.runs() })
  var runFolder: String

  @Argument(help: ArgumentHelp("Images, folders of them, files of examples, or -.", valueName: "files"))
  var files: [String]

  @Option(help: "How many of the likeliest classes to print for each example, as text.")
  var top = 3

  @Option(help: "text, csv or json; csv and json hold the probabilities of all classes.")
  var format = AnswerFormat.text

  @OptionGroup var place: DeviceOption

  func validate() throws {
    guard top > 0 else { throw ValidationError("--top is \(top); use at least 1") }
  }

  func run() throws {
    let folder = try RunFolder.open(URL(fileURLWithPath: runFolder))
    let run = try TrainedRun(checkpoint: folder.resultCheckpoint(), device: place.chosen(), precision: .fp32)
    let type = type(of: run.recipe)
    try requireAbility(run.recipe is any ImageClassifying, of: type, to: "classify") { $0 is any ImageClassifying.Type }
    guard let classifier = run.recipe as? any ImageClassifying else { return }
    var classification = Classification(
      run: run, classifier: classifier,
      printer: AnswerPrinter(format, classNames: run.facts.classNames, top: top))
    for path in files { try classification.take(path) }
    try classification.end()
  }
}

extension AnswerFormat: ExpressibleByArgument {}

/// Classifies one input after the other and counts what could not be read.
private struct Classification {
  let run: TrainedRun
  let classifier: any ImageClassifying
  var printer: AnswerPrinter
  private var pending: [String] = []
  private var (done, failed) = (0, 0)
  private let progress = CountProgress("Classifying")

  init(run: TrainedRun, classifier: any ImageClassifying, printer: AnswerPrinter) {
    (self.run, self.classifier, self.printer) = (run, classifier, printer)
  }

  /// A file, a folder or `-`.
  mutating func take(_ path: String) throws {
    if path == "-" { return try takeStandardInput() }
    var isFolder: ObjCBool = false
    if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue {
      try takeFolder(path)
    } else if ExampleFile.isNamed(path) {
      try flush()
      do {
        let examples = try ExampleFile.examples(in: path, for: run.facts)
        try answer(examples, names: (0..<examples.size(0)).map { "\(path)[\($0)]" })
      } catch let error as DatasetError {
        fail(error.message)
      }
    } else {
      try add(path)
    }
  }

  private mutating func takeFolder(_ path: String) throws {
    let trimmed = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    let (pictures, others) = try PictureBatch.files(below: trimmed)
    if pictures.isEmpty { fail("\(path) holds no pictures") }
    if !others.isEmpty {
      complain(
        "Note: \(others.count) file\(others.count == 1 ? "" : "s") in \(path) passed over: \(others[0].path) is "
          + "\(others[0].reason)\(others.count > 1 ? ", …" : "")")
    }
    for picture in pictures { try add(picture) }
  }

  private mutating func takeStandardInput() throws {
    let input = FileHandle.standardInput.readDataToEndOfFile()
    if PictureBatch.isPicture([UInt8](input.prefix(16))) {
      let file = FileManager.default.temporaryDirectory.appending(path: "sparring-\(UUID().uuidString)")
      try input.write(to: file)
      defer { try? FileManager.default.removeItem(at: file) }
      try flush()
      try classify([file.path], names: ["-"])
      return
    }
    for line in String(decoding: input, as: UTF8.self).split(whereSeparator: \.isNewline) { try take(String(line)) }
  }

  private mutating func add(_ path: String) throws {
    pending.append(path)
    if pending.count == 1024 { try flush() }
  }

  private mutating func flush() throws {
    let paths = pending
    pending = []
    if !paths.isEmpty { try classify(paths, names: paths) }
  }

  private mutating func classify(_ paths: [String], names: [String]) throws {
    guard case .image(let channels, let height, let width) = run.facts.shape else {
      let endings = ExampleFile.endings.map { ".\($0)" }.joined(separator: ", ")
      throw ToolError("\(names[0]): the run takes vectors of \(run.facts.shape); give a file that ends in \(endings)")
    }
    let batch = try PictureBatch(
      paths, size: ImageSize(height: height, width: width), channels: channels, fit: run.pictureFit)
    for failure in batch.failures {
      // What came through the standard input lies under a name that says nothing.
      fail(names == ["-"] ? failure.message.replacingOccurrences(of: paths[0], with: "-") : failure.message)
    }
    if !batch.read.isEmpty {
      try answer(run.facts.scaling.scaled(batch.pixels), names: batch.read.map { names[$0] })
    }
  }

  /// - Parameter examples: As networks see them.
  private mutating func answer(_ examples: Tensor, names: [String]) throws {
    var first = 0
    for part in try examples.split(into: 500) {
      let count = try part.size(0)
      let probabilities = try classifier.classLogits(of: part.to(run.device)).softmax().to(.cpu)
      progress.clear()
      try printer.show(Array(names[first..<first + count]), probabilities)
      first += count
      done += count
      progress.show(done)
    }
  }

  private mutating func fail(_ message: String) {
    progress.clear()
    complain("sparring: \(message)")
    failed += 1
  }

  /// - Throws: Status 1 where something could not be read.
  mutating func end() throws {
    try flush()
    progress.clear()
    printer.end()
    if done + failed > 1 {
      complain("\(done.formatted()) classified\(failed > 0 ? ", \(failed.formatted()) could not be read" : "")")
    }
    if failed > 0 { throw ExitCode(1) }
  }
}
