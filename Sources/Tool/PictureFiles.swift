import ArgumentParser
import Foundation
import SparringDatasets
import SparringTorch

/// Which run restores, and on what it computes.
struct RestoringRun: ParsableArguments {
  @Argument(
    help: ArgumentHelp("The run's folder, then pictures, folders of them, or -.", valueName: "run input"),
    completion: .custom { _, _, _ in Completions.runs() })
  var words: [String]

  @Option(help: ArgumentHelp("A checkpoint file, instead of a run's folder.", valueName: "file"))
  var checkpoint: String?

  @Option(
    help: ArgumentHelp(
      "A .png for one picture, a folder for several, - for the standard output.", valueName: "file|folder|-"))
  var output: String?

  @OptionGroup var place: DeviceOption

  /// What is to be restored.
  var inputs: [String] { checkpoint == nil ? Array(words.dropFirst()) : words }

  func validate() throws {
    guard !inputs.isEmpty else { throw ValidationError("name the pictures, folders, or - after the run") }
    if checkpoint != nil, FileManager.default.fileExists(atPath: "\(inputs[0])/config.yaml") {
      throw ValidationError("--checkpoint takes the place of a run's folder: leave \(inputs[0]) out")
    }
  }
}

/// Pictures in, pictures out: files, folders, and the standard input and output. What is no picture is named and counted.
struct PictureFiles {
  /// A picture to be restored.
  private struct Input {
    /// nil for the standard input.
    let path: String?
    /// Where its result stands below an output folder, without an ending; no two are the same.
    var place: String
  }

  private let inputs: [Input]
  /// What folders hold that is no picture.
  private let strangers: [LeftOutFile]
  private let output: String?
  /// What results are called where nobody says, such as `completed`.
  private let word: String
  private let isSeveral: Bool
  /// Results of each picture.
  private let count: Int

  /// - Throws: ``ToolError`` for inputs that are not there, or an output that cannot hold the results or is an input.
  init(_ words: [String], output: String?, word: String, count: Int) throws {
    var (inputs, strangers): ([Input], [LeftOutFile]) = ([], [])
    var hasFolder = false
    for path in words {
      if path == "-" {
        inputs.append(Input(path: nil, place: "standard-input"))
      } else if isFolder(path) {
        hasFolder = true
        let folder = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        let (pictures, others) = try PictureBatch.files(below: folder)
        if pictures.isEmpty, others.isEmpty { throw ToolError("\(path) holds no pictures") }
        inputs += pictures.map { Input(path: $0, place: Self.stem(String($0.dropFirst(folder.count + 1)))) }
        strangers += others
      } else {
        inputs.append(Input(path: path, place: Self.stem((path as NSString).lastPathComponent)))
      }
    }
    Self.tellApart(&inputs)
    (self.inputs, self.strangers, self.word, self.count) = (inputs, strangers, word, count)
    isSeveral = hasFolder || words.count > 1
    let isPiped = words == ["-"] && output == nil
    self.output = isPiped ? "-" : output
    try Self.check(self.output, isSeveral: isSeveral, count: count, isPiped: isPiped)
    try requireNoInputs()
  }

  /// Pictures of one name, but for their endings or in different folders, get further names: `a`, `a-jpg`, `a-jpg-2`. Small and
  /// capital letters count as the same, as they do on a Mac's disk.
  private static func tellApart(_ inputs: inout [Input]) {
    var taken: Set<String> = []
    for index in inputs.indices {
      let (place, ending) = (inputs[index].place, inputs[index].path.map { ($0 as NSString).pathExtension } ?? "")
      let second = ending.isEmpty ? place : "\(place)-\(ending)"
      let names = (0...).lazy.map { $0 == 0 ? place : $0 == 1 ? second : "\(second)-\($0)" }
      inputs[index].place = names.first { taken.insert($0.lowercased()).inserted } ?? place
    }
  }

  private static func check(_ output: String?, isSeveral: Bool, count: Int, isPiped: Bool) throws {
    if output == "-" {
      guard !isSeveral, count == 1 else {
        throw ToolError("--output - takes one picture alone: give a folder for several")
      }
      guard isatty(STDOUT_FILENO) == 0 else {
        throw ToolError(
          "a picture would be written to the terminal: give --output \(isPiped ? "with a file" : "another place")")
      }
    } else if let output {
      let ending = (output as NSString).pathExtension.lowercased()
      if isSeveral, FileManager.default.fileExists(atPath: output), !isFolder(output) {
        throw ToolError("--output \(output) is a file: give a folder for several pictures")
      }
      if !isSeveral, !isFolder(output), ending != "png" {
        throw ToolError("--output must end in .png, or be a folder, not '\(output)'")
      }
    }
  }

  private static func stem(_ name: String) -> String { (name as NSString).deletingPathExtension }

  /// Restores one picture after the other.
  /// - Parameter restore: A picture and what to call it in messages to its results, of which there may be several.
  /// - Throws: Status 1 where something was passed over, after all others are done.
  func forEach(_ restore: (WholePicture, String) throws -> [WholePicture]) throws {
    var (done, failed) = (0, 0)
    func fail(_ message: String) {
      complain("sparring: \(message)")
      failed += 1
    }
    for stranger in strangers { fail("\(stranger.path) is \(stranger.reason)") }
    for input in inputs {
      let name = input.path ?? "-"
      do {
        let picture =
          try input.path.map { path throws(DatasetError) in try WholePicture(contentsOf: path) }
          ?? WholePicture(FileHandle.standardInput.readDataToEndOfFile(), name: name)
        try write(restore(picture, name), of: input)
        done += 1
      } catch let error as DatasetError {
        fail(error.message)
      } catch let error as TorchError {
        fail("\(name): \(error.message)")
      }
    }
    if done + failed > 1 || done == 1 && output != "-" {
      let pictures = "\(done.formatted()) picture\(done == 1 ? "" : "s") \(word)"
      complain(pictures + (failed > 0 ? ", \(failed.formatted()) passed over" : ""))
    }
    if failed > 0 { throw ExitCode(1) }
  }

  private func write(_ results: [WholePicture], of input: Input) throws {
    for (target, result) in zip(targets(of: input), results) {
      if target == "-" {
        try putOut(result.png())
      } else {
        let file = URL(fileURLWithPath: target)
        try makeFolder(file.deletingLastPathComponent())
        try save(result.png(), to: file)
        say(target)
      }
    }
  }

  /// Where the results of a picture go.
  private func targets(of input: Input) -> [String] {
    output == "-" ? ["-"] : (1...count).map { target(input.place, number: count > 1 ? $0 : nil) }
  }

  private func target(_ place: String, number: Int?) -> String {
    let number = number.map { "-\($0)" } ?? ""
    guard let output else { return isSeveral ? "\(word)/\(place)\(number).png" : "\(place)-\(word)\(number).png" }
    if isSeveral || isFolder(output) {
      return "\(output.hasSuffix("/") ? String(output.dropLast()) : output)/\(place)\(number).png"
    }
    return "\(Self.stem(output))\(number).png"
  }

  /// Before anything is restored.
  private func requireNoInputs() throws {
    func resolved(_ path: String) -> String { URL(fileURLWithPath: path).resolvingSymlinksInPath().path }
    let read = Set(inputs.compactMap(\.path).map(resolved))
    guard let target = inputs.lazy.flatMap(targets).first(where: { $0 != "-" && read.contains(resolved($0)) }) else {
      return
    }
    throw ToolError("\(target) is one of the pictures to be read: give another --output")
  }
}
