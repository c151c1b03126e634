import Foundation
import SparringTorch
import Testing

@testable import SparringDatasets

@Suite("Decoding and keeping pictures")
struct PictureFolderTests {
  private let folder: TemporaryFolder
  private let cache: TemporaryFolder

  init() throws {
    (folder, cache) = (try TemporaryFolder(), try TemporaryFolder())
    for number in 0..<6 {
      try folder.write(picture(UInt8(number * 10)), to: "a/\(number).png")
      try folder.write(picture(UInt8(100 + number * 10)), to: "b/\(number).png")
    }
    try folder.write(picture(250), to: "unlabelled/x.png")
  }

  private func picture(_ shade: UInt8, height: Int = 3, width: Int = 4) -> [UInt8] {
    let line = (0..<width).flatMap { [shade, shade &+ UInt8($0), UInt8($0 * 20)] }
    return PNGWriter.file(width: width, colour: 2, lines: Array(repeating: line, count: height))
  }

  /// Loads through the cache; `decoded` counts the pictures that were opened.
  private func load(
    size: ImageSize = 3, channels: Int = 3, skip: Bool = false
  ) throws -> (parts: DatasetParts, decoded: Int) {
    var decoded = 0
    let parts = try ImageFolder.load(
      folder.path, options: .init(imageSize: size, channels: channels, skipUnreadable: skip), cacheFolder: cache.path
    ) {
      decoded = max($0, decoded); #expect($0 <= $1)
    }
    return (parts, decoded)
  }

  private func bytes(_ parts: DatasetParts) throws -> [Data] {
    [try parts.train.examples.bytes(), try parts.test?.examples.bytes() ?? Data()]
  }

  private var cacheFile: URL {
    get throws {
      let names = try FileManager.default.contentsOfDirectory(atPath: cache.path)
      #expect(names.count == 1)
      return URL(fileURLWithPath: cache.path + "/" + (names.first ?? ""))
    }
  }

  @Test func theSecondStartDecodesNothing() throws {
    let (first, decoded) = try load()
    #expect(decoded == 13 && first.facts.counts == .init(training: 11, labelled: 10, test: 2))
    let (second, again) = try load()
    #expect(again == 0)
    #expect(try bytes(first) == bytes(second))
    #expect(try second.train.labels.integers() == first.train.labels.integers())
    #expect(try load(channels: 1).decoded == 13, "another way of decoding is another cache")
    #expect(try load(size: ImageSize(height: 4, width: 6)).decoded == 13)
    #expect(try load().decoded == 0)
  }

