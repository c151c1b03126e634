import CSparringTurboJPEG
import SparringDatasets
import Foundation
import Testing
import SparringTorch

@Suite("Picture files")
struct ImageFileTests {
  private func decode(_ file: [UInt8]) throws -> PixelImages {
    let folder = try TemporaryFolder()
    return try ImageFile.decode(folder.write(file, to: "picture"))
  }

  @Test func everyKindOfPNGBecomesRedGreenAndBlue() throws {
    let colours: [UInt8] = [255, 0, 10, 0, 128, 255]
    #expect(try decode(PNGWriter.file(width: 2, colour: 2, lines: [colours])).bytes == colours)
    #expect(try decode(PNGWriter.file(width: 2, colour: 0, lines: [[7, 200]])).bytes == [7, 7, 7, 200, 200, 200])
    let palette = PNGWriter.file(width: 2, colour: 3, palette: colours, lines: [[1, 0]])
    #expect(try decode(palette).bytes == [0, 128, 255, 255, 0, 10])
    // Opaque red, fully transparent red: the second shows the white behind it.
    let transparent = PNGWriter.file(width: 2, colour: 6, lines: [[255, 0, 0, 255, 255, 0, 0, 0]])
    #expect(try decode(transparent).bytes == [255, 0, 0, 255, 255, 255])
    #expect(
      try decode(PNGWriter.file(width: 2, colour: 4, lines: [[90, 255, 0, 0]])).bytes == [90, 90, 90, 255, 255, 255])
    // 16 bits a sample keep their brightness: the upper byte, give or take rounding.
    let deep = try decode(PNGWriter.file(width: 2, bitDepth: 16, colour: 0, lines: [[0x80, 0x80, 0x20, 0x20]]))
    for (found, expected) in zip(deep.bytes, [128, 128, 128, 32, 32, 32]) { #expect(abs(Int(found) - expected) <= 1) }
    let bits = PNGWriter.file(width: 8, bitDepth: 1, colour: 0, lines: [[0b1010_0000]])
    #expect(try decode(bits).bytes.prefix(9) == [255, 255, 255, 0, 0, 0, 255, 255, 255])
  }

  @Test func aBrokenPNGSaysSo() throws {
    let whole = PNGWriter.file(width: 2, colour: 2, lines: [[1, 2, 3, 4, 5, 6]])
    #expect(message { _ = try decode(Array(whole.prefix(50))) }.contains("picture is a broken PNG ("))
    var damaged = whole
    damaged[20] ^= 0xff
    #expect(message { _ = try decode(damaged) }.contains("is a broken PNG ("))
    let giant = PNGWriter.file(width: 900_000, colour: 2, lines: [[UInt8]](repeating: [], count: 1000))
    #expect(message { _ = try decode(giant) }.contains("claims 900000×1000 pixels"))
    #expect(message { _ = try decode([]) }.contains("is no picture of a known kind"))
  }

  @Test func pngFilesReadBackAsWritten() throws {
    for channels in [1, 3] {
      let pixels = (0..<4 * 5 * channels).map { UInt8($0 * 4) }
      let image = try PixelImages(bytes: pixels, count: 1, height: 4, width: 5, channels: channels)
      let read = try decode([UInt8](image.png()))
      #expect(read.bytes == (channels == 3 ? pixels : pixels.flatMap { [$0, $0, $0] }))
      #expect((read.height, read.width) == (4, 5))
    }
    let two = try PixelImages(bytes: [0, 0], count: 2, height: 1, width: 1, channels: 1)
    #expect(message { _ = try two.png() }.contains("holds one image, not 2"))
  }

  /// A JPEG of one colour, `height` × `width`.
  private func jpeg(_ colour: [UInt8], height: Int, width: Int) throws -> [UInt8] {
    try jpeg((0..<height * width).flatMap { _ in colour }, channels: colour.count, height: height, width: width)
  }

  private func jpeg(_ pixels: [UInt8], channels: Int, height: Int, width: Int) throws -> [UInt8] {
    let encoder = try #require(tjInitCompress())
    defer { tjDestroy(encoder) }
    var buffer: UnsafeMutablePointer<UInt8>?
    var size: UInt = 0
    let format = channels == 1 ? TJPF_GRAY : TJPF_RGB
    let sampling = channels == 1 ? TJSAMP_GRAY : TJSAMP_420
    let status = tjCompress2(
      encoder, pixels, Int32(width), 0, Int32(height), Int32(format.rawValue), &buffer, &size, Int32(sampling.rawValue),
      90,
      0)
    #expect(status == 0)
    defer { tjFree(buffer) }
    return [UInt8](UnsafeBufferPointer(start: buffer, count: Int(size)))
  }

