import Dispatch
import Foundation
import SparringTorch

/// How far decoding pictures has come: `done` of `total`.
public typealias DecodingProgress = (_ done: Int, _ total: Int) -> Void

/// Many picture files decoded on all cores.
struct PictureDecoding {
  let size: ImageSize
  let channels: Int
  var fit = PictureFit.crop
  /// Whether unreadable pictures are left out instead of ending it.
  let skipsUnreadable: Bool
  /// One core gives the same bytes; for a test that says so.
  var usesAllCores = true

  /// What came of it, in the order of the files.
  struct Outcome {
    /// `[N, C, H, W]` of `uint8`, the unreadable ones left out.
    let pixels: Tensor
    /// The places of those that were read.
    let read: [Int]
    /// What is wrong with the others.
    let failures: [DatasetError]
  }

  /// - Parameter progress: Called on the caller's thread, every few dozen pictures.
  /// - Throws: ``DatasetError`` of the first file that cannot be read, unless those are skipped.
  func decode(_ paths: [String], progress: DecodingProgress) throws -> Outcome {
    let stride = try requireMemory(pictures: paths.count)
    var bytes = [UInt8](repeating: 0, count: paths.count * stride)
    var errors = [DatasetError?](repeating: nil, count: paths.count)
    // Parts in order: what is reported first does not hang on which core was quicker.
    let partSize = max(64, 16 * ProcessInfo.processInfo.activeProcessorCount)
    for start in Swift.stride(from: 0, to: paths.count, by: partSize) {
      let part = start..<min(start + partSize, paths.count)
      decode(paths, part, into: &bytes, stride: stride, errors: &errors)
      if !skipsUnreadable, let error = errors[part].lazy.compactMap(\.self).first { throw error }
      progress(part.upperBound, paths.count)
    }
    let read = paths.indices.filter { errors[$0] == nil }
    if read.count < paths.count {
      for (target, source) in read.enumerated() where target != source {
        for place in 0..<stride { bytes[target * stride + place] = bytes[source * stride + place] }
      }
      bytes.removeLast((paths.count - read.count) * stride)
    }
    return Outcome(
      pixels: try Tensor(bytes, shape: [read.count, channels, size.height, size.width]), read: read,
      failures: errors.compactMap(\.self))
  }

  private func decode(
    _ paths: [String], _ part: Range<Int>, into bytes: inout [UInt8], stride: Int, errors: inout [DatasetError?]
  ) {
    bytes.withUnsafeMutableBufferPointer { bytes in
      errors.withUnsafeMutableBufferPointer { errors in
        let places = Places(paths: paths, decoding: self, stride: stride, bytes: bytes, errors: errors)
        if usesAllCores {
          DispatchQueue.concurrentPerform(iterations: part.count) { places.fill(part.lowerBound + $0) }
        } else {
          part.forEach(places.fill)
        }
      }
    }
  }

  /// Where the pictures' pixels go.
  ///
  /// - Invariant: filling place `index` touches nothing but the pixels and the error of that index, and each index is
  ///   filled once, within the scope of both buffers.
  private struct Places: @unchecked Sendable {
    let paths: [String]
    let decoding: PictureDecoding
    let stride: Int
    let bytes: UnsafeMutableBufferPointer<UInt8>
    let errors: UnsafeMutableBufferPointer<DatasetError?>

    func fill(_ index: Int) {
      do throws(DatasetError) {
        let pixels = try ImageFile.pixels(
          paths[index], size: decoding.size, channels: decoding.channels, fit: decoding.fit)
        let place = UnsafeMutableBufferPointer(rebasing: bytes[index * stride..<(index + 1) * stride])
        _ = place.update(fromContentsOf: pixels)
      } catch {
        errors[index] = error
      }
    }
  }

  /// - Returns: The bytes of one picture.
  private func requireMemory(pictures: Int) throws(DatasetError) -> Int {
    // Numbers that do not overflow, however large a size was asked for.
    let total = [max(1, pictures), channels, size.height, size.width].map(Double.init).reduce(1, *)
    guard total <= Double(ProcessInfo.processInfo.physicalMemory) else {
      throw DatasetError(
        "\(pictures) pictures of \(size.height)×\(size.width) pixels do not fit into this machine's memory: "
          + "choose a smaller dataset.folder.imageSize")
    }
    return channels * size.height * size.width
  }
}
