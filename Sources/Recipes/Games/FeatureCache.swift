package import Foundation
import SparringDatasets
package import SparringTorch

/// What a frozen network says of images, kept in files, so that no image passes through it twice: not in this run, not in
/// the next one, and not after a run that was killed on the way.
///
/// An image is found by the SHA-256 of its numbers, whatever data set it is from. Each part of some dozen images is a file
/// of its own, written whole; a part that is damaged or cannot be written costs only time, and the folder may be deleted
/// at any time.
package final class FeatureCache {
  /// Images that pass through the network at once, and lie in one file.
  package static let partSize = 50
  private static let format = "sparring features 1"

  private let folder: URL
  private let featureCount: Int
  private var parts: [Tensor] = []
  private var places: [String: (part: Int, row: Int)] = [:]

  /// - Parameters:
  ///   - folder: Of all such caches; may not be there yet.
  ///   - identity: All that the features depend on besides the image: the network, its weights, the number format.
  package init(in folder: URL, identity: String, featureCount: Int) {
    var digest = Digest()
    digest.add(Data("\(Self.format)\n\(identity)".utf8))
    self.folder = folder.appending(path: String(digest.finish().prefix(16)))
    self.featureCount = featureCount
    let names = (try? FileManager.default.contentsOfDirectory(atPath: self.folder.path)) ?? []
    for name in names.sorted() where name.hasSuffix(".safetensors") { read(self.folder.appending(path: name)) }
  }

  /// Features `[N, F]` on the CPU of images `[N, C, H, W]`; those that are not known yet are computed and kept.
  /// - Parameter compute: Features `[M, F]` of at most ``partSize`` of the images.
  package func features(of images: Tensor, by compute: (Tensor) throws -> Tensor) throws -> Tensor {
    let keys = try Self.keys(of: images)
    // An image that stands there twice is computed once.
    var seen: Set<String> = []
    let missing = keys.indices.filter { places[keys[$0]] == nil && seen.insert(keys[$0]).inserted }
    for start in stride(from: 0, to: missing.count, by: Self.partSize) {
      let rows = Array(missing[start..<min(start + Self.partSize, missing.count)])
      let found = try compute(images.indexSelect(Tensor(indices: rows).to(images.device))).to(.cpu).to(.float32)
      keep(found, keys: rows.map { keys[$0] })
    }
    return try .concatenate(
      keys.map { key in
        guard let place = places[key] else { throw TorchError("an image's features were lost") }
        return try parts[place.part].narrowed(place.row..<place.row + 1)
      })
  }

  private func add(_ features: Tensor, keys: [String]) {
    for (row, key) in keys.enumerated() { places[key] = (parts.count, row) }
    parts.append(features)
  }

  private func keep(_ features: Tensor, keys: [String]) {
    add(features, keys: keys)
    guard (try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)) != nil,
      let names = try? Tensor(Array(keys.joined().utf8), shape: [keys.count, Self.keyLength]),
      let sum = try? Self.checksum(features, names)
    else { return }
    try? Safetensors.write(
      ["features": features, "images": names], metadata: ["format": Self.format, "checksum": sum],
      to: folder.appending(path: "\(sum.prefix(32)).safetensors"))
  }

  private func read(_ file: URL) {
    guard let (tensors, metadata) = try? Safetensors.read(file), let features = tensors["features"],
      let names = tensors["images"], metadata["format"] == Self.format, features.dtype == .float32,
      names.dtype == .uint8, names.shape == [features.shape.first ?? 0, Self.keyLength],
      features.shape == [names.shape[0], featureCount], let sum = try? Self.checksum(features, names),
      metadata["checksum"] == sum, let bytes = try? names.bytes()
    else { return }
    let keys = (0..<names.shape[0]).map { row in
      String(decoding: bytes.dropFirst(row * Self.keyLength).prefix(Self.keyLength), as: UTF8.self)
    }
    add(features, keys: keys)
  }

  private static let keyLength = 32

  private static func keys(of images: Tensor) throws -> [String] {
    let shape = Array(images.shape.dropFirst())
    let bytes = try images.to(.cpu).to(.float32).bytes()
    let size = shape.reduce(4, *)
    return try (0..<images.size(0)).map { row in
      var digest = Digest()
      digest.add(Data("\(shape)".utf8))
      digest.add(bytes.dropFirst(row * size).prefix(size))
      return String(digest.finish().prefix(keyLength))
    }
  }

  private static func checksum(_ features: Tensor, _ names: Tensor) throws -> String {
    var digest = Digest()
    digest.add(try names.bytes())
    digest.add(try features.bytes())
    return digest.finish()
  }
}