  @Test func jpegsAreDecodedInColourAndGrey() throws {
    let red = try decode(jpeg([200, 30, 60], height: 20, width: 30))
    #expect((red.height, red.width, red.channels) == (20, 30, 3))
    for (found, expected) in zip(red.bytes.suffix(3), [200, 30, 60]) { #expect(abs(Int(found) - expected) <= 3) }
    let grey = try decode(jpeg([99], height: 9, width: 7))
    #expect(grey.bytes.allSatisfy { abs(Int($0) - 99) <= 2 })
  }

  @Test func aBrokenJPEGSaysSo() throws {
    let noise = (0..<64 * 64).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 7) }
    let whole = try jpeg(noise, channels: 1, height: 64, width: 64)
    #expect(
      message { _ = try decode(Array(whole.prefix(whole.count / 2))) }.contains(
        "picture is a broken JPEG (Premature end"))
    #expect(message { _ = try decode(Array(whole.prefix(30))) }.contains("is a broken JPEG ("))
  }

  @Test func picturesAreCroppedToTheirCentreAndResized() throws {
    let folder = try TemporaryFolder()
    // Black, grey and white blocks of 4×4 side by side: the centre is grey.
    let line = [0, 0, 0, 0, 120, 120, 120, 120, 255, 255, 255, 255] as [UInt8]
    let path = try folder.write(PNGWriter.file(width: 12, colour: 0, lines: [line, line, line, line]), to: "wide.png")
    for side in [2, 4, 7] {
      let square = try ImageFile.fitted(path, size: ImageSize(side), channels: 1)
      #expect(square.shape == [1, 1, side, side])
      #expect(try square.array(of: UInt8.self).allSatisfy { $0 == 120 })
    }
    // Shrinking averages: a fine checkerboard turns grey, not black or white.
    let board = (0..<8).map { row in (0..<8).map { UInt8(($0 + row) % 2 * 255) } }
    let fine = try folder.write(PNGWriter.file(width: 8, colour: 0, lines: board), to: "fine.png")
    let small = try ImageFile.fitted(fine, size: 2, channels: 3)
    #expect(small.shape == [1, 3, 2, 2])
    #expect(try small.array(of: UInt8.self).allSatisfy { (110...145).contains($0) })
    let colour = try folder.write(PNGWriter.file(width: 1, colour: 2, lines: [[100, 200, 50]]), to: "colour.png")
    #expect(try ImageFile.fitted(colour, size: 1, channels: 1).item() == 153, "0.299·100 + 0.587·200 + 0.114·50")
  }
}

@Suite("Pictures and tensors")
struct PixelImagesTests {
  @Test func tensorsBecomePicturesAndBack() throws {
    let floats = try Tensor([-1, 0, 1, 2, -3, 0.5] as [Float], shape: [1, 3, 1, 2])
    let pictures = try PixelImages(floats)
    // Channels innermost: (red, green, blue) of the first pixel, then of the second.
    #expect(pictures.bytes == [0, 255, 0, 128, 255, 191])
    #expect(try PixelImages(pictures.tensor()) == pictures)
    let dataset = try numbered(count: 3, size: 4, channels: 3)
    #expect(try PixelImages(dataset.examples).tensor().bytes() == dataset.examples.bytes())
    #expect(try PixelImages(dataset.batch(indices: [0, 1, 2])).tensor().bytes() == dataset.examples.bytes())
    #expect(message { _ = try PixelImages(Tensor.zeros([2, 2])) }.contains("[N, C, H, W]"))
    #expect(message { _ = try PixelImages(Tensor.zeros([1, 2, 1, 1])) }.contains("with 2 channels"))
  }

  @Test func aGridSetsImagesApart() throws {
    let images = try PixelImages(bytes: [1, 2, 3, 4, 5, 6], count: 3, height: 1, width: 2, channels: 1)
    let grid = try images.grid(columns: 2, gap: 1, gapBrightness: 9)
    #expect((grid.count, grid.height, grid.width) == (1, 3, 5))
    #expect(grid.bytes == [1, 2, 9, 3, 4, 9, 9, 9, 9, 9, 5, 6, 9, 9, 9])
    #expect(try images.grid(columns: 8, gap: 0).bytes == [1, 2, 3, 4, 5, 6])
    #expect(message { _ = try images.grid(columns: 0) }.contains("0 columns"))
  }
}

