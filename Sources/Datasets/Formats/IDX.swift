import Foundation
import SparringTorch

/// The format of MNIST and its family: big-endian sizes, then one byte per pixel or label; gzipped or
/// not (LeCun's description: yann.lecun.com/exdb/mnist).
public enum IDX {
  /// Reads images and their labels from a pair of files.
  ///
  /// - Parameter classNames: The meaning of each label; nil numbers them from 0 to the largest.
  /// - Throws: ``DatasetError`` for a wrong magic, counts that differ, a label out of range, or a file
  ///   that is shorter or longer than its header says.
  public static func load(
    images imagePath: String, labels labelPath: String, classNames: [String]? = nil, name: String,
    split: Dataset.Split
  ) throws -> Dataset {
    let (imageSizes, pixels) = try read(imagePath, dimensions: 3, of: "images")
    let (labelSizes, labels) = try read(labelPath, dimensions: 1, of: "labels")
    guard imageSizes[0] == labelSizes[0] else {
      throw DatasetError(
        "\(imagePath) holds \(imageSizes[0]) images, but \(labelPath) holds \(labelSizes[0]) labels: not a pair")
    }
    guard !labels.isEmpty, imageSizes[1] > 0, imageSizes[2] > 0 else {
      throw DatasetError("\(imagePath) holds no images")
    }
    let names = classNames ?? (0...Int(labels.max() ?? 0)).map(String.init)
    if let record = labels.firstIndex(where: { $0 >= names.count }) {
      throw DatasetError(
        "\(labelPath): label \(labels[record]) of record \(record - labels.startIndex) is not one of the "
          + "\(names.count) classes (0 to \(names.count - 1))")
    }
    return try Dataset(
      name: name, split: split,
      images: Tensor(bytes: pixels, shape: [imageSizes[0], 1, imageSizes[1], imageSizes[2]], dtype: .uint8),
      labels: Tensor(bytes: labels, shape: labelSizes, dtype: .uint8).to(.int64), classNames: names)
  }

  /// The classes that label files of one data set name between them: a test half may lack the last.
  static func classNames(labelPaths: [String]) throws -> [String] {
    let largest = try labelPaths.map { try read($0, dimensions: 1, of: "labels").bytes.max() ?? 0 }
    return (0...Int(largest.max() ?? 0)).map(String.init)
  }

  /// Reads one file: its sizes and its bytes.
  private static func read(
    _ path: String, dimensions: Int, of what: String
  ) throws(DatasetError) -> (sizes: [Int], bytes: Data) {
    let stream = try ContentStream(path)
    let header = [UInt8](try stream.read(4 + 4 * dimensions))
    let magic: [UInt8] = [0, 0, 8, UInt8(dimensions)]
    guard header.count >= 4, Array(header[..<4]) == magic else {
      throw DatasetError(
        "\(path) is no IDX file of \(what): it begins with \(hexadecimal(header.prefix(4))), not \(hexadecimal(magic[...]))"
      )
    }
    guard header.count == 4 + 4 * dimensions else {
      throw DatasetError("\(path) is truncated: its header is not whole")
    }
    let sizes = (0..<dimensions).map { dimension in
      header[(4 + 4 * dimension)..<(8 + 4 * dimension)].reduce(0) { $0 << 8 | Int($1) }
    }
    var expected = 1
    for size in sizes {
      let (product, overflow) = expected.multipliedReportingOverflow(by: size)
      guard !overflow, product <= ReadingLimits.current.bytes else {
        throw DatasetError(
          "\(path): its header promises \(sizes.map(String.init).joined(separator: "×")) bytes, more than is read of one file "
            + "(\(ReadingLimits.bytesVariable) raises the limit)")
      }
      expected = product
    }
    // One byte more than expected tells a file that is too long.
    let bytes = try stream.read(expected + 1)
    guard bytes.count >= expected else {
      throw DatasetError(
        "\(path) is truncated: its header promises \(expected) bytes of \(what), but only \(bytes.count) follow; fetch it again"
      )
    }
    guard bytes.count == expected else {
      throw DatasetError(
        "\(path) is too long: more than the \(expected) bytes of \(what) that its header promises follow")
    }
    return (sizes, bytes)
  }

  private static func hexadecimal(_ bytes: ArraySlice<UInt8>) -> String {
    bytes.isEmpty ? "nothing" : "0x" + bytes.hexadecimal
  }
}

extension DatasetFormat {
  /// Images and labels of the training half, then of the test half.
  static let idx = DatasetFormat(name: "idx", testFileCount: 2, mayBeGzipped: true) { dataset, split, folder in
    let paths = dataset.files(of: split).map { dataset.path(of: $0.name, in: folder) ?? folder + "/" + $0.name }
    return try IDX.load(
      images: paths[0], labels: paths[1], classNames: dataset.classNames, name: dataset.name, split: split)
  }
}

extension KnownDataset {
  static let idxNames = [
    "train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte",
  ]

  /// The four files of MNIST's family with their SHA-256s in the order of ``idxNames``.
  static func idxFiles(_ digests: [String]) -> [File] {
    let sizes = [47_040_016, 60_008, 7_840_016, 10_008]
    return zip(zip(idxNames, sizes), digests).map { File(name: $0.0, byteCount: $0.1, sha256: $1) }
  }
}
