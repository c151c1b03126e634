import SparringDatasets
import Foundation
import Testing
import SparringTorch

@Suite("CIFAR-10's binary format")
struct CIFAR10FormatTests {
  /// Record `r` has label `(r + shift) % 10` and pixels counting up from `r`.
  static func batch(records: Int, shift: Int = 0) -> [UInt8] {
    (0..<records).flatMap { record in
      [UInt8((record + shift) % 10)] + (0..<3072).map { UInt8(truncatingIfNeeded: $0 + record) }
    }
  }

  static func folder(records: Int = 3) throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    for number in 1...5 { try folder.write(batch(records: records, shift: number), to: "data_batch_\(number).bin") }
    try folder.write(batch(records: records), to: "test_batch.bin")
    return folder
  }

  @Test func recordsBecomeImagesInTheOrderOfTheFiles() throws {
    let folder = try Self.folder()
    try folder.write(Array("a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n\n".utf8), to: "batches.meta.txt")
    let train = try CIFAR10.load(folder: folder.path, split: .train, recordsPerFile: 3)
    #expect(train.examples.shape == [15, 3, 32, 32])
    #expect(try train.labels.narrowed(0..<6).integers() == [1, 2, 3, 2, 3, 4])
    #expect(train.classNames == ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"])
    // Image 4 is record 1 of the second file: green begins at pixel 1024, so at 1025 modulo 256.
    #expect(try train.examples[4, 1, 0, 0].item() == 1)
    #expect(try train.examples[4, 0, 2, 5].item() == Double((2 * 32 + 5 + 1) % 256))
    let test = try CIFAR10.load(folder: folder.path, split: .test, recordsPerFile: 3)
    #expect(try test.labels.integers() == [0, 1, 2])
  }

  @Test func aTruncatedFileIsNamedWithBothSizes() throws {
    let folder = try Self.folder()
    let path = try folder.write(Array(Self.batch(records: 3).dropLast(5)), to: "data_batch_2.bin")
    let found = message { _ = try CIFAR10.load(folder: folder.path, split: .train, recordsPerFile: 3) }
    #expect(found.contains("\(path) is truncated: 9219 bytes expected"))
    #expect(found.contains("9214 found"))
  }

  @Test func aLabelOfTenIsNamedWithItsRecord() throws {
    let folder = try Self.folder()
    var bytes = Self.batch(records: 3)
    bytes[2 * 3073] = 10
    let path = try folder.write(bytes, to: "data_batch_3.bin")
    let found = message { _ = try CIFAR10.load(folder: folder.path, split: .train, recordsPerFile: 3) }
    #expect(found.contains("\(path): record 2 has label 10"))
  }

  @Test func aMissingFileIsNamed() throws {
    let folder = try Self.folder()
    try FileManager.default.removeItem(atPath: folder.path + "/test_batch.bin")
    let found = message { _ = try CIFAR10.load(folder: folder.path, split: .test, recordsPerFile: 3) }
    #expect(found == "\(folder.path)/test_batch.bin does not exist")
  }
}

@Suite("IDX files")
struct IDXTests {
  static func header(_ magic: UInt32, _ sizes: UInt32...) -> [UInt8] {
    ([magic] + sizes).flatMap { word in [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: word >> $0) } }
  }
  static let images = header(0x0803, 3, 2, 4) + (0..<24).map { UInt8($0 * 10) }
  static let labels = header(0x0801, 3) + [2, 0, 1]

  private func load(_ images: [UInt8], _ labels: [UInt8], names: [String]? = nil) throws -> Dataset {
    let folder = try TemporaryFolder()
    return try IDX.load(
      images: folder.write(images, to: "images"), labels: folder.write(labels, to: "labels"), classNames: names,
      name: "tiny", split: .train)
  }

  @Test func sizesLabelsAndPixelsAreRead() throws {
    let dataset = try load(Self.images, Self.labels)
    #expect(dataset.examples.shape == [3, 1, 2, 4])
    #expect(try dataset.labels.integers() == [2, 0, 1])
    #expect(dataset.classNames == ["0", "1", "2"])
    #expect(try dataset.examples[2, 0, 1, 3].item() == 230)
  }

  @Test func gzippedFilesReadTheSame() throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.images, to: "train-images-idx3-ubyte")
    try folder.write(Self.labels, to: "train-labels-idx1-ubyte")
    let plain = try Dataset.load(folder.path, split: .train)
    #expect(try run("gzip", ["train-images-idx3-ubyte", "train-labels-idx1-ubyte"], in: folder.path) == 0)
    let packed = try Dataset.load(folder.path, split: .train)
    #expect(try plain.examples.bytes() == packed.examples.bytes())
    #expect(try plain.labels.integers() == packed.labels.integers())

    let path = folder.path + "/train-images-idx3-ubyte.gz"
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    try folder.write(Array(bytes.dropLast(12)), to: "train-images-idx3-ubyte.gz")
    #expect(message { _ = try Dataset.load(folder.path, split: .train) }.contains(path))
  }

  @Test func aWrongMagicIsShown() throws {
    let found = message { _ = try load(Self.labels, Self.labels) }
    #expect(found.contains("is no IDX file of images: it begins with 0x00000801, not 0x00000803"))
    #expect(message { _ = try load([], Self.labels) }.contains("begins with nothing"))
    #expect(message { _ = try load(Self.images, Self.images) }.contains("no IDX file of labels"))
  }

  @Test func filesShorterOrLongerThanTheirHeaderAreRefused() throws {
    #expect(
      message { _ = try load(Self.images.dropLast(1), Self.labels) }.contains(
        "promises 24 bytes of images, but only 23"))
    #expect(message { _ = try load(Self.images + [0], Self.labels) }.contains("is too long"))
    #expect(message { _ = try load(Array(Self.images[..<10]), Self.labels) }.contains("header is not whole"))
  }

  @Test func headersThatPromiseTooMuchTakeNoMemory() throws {
    let giant = Self.header(0x0803, 0xffff_ffff, 0xffff_ffff, 0xffff_ffff)
    #expect(message { _ = try load(giant, Self.labels) }.contains("more than is read of one file"))
    // 3 GiB would be allowed; only what the file holds is ever taken.
    let large = Self.header(0x0803, 3, 1 << 15, 1 << 15)
    #expect(message { _ = try load(large, Self.labels) }.contains("but only 0 follow"))
  }

  @Test func countsAndLabelsMustFit() throws {
    #expect(message { _ = try load(Self.images, Self.header(0x0801, 2) + [0, 1]) }.contains("holds 3 images, but"))
    let found = message { _ = try load(Self.images, Self.labels, names: ["a", "b"]) }
    #expect(found.contains("label 2 of record 0 is not one of the 2 classes (0 to 1)"))
    #expect(message { _ = try load(Self.header(0x0803, 0, 2, 2), Self.header(0x0801, 0)) }.contains("holds no images"))
  }
}