@Suite("Folders of images")
struct ImageFolderTests {
  private let options: DatasetOptions = {
    var options = DatasetOptions()
    options.folder = ImageFolder.Options(imageSize: 2, channels: 1, heldOutFraction: 0.25, seed: 1)
    options.cacheFolder = nil
    return options
  }()

  private func picture(_ brightness: UInt8) -> [UInt8] {
    PNGWriter.file(width: 2, colour: 0, lines: [[brightness, brightness], [brightness, brightness]])
  }

  /// Brightness of each image.
  private func shades(_ dataset: Dataset) throws -> [Int] {
    try dataset.examples.narrowed(0..<1, along: 2).narrowed(0..<1, along: 3).integers()
  }

  private func load(_ folder: TemporaryFolder, _ split: Dataset.Split = .train) throws -> Dataset {
    try Dataset.load(folder.path, split: split, options: options)
  }

  @Test func classesComeFromFoldersInOrderWithAHeldOutPart() throws {
    let folder = try TemporaryFolder()
    for number in 0..<8 {
      try folder.write(picture(UInt8(number)), to: "dog/\(number).png")
      try folder.write(picture(UInt8(100 + number)), to: "cat/\(number).PNG")
    }
    for number in 0..<3 { try folder.write(picture(UInt8(200 + number)), to: "unlabelled/\(number).png") }
    try folder.write([1], to: "cat/notes.txt")
    try folder.write([1], to: "cat/.hidden.png")
    let (train, test) = (try load(folder), try load(folder, .test))
    #expect(train.classNames == ["cat", "dog"])
    #expect(try train.classCounts() == [6, 6])
    #expect(try test.classCounts() == [2, 2])
    #expect(try shades(train).suffix(3) == [200, 201, 202])
    #expect(try train.labels.integers() == [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, -1, -1, -1])
    #expect(Set(try shades(train) + shades(test)).count == 19, "nothing is in both halves")
    for (label, shade) in zip(try test.labels.integers(), try shades(test)) { #expect(label == (shade < 100 ? 1 : 0)) }
    #expect(try shades(load(folder, .test)) == shades(test))
    let information = try DatasetInformation(of: folder.path, options: options)
    #expect(information.trainCounts == [6, 6] && information.testCounts == [2, 2])
    #expect(information.facts.counts == .init(training: 15, labelled: 12, test: 4))
  }

  @Test func aTestFolderIsUsedWhereThereIsOne() throws {
    let folder = try TemporaryFolder()
    try folder.write(picture(1), to: "train/a/1.png")
    try folder.write(picture(2), to: "train/b/1.png")
    try folder.write(picture(3), to: "test/b/1.png")
    #expect(try shades(load(folder)) == [1, 2])
    #expect(try load(folder, .test).labels.integers() == [1])
    try folder.write(picture(3), to: "test/c/1.png")
    #expect(message { _ = try load(folder, .test) }.contains("/test/c is a class without training images"))
  }

  @Test func picturesWithoutClassesAreUnlabelled() throws {
    let folder = try TemporaryFolder()
    for number in 0..<4 { try folder.write(picture(UInt8(number)), to: "\(number).png") }
    let train = try load(folder)
    #expect(train.classNames.isEmpty)
    #expect(try train.labels.integers() == [-1, -1, -1])
  }

  @Test func whatIsWrongIsNamed() throws {
    let folder = try TemporaryFolder()
    #expect(message { _ = try load(folder) }.contains("\(folder.path) holds no pictures"))
    try FileManager.default.createDirectory(atPath: folder.path + "/cat", withIntermediateDirectories: true)
    #expect(message { _ = try load(folder) }.contains("\(folder.path) holds no pictures"))
    try folder.write(picture(1), to: "cat/1.png")
    #expect(message { _ = try load(folder) }.contains("class cat holds only 1 picture"))
    let broken = try folder.write(Array(picture(1).prefix(40)), to: "cat/2.png")
    #expect(message { _ = try load(folder) + load(folder, .test) }.contains("\(broken) is a broken PNG"))
    #expect(message { _ = try Dataset.load(folder.path + "/none", split: .train) }.contains("is no folder"))
  }
}

/// Both halves, for errors in either.
private func + (left: Dataset, right: Dataset) -> [Dataset] { [left, right] }
