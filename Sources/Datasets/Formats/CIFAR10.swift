import Foundation
import SparringTorch

/// The binary version of CIFAR-10 (Krizhevsky 2009): records of one label byte and 3,072 pixels, red,
/// green and blue planes of 32×32 each.
public enum CIFAR10 {
  /// The classes in the order of their labels.
  public static let classNames = [
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
  ]
  static let trainFiles = (1...5).map { "data_batch_\($0).bin" }
  static let testFiles = ["test_batch.bin"]
  static let namesFile = "batches.meta.txt"

  private static let pixelsPerRecord = 3 * 32 * 32
  private static let bytesPerRecord = 1 + pixelsPerRecord

  /// Reads the five training files, or the test file, of an extracted archive.
  ///
  /// - Parameters:
  ///   - folder: Holds `data_batch_1.bin` and its siblings.
  ///   - recordsPerFile: 10,000 in the published files.
  /// - Throws: ``DatasetError`` for a missing file, one of the wrong size, or a label above 9.
  public static func load(
    folder: String, split: Dataset.Split, name: String = "cifar10", recordsPerFile: Int = 10_000
  ) throws -> Dataset {
    let files = split == .train ? trainFiles : testFiles
    var (images, labels): ([Tensor], [Tensor]) = ([], [])
    for file in files {
      let records = try read(folder + "/" + file, recordCount: recordsPerFile)
      labels.append(try records.narrowed(0..<1, along: 1).flattened(from: 0).to(.int64))
      images.append(try records.narrowed(1..<bytesPerRecord, along: 1))
    }
    return try Dataset(
      name: name, split: split, images: Tensor.concatenate(images).reshaped([-1, 3, 32, 32]),
      labels: Tensor.concatenate(labels), classNames: readClassNames(folder))
  }

  /// One file as `[recordCount, 3073]` of `uint8`.
  private static func read(_ path: String, recordCount: Int) throws -> Tensor {
    let bytes = try FileReading.contents(path)
    let expected = recordCount * bytesPerRecord
    guard bytes.count == expected else {
      throw DatasetError(
        "\(path) is \(bytes.count < expected ? "truncated" : "too long"): \(expected) bytes expected "
          + "(\(recordCount) records of \(bytesPerRecord)), \(bytes.count) found; fetch it again")
    }
    for record in 0..<recordCount where bytes[record * bytesPerRecord] >= classNames.count {
      throw DatasetError(
        "\(path): record \(record) has label \(bytes[record * bytesPerRecord]), but the classes are 0 to 9; fetch it again"
      )
    }
    return try Tensor(bytes: bytes, shape: [recordCount, bytesPerRecord], dtype: .uint8)
  }

  /// The names in `batches.meta.txt`; the published ones where that file is missing.
  private static func readClassNames(_ folder: String) throws(DatasetError) -> [String] {
    let path = folder + "/" + namesFile
    guard FileReading.isFile(path) else { return classNames }
    let names = String(decoding: try FileReading.contents(path), as: UTF8.self)
      .split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    guard names.count == classNames.count else {
      throw DatasetError("\(path) names \(names.count) classes instead of \(classNames.count)")
    }
    return names
  }
}

extension DatasetFormat {
  /// Five training files and a test file.
  static let cifar10 = DatasetFormat(
    name: "cifar10", testFileCount: 1, mayBeGzipped: false, extraFiles: [CIFAR10.namesFile]
  ) { dataset, split, folder in
    try CIFAR10.load(folder: folder, split: split, name: dataset.name)
  }
}
