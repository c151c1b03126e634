import Foundation
import SparringDatasets
import SparringTorch

/// Where generated examples go, and how: the file's ending says. `-` is the standard output, for a picture or a table.
struct GeneratedFile {
  private let target: String
  private let kind: String
  private let facts: DataFacts

  /// Pictures a second in an animation.
  private static let framesPerSecond = 12

  /// - Parameter output: nil takes the usual name.
  /// - Throws: ``ToolError`` for a kind of file that cannot hold such examples, before any is made.
  init(_ output: String?, facts: DataFacts, isAnimated: Bool) throws {
    target = output ?? (facts.shape.isImage ? "generated.png" : "generated.npy")
    self.facts = facts
    kind = target == "-" ? facts.shape.isImage ? "png" : "csv" : ending(of: target)
    if target == "-", facts.shape.isImage, isatty(STDOUT_FILENO) != 0 {
      throw ToolError("a picture would be written to the terminal: give --output a file, or send the output to one")
    }
    if facts.shape.isImage, kind == "csv" {
      throw ToolError("\(target): images do not fit into a table; use .png, .npy or .safetensors")
    }
    if !facts.shape.isImage, kind == "png" || isFolder(target) || isAnimated {
      throw ToolError(
        isAnimated
          ? "--animate: vectors of \(facts.shape) are no pictures; leave it out"
          : "\(target): vectors of \(facts.shape) are no pictures; use .npy, .safetensors or .csv")
    }
    if isAnimated, kind != "png" { throw ToolError("\(target): an animation is a .png file") }
  }

  /// - Parameters:
  ///   - examples: `[N, …]`, images on [-1, 1].
  ///   - columns: Of a grid; nil for one about as wide as high.
  ///   - names: The class of each example, for the folders of the files.
  /// - Returns: What was written, in a few words.
  func write(_ examples: Tensor, columns: Int?, names: [String]?, metadata: [String: String]) throws -> String {
    if isFolder(target) {
      try write(PixelImages(examples), names: names, into: URL(fileURLWithPath: target))
    } else {
      try write(examples, columns: columns, metadata: metadata)
    }
    return "\(try examples.size(0)) \(facts.shape.plural) to \(target)"
  }

  private func write(_ examples: Tensor, columns: Int?, metadata: [String: String]) throws {
    let url = URL(fileURLWithPath: target)
    switch (facts.shape, kind) {
    case (.image, "png"):
      let images = try PixelImages(examples)
      try put(images.grid(columns: columns ?? images.squarestColumns).png())
    case (.image, "npy"): try NPY.write(PixelImages(examples).tensor(), to: target)
    case (.image, _): try Safetensors.write(["images": examples], metadata: metadata, to: url)
    case (.vector, "npy"): try NPY.write(facts.scaling.unscaled(examples), to: target)
    case (.vector, "csv"): try put(CSV.text(facts.scaling.unscaled(examples), names: facts.featureNames))
    case (.vector, _):
      try Safetensors.write(["examples": facts.scaling.unscaled(examples)], metadata: metadata, to: url)
    }
  }

  /// A picture each; where classes were asked for, in a folder for each class, as a folder of images is read.
  private func write(_ images: PixelImages, names: [String]?, into folder: URL) throws {
    let size = images.height * images.width * images.channels
    let digits = max(4, String(images.count).count)
    for index in 0..<images.count {
      let image = try PixelImages(
        bytes: Array(images.bytes[index * size..<(index + 1) * size]), count: 1, height: images.height,
        width: images.width, channels: images.channels)
      let number = String(repeating: "0", count: digits - String(index + 1).count) + String(index + 1)
      let place = names.map { folder.appending(path: ImageFolder.folderName(ofClass: $0[index])) } ?? folder
      try makeFolder(place)
      try save(image.png(), to: place.appending(path: "\(number).png"))
    }
  }

  /// - Parameter animation: The sheets, `[N, …]` each, images on [-1, 1].
  /// - Returns: What was written, in a few words.
  func write(animation frames: [Tensor]) throws -> String {
    let count = try frames.first?.size(0) ?? 0
    let sheets = try frames.map { frame in
      let images = try PixelImages(frame)
      return try images.grid(columns: images.squarestColumns)
    }
    guard let first = sheets.first else { throw ToolError("\(target): there is no frame to write") }
    let film = try PixelImages(
      bytes: sheets.flatMap(\.bytes), count: sheets.count, height: first.height, width: first.width,
      channels: first.channels)
    try put(film.animatedPNG(framesPerSecond: Self.framesPerSecond))
    return "\(count) moving \(facts.shape.plural), \(frames.count) frames, to \(target)"
  }

  private func put(_ data: Data) throws {
    try target == "-" ? putOut(data) : save(data, to: URL(fileURLWithPath: target))
  }
}

/// A folder, with those above it, where it is not there.
/// - Throws: ``ToolError`` where it cannot be made.
func makeFolder(_ folder: URL) throws {
  do {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  } catch {
    throw ToolError("\(folder.relativePath) cannot be made: is a file of that name there, or the disk full?")
  }
}

/// - Throws: ``ToolError`` where the standard output takes no more.
func putOut(_ data: Data) throws {
  do {
    try FileHandle.standardOutput.write(contentsOf: data)
  } catch {
    throw ToolError("the output cannot be written; is the disk full, or the pipe closed?")
  }
}

/// A file's ending in small letters, without its dot.
func ending(of path: String) -> String { (path as NSString).pathExtension.lowercased() }

/// Whether a path names a folder: by an ending /, or because one is there.
func isFolder(_ path: String) -> Bool {
  var isFolder: ObjCBool = false
  return path.hasSuffix("/")
    || FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
}

/// - Throws: ``ToolError`` where the file cannot be written.
func save(_ data: Data, to file: URL) throws {
  do {
    try AtomicFile.write(data, to: file)
  } catch {
    throw ToolError("\(file.relativePath) cannot be written: is the folder there, and the disk not full?")
  }
}