  @Test func whatChangesIsDecodedAgain() throws {
    let first = try bytes(load().parts)
    // Touched: the same picture at another time.
    let touched = folder.path + "/a/2.png"
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSince1970: 1_000_000)], ofItemAtPath: touched)
    #expect(try load().decoded == 1 && load().decoded == 0)
    #expect(try bytes(load().parts) == first)
    // Another size at the same time.
    let time = try FileManager.default.attributesOfItem(atPath: touched)[.modificationDate]
    try folder.write(picture(77, height: 9, width: 9), to: "a/2.png")
    try FileManager.default.setAttributes([.modificationDate: try #require(time)], ofItemAtPath: touched)
    #expect(try load().decoded == 1)
    #expect(try bytes(load().parts) != first)
    // One more, and one less.
    try folder.write(picture(9), to: "unlabelled/y.png")
    #expect(try load().decoded == 1 && load().parts.train.count == 12)
    try FileManager.default.removeItem(atPath: folder.path + "/unlabelled/x.png")
    let (fewer, decoded) = try load()
    #expect(decoded == 0 && fewer.train.count == 11)
    var options = DatasetOptions()
    (options.folder, options.cacheFolder) = (.init(imageSize: 3), nil)
    #expect(try bytes(fewer) == bytes(DatasetParts(of: folder.path, options: options)))
  }

  @Test func aDamagedOrForeignCacheIsWrittenAnew() throws {
    let first = try bytes(load().parts)
    let file = try cacheFile
    let whole = try Data(contentsOf: file)
    var flipped = whole
    flipped[whole.count - 20] ^= 1
    let other = try Safetensors.read(file)
    var foreign = other.metadata
    foreign["folder"] = "/elsewhere"
    for damage in [Data(), Data("nonsense".utf8), whole.prefix(whole.count / 2), whole + [0], flipped] {
      try damage.write(to: file)
      #expect(try load().decoded == 13)
      #expect(try bytes(load().parts) == first)
      #expect(try load().decoded == 0)
    }
    try Safetensors.write(other.tensors, metadata: foreign, to: file)
    #expect(try load().decoded == 13)
    try Safetensors.write(["pixels": Tensor.zeros([2])], metadata: other.metadata, to: file)
    #expect(try load().decoded == 13 && bytes(load().parts) == first)
  }

  @Test func aCacheThatCannotBeWrittenCostsOnlyTime() throws {
    let file = try cache.write([1], to: "in-the-way")
    for _ in 0..<2 {
      var decoded = 0
      let parts = try ImageFolder.load(folder.path, options: .init(imageSize: 3), cacheFolder: file) { done, _ in
        decoded = done
      }
      #expect(decoded == 13 && parts.train.count == 11)
    }
  }

  @Test func allCoresGiveTheBytesOfOne() throws {
    let many = try TemporaryFolder()
    let paths = try (0..<150).map { number in
      try many.write(
        picture(UInt8(number), height: 5 + number % 7, width: 4 + number % 9), to: "\(number).png")
    }
    for channels in [1, 3] {
      var decoding = PictureDecoding(
        size: ImageSize(height: 6, width: 5), channels: channels, skipsUnreadable: false)
      let parallel = try decoding.decode(paths) { _, _ in }
      decoding.usesAllCores = false
      var steps: [Int] = []
      let serial = try decoding.decode(paths) { done, total in
        steps.append(done); #expect(total == 150)
      }
      #expect(try parallel.pixels.bytes() == serial.pixels.bytes())
      #expect(steps == steps.sorted() && steps.last == 150 && steps.count > 1)
    }
  }

  @Test func unreadablePicturesStopTheRunOrAreLeftOut() throws {
    let whole = try load().parts
    let sample = Array(picture(1).prefix(40))
    for name in ["b/3.png", "a/1.png", "a/4.png"] { try folder.write(sample, to: name) }
    for _ in 0..<5 {
      #expect(message { _ = try load() }.contains("\(folder.path)/a/1.png is a broken PNG"), "the first by name")
    }
    for decoded in [3, 3] {
      let (parts, opened) = try load(skip: true)
      #expect(opened == decoded, "what cannot be read is tried again")
      #expect(parts.unreadable.count == 3)
      #expect(parts.train.count + (parts.test?.count ?? 0) == 10)
      let summary = try #require(parts.unreadableSummary)
      #expect(summary.hasPrefix("3 unreadable pictures were left out: \(folder.path)/a/1.png is a broken PNG"))
    }
    #expect(whole.unreadableSummary == nil)
    for number in 0..<6 { try folder.write(sample, to: "a/\(number).png") }
    #expect(message { _ = try load(skip: true) }.contains("no picture in \(folder.path)/a can be read"))
    for name in try FileManager.default.subpathsOfDirectory(atPath: folder.path) where name.hasSuffix(".png") {
      try folder.write(sample, to: name)
    }
    #expect(message { _ = try load(skip: true) }.contains("none of the 13 pictures"))
    #expect(message { _ = try load() }.contains("broken PNG"))
  }

  @Test func manyFailuresAreCountedAndTheFirstNamed() {
    let errors = (0..<5).map { DatasetError("picture \($0)") }
    let parts = try? Dataset(name: "x", split: .train, images: .zeros([1, 1, 1, 1], dtype: .uint8), classNames: [])
    let summary = parts.map { DatasetParts(train: $0, test: nil, unreadable: errors).unreadableSummary }
    #expect(summary == "5 unreadable pictures were left out: picture 0; picture 1; picture 2; and 2 more")
  }
}

