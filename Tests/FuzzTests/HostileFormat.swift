import Foundation
import SparringTorch

@testable import SparringDatasets

/// What a file was taken for.
struct Reading: Sendable {
  /// Of what was read, as long as that has a size.
  var byteCount = 0
  /// Equal for equal contents.
  var fingerprint = ""

  init(byteCount: Int = 0, fingerprint: String = "") { (self.byteCount, self.fingerprint) = (byteCount, fingerprint) }

  init(_ bytes: some Collection<UInt8>) {
    self.init(byteCount: bytes.count, fingerprint: SHA256.hash(data: Data(bytes)).hexadecimal)
  }
}

/// A format whose files may come from strangers.
struct HostileFormat: Sendable {
  /// How one format's files are read, as a user would have them read.
  struct Reader {
    /// Sound files.
    let samples: [Data]
    /// Where the file to be read is put.
    let file: URL
    /// Whether words and numbers stand in it.
    var isText = false
    /// Whether its contents have a checksum, so that what is accepted must be what it was before.
    var hasChecksum = false
    /// Whether some damage is refused; otherwise a damaged file is only shown, or counts for nothing.
    var refuses = true
    let read: () throws -> Reading

    /// What is wrong with an outcome; nil where nothing is.
    /// - Parameter whole: What the sound files are; damage may turn one into another.
    func fault(in outcome: Result<Reading, any Error>, among whole: [Reading], memory: Int) -> String? {
      // Decoders may take room for what a header claims before they find it false.
      var allowance = 384 << 20
      switch outcome {
      case .success(let reading):
        allowance += 2 * reading.byteCount
        if hasChecksum, !whole.contains(where: { $0.fingerprint == reading.fingerprint }) {
          return "damage was not noticed"
        }
      case .failure(let error):
        let text = "\(error)"
        if text.isEmpty || text.utf8.count > 20_000 { return "an error of \(text.utf8.count) bytes" }
      }
      return memory > allowance ? "it took \(memory >> 20) MiB" : nil
    }
  }

  let name: String
  /// Makes sound files in a folder.
  let prepare: @Sendable (URL) throws -> Reader

  static var all: [HostileFormat] { pictures + dataSets + runs }
}

/// A file of the data sets' tests, which other programs wrote.
func fixture(_ name: String) throws -> Data {
  let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  return try Data(contentsOf: tests.appending(path: "DatasetsTests/Fixtures/\(name)"))
}

extension HostileFormat {
  /// Picture files, brought to the size that networks see.
  static let pictures: [HostileFormat] = [
    picture("png", hasChecksum: true) { try [pngs.0, pngs.1, pngs.2] },
    picture("jpeg") { try ["held-6.jpg", "inks.jpg"].map(fixture) + [progressiveJPEG()] },
    picture("webp") { try ["lossless.webp", "lossy.webp", "alpha.webp"].map(fixture) },
    picture("bmp") { try ["plain.bmp", "palette.bmp"].map(fixture) },
    picture("gif") { try [fixture("animated.gif")] },
    picture("tiff") { try ["deflated.tiff", "lzw.tif", "grey16.tif"].map(fixture) },
  ]

  private static func picture(
    _ name: String, hasChecksum: Bool = false, _ samples: @escaping @Sendable () throws -> [Data]
  ) -> HostileFormat {
    HostileFormat(name: name) { folder in
      let file = folder.appending(path: "picture")
      return Reader(samples: try samples(), file: file, hasChecksum: hasChecksum) {
        let picture = try ImageFile.decode(file.path, covering: ImageSize(32))
        let pixels = Resampling(height: picture.height, width: picture.width, to: ImageSize(32))(picture, channels: 3)
        return Reading(byteCount: picture.bytes.count, fingerprint: Reading(pixels).fingerprint)
      }
    }
  }

  /// Colour, grey, and a larger one.
  private static var pngs: (Data, Data, Data) {
    get throws {
      func png(_ side: Int, channels: Int) throws -> Data {
        let bytes = (0..<side * side * channels).map { UInt8(truncatingIfNeeded: ($0 * 7) ^ ($0 / 13)) }
        return try PixelImages(bytes: bytes, count: 1, height: side, width: side, channels: channels).png()
      }
      return (try png(9, channels: 3), try png(7, channels: 1), try png(64, channels: 3))
    }
  }
}