@Suite("Pictures of any shape")
struct ResamplingTests {
  /// Red counts columns, green counts rows.
  private func ramp(height: Int, width: Int) throws -> PixelImages {
    let bytes = (0..<height).flatMap { row -> [UInt8] in
      (0..<width).flatMap { [UInt8($0), UInt8(row), 0] as [UInt8] }
    }
    return try PixelImages(bytes: bytes, count: 1, height: height, width: width, channels: 3)
  }

  private func fitted(_ picture: PixelImages, _ size: ImageSize) throws -> Tensor {
    let bytes = Resampling(height: picture.height, width: picture.width, to: size)(picture, channels: 3)
    return try Tensor(bytes, shape: [3, size.height, size.width])
  }

  @Test func theRightSizeIsACopy() throws {
    let picture = try ramp(height: 48, width: 64)
    #expect(try fitted(picture, ImageSize(height: 48, width: 64)).bytes() == picture.tensor().bytes())
  }

  @Test func theCentreIsCutOut() throws {
    // 48×64 of 60×64: six rows go above and six below.
    let tall = try fitted(ramp(height: 60, width: 64), ImageSize(height: 48, width: 64))
    #expect(try tall[1, 0, 0].item() == 6 && tall[1, 47, 0].item() == 53 && tall[0, 0, 63].item() == 63)
    let wide = try fitted(ramp(height: 48, width: 100), ImageSize(height: 48, width: 64))
    #expect(try wide[0, 0, 0].item() == 18 && wide[0, 0, 63].item() == 81 && wide[1, 47, 0].item() == 47)
  }

  @Test(arguments: [(96, 128), (97, 131), (30, 20), (7, 90), (200, 64), (1, 1)])
  func anySizeCovers(height: Int, width: Int) throws {
    let size = ImageSize(height: 48, width: 64)
    let result = try fitted(ramp(height: height, width: width), size)
    #expect(result.shape == [3, 48, 64])
    // Symmetric about the centre, and growing along each axis.
    let columns = try result[0, 20].array(of: Double.self)
    let rows = try result[1, .all, 30].array(of: Double.self)
    #expect(columns == columns.sorted() && rows == rows.sorted())
    #expect(abs(columns[0] + columns[63] - Double(width - 1)) <= 1.01)
    #expect(abs(rows[0] + rows[47] - Double(height - 1)) <= 1.01)
  }

  @Test(arguments: [5, 8, 13, 40]) func squaresAreLibTorchsAntialiasedOnes(side: Int) throws {
    let random = try RandomGenerator(seed: UInt64(side))
    let noise = try Tensor.randomIntegers([1, 3, 20, 20], in: 0..<256, using: random).to(.uint8)
    let expected = try noise.to(.float32).resizedAntialiased(height: side, width: side).rounded()
    let found = try fitted(PixelImages(noise), ImageSize(side)).to(.float32)
    #expect(try (found - expected[0]).absolute().maximum().item() <= 1)
    #expect(try (found - expected[0]).absolute().mean().item() < 0.01)
  }

  @Test func sizesAreWrittenInTwoWays() throws {
    #expect(ImageSize("32") == 32 && ImageSize("48x64") == ImageSize(height: 48, width: 64))
    #expect(ImageSize("48×64") == ImageSize("48X64"))
    for text in ["", "x", "48x", "x64", "48x64x3", "4 8", "big", "1.5"] { #expect(ImageSize(text) == nil, "\(text)") }
    for size in [ImageSize(32), ImageSize(height: 48, width: 64)] {
      #expect(try JSONDecoder().decode([ImageSize].self, from: JSONEncoder().encode([size])) == [size])
    }
    for size in [ImageSize(0), ImageSize(height: 48, width: -64), ImageSize(100_000)] {
      #expect(message { try ImageFolder.Options(imageSize: size).check() }.contains("dataset.folder.imageSize is"))
    }
  }
}
