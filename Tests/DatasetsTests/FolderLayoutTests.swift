import Foundation
import SparringTorch
import Testing

@testable import SparringDatasets

@Suite("Layouts of folders")
struct FolderLayoutTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func add(_ names: String...) throws {
    for name in names {
      let shade = UInt8(truncatingIfNeeded: name.utf8.reduce(0) { $0 &* 31 &+ Int($1) })
      try folder.write(PNGWriter.file(width: 2, colour: 0, lines: [[shade, 1], [2, shade]]), to: name)
    }
  }

  private func options(_ heldOut: Double = 0.25) -> ImageFolder.Options {
    ImageFolder.Options(imageSize: 2, channels: 1, heldOutFraction: heldOut)
  }

  private func list(heldOut: Double = 0.25) throws -> PictureList {
    try PictureList(folder.path, options: options(heldOut))
  }

  /// Paths below the folder with their classes.
  private func words(_ pictures: [Picture]?) -> [String]? {
    pictures?.map { "\($0.path.dropFirst(folder.path.count + 1)) \($0.label)" }
  }

  @Test func threePartsInAnyCombination() throws {
    try add("train/a/1.png", "train/b/1.png", "val/a/2.png", "test/b/3.png")
    #expect(try words(list().train) == ["train/a/1.png 0", "train/b/1.png 1"])
    #expect(try words(list().validation) == ["val/a/2.png 0"])
    #expect(try words(list().test) == ["test/b/3.png 1"])
    #expect(try list().testOrigin == "the folder test/")
  }

  /// ImageNet's way: what validates is what is measured on.
  @Test func aValidationPartAloneIsTheTest() throws {
    try add("train/a/1.png", "train/b/1.png", "val/a/2.png")
    #expect(try list().validation == nil)
    #expect(try words(list().test) == ["val/a/2.png 0"])
    #expect(try list().testOrigin.contains("validation part"))
  }

  @Test func classesBesideATestFolder() throws {
    try add("a/1.png", "b/1.png", "Test/a/2.png", "Validation/b/3.png")
    #expect(try list().classNames == ["a", "b"])
    #expect(try words(list().test) == ["Test/a/2.png 0"])
    #expect(try words(list().validation) == ["Validation/b/3.png 1"])
  }

  @Test func picturesBesideTheClassesAreUnlabelled() throws {
    try add("a/1.png", "a/deep/er/2.png", "b/1.png", "loose.png", "unsorted/x.png")
    #expect(
      try words(list(heldOut: 0).train) == [
        "a/1.png 0", "a/deep/er/2.png 0", "b/1.png 1", "unsorted/x.png -1", "loose.png -1",
      ])
    #expect(try list(heldOut: 0).testOrigin == "none" && list(heldOut: 0).test == nil)
  }

  @Test func partsWithoutClasses() throws {
    try add("train/1.png", "train/2.png", "test/3.png", "test/any/4.png")
    #expect(try words(list().train) == ["train/1.png -1", "train/2.png -1"])
    #expect(try words(list().test)?.sorted() == ["test/3.png -1", "test/any/4.png -1"])
    #expect(try list().testOrigin == "the folder test/" && list().leftOut.isEmpty && list().problems.isEmpty)
  }

  /// As archives are unpacked.
  @Test func aFolderInAFolderStandsForIt() throws {
    try add("photos/a/1.png", "photos/b/1.png")
    #expect(try list(heldOut: 0).classNames == ["a", "b"])
  }

  @Test func partsInAFolderInAFolder() throws {
    try add("archive/photos/train/a/1.png", "archive/photos/train/b/1.png", "archive/photos/test/a/2.png")
    #expect(try list().classNames == ["a", "b"])
    #expect(try list().test?.count == 1)
  }

  @Test func whatIsNoPictureIsToldApart() throws {
    try add("train/a/1.png", "train/b/1.png", "test/a/1.png", "other/1.png", "test/loose.png")
    try folder.write([1], to: "train/a/phone.heic")
    try folder.write([1], to: "notes.txt")
    try folder.write([1], to: "train/a/.hidden")
    try FileManager.default.createDirectory(atPath: folder.path + "/train/empty", withIntermediateDirectories: true)
    let leftOut = try list().leftOut.map { "\($0.path.dropFirst(folder.path.count + 1)): \($0.reason)" }.sorted()
    #expect(leftOut.count == 5)
    #expect(leftOut[0].hasPrefix("notes.txt: no picture"))
    #expect(leftOut[1].hasPrefix("other: a folder beside train/"))
    #expect(leftOut[2].hasPrefix("test/loose.png: in test/ without a class"))
    #expect(leftOut[3].hasPrefix("train/a/phone.heic: HEIC, which is not read: save it as JPEG"))
    #expect(leftOut[4].hasPrefix("train/empty: a folder without pictures"))
  }

  @Test func aLinkThatLeadsBackUpDoesNoHarm() throws {
    try add("a/1.png", "b/1.png")
    try FileManager.default.createSymbolicLink(atPath: folder.path + "/a/up", withDestinationPath: folder.path)
    #expect(try list(heldOut: 0).train.count >= 2)
  }

  @Test func allProblemsAreKept() throws {
    try add("train/a/1.png", "train/b/1.png", "test/c/1.png", "test/d/1.png")
    #expect(try list().problems.count == 3, "two classes without training pictures, and no test")
    let text = message { _ = try ImageFolder.load(folder.path, options: options()) }
    #expect(text.contains("/test/c is a class without training images") && text.contains("and 2 more"))
    try add("val/a/1.png", "Valid/a/1.png")
    #expect(message { _ = try list() }.contains("holds both"))
  }
}

@Suite("Tables of pictures")
struct PictureTableTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    for name in ["1.png", "2.png", "3.png", "images/4.png"] {
      try folder.write(PNGWriter.file(width: 2, colour: 0, lines: [[1, 2], [3, 4]]), to: name)
    }
  }

  private func list(_ lines: String..., path: String? = nil) throws -> PictureList {
    try folder.write(Array(lines.joined(separator: "\n").utf8), to: "labels.csv")
    return try PictureList(path ?? folder.path, options: .init(imageSize: 2, heldOutFraction: 0))
  }

  @Test func filesAndLabelsComeFromItsColumns() throws {
    let found = try list("id,file,label,split", "7,1.png,cat,train", "8,2.png,\"dog, wet\",train", "9,4.png,cat,test")
    #expect(found.classNames == ["cat", "dog, wet"])
    #expect(found.train.map(\.label) == [0, 1, -1], "a picture that no line names is unlabelled")
    #expect(found.train[2].path.hasSuffix("/3.png"))
    #expect(found.test?.map(\.path) == [folder.path + "/images/4.png"], "in the folder beside the table")
    #expect(found.problems.isEmpty)
  }

  @Test func theTablesOwnPathServes() throws {
    _ = try list("image,class", "1.png,0", "2.png,1", "3.png,")
    let parts = try ImageFolder.load(
      folder.path + "/labels.csv", options: .init(imageSize: 2, heldOutFraction: 0))
    #expect(try parts.train.labels.integers() == [0, 1, -1, -1])
    #expect(parts.train.sources?[0].hasSuffix("/1.png") == true)
    #expect(parts.train.name == "labels")
    guard case .pictures = try DatasetSource(folder.path + "/labels.csv") else {
      Issue.record("a table of pictures is no table of numbers")
      return
    }
    #expect(try !ExampleFile.holdsVectors(folder.path + "/labels.csv"))
  }

  @Test func whatIsWrongNamesTheLine() throws {
    let found = try list(
      "file,label,split", "1.png,a,train", "2.png,b,train", "none.png,a,train", "1.png,b,train", "3.png,a,x")
    #expect(found.problems.count == 3)
    #expect(found.problems[0].contains("labels.csv, line 4: there is no file none.png"))
    #expect(found.problems[1].contains("line 5: 1.png stands in line 2, too"))
    #expect(found.problems[2].contains("'x' is no part"))
    #expect(message { _ = try list("file,label", "1.png,a,b") }.contains("line 2: 3 fields under 2 names"))
  }

  /// However a line spells a path, the picture is the one that lies there: a test picture must not come back unlabelled.
  @Test func everySpellingIsTheSameFile() throws {
    let found = try list(
      "file,label,split", "./1.png,a,train", "images/../2.png,b,train", "\(folder.path)/3.png,a,test")
    #expect(found.train.map(\.label) == [0, 1, -1], "4.png alone is named by no line")
    #expect(found.train[2].path.hasSuffix("/images/4.png"))
    #expect(try list("file,label", "1.png,a", "./1.png,b", "2.png,b").problems.count == 1)
  }

  /// What earlier runs drew beside the table is nothing to train on.
  @Test func runsAreNoPictures() throws {
    for name in ["config.yaml", "data.json"] { try folder.write([1], to: "runs/mine/\(name)") }
    try folder.write(
      PNGWriter.file(width: 2, colour: 0, lines: [[9, 9], [9, 9]]), to: "runs/mine/mistakes/test-1.png")
    let found = try list("file,label", "1.png,a", "2.png,b")
    #expect(found.train.count == 4 && found.leftOut.contains { $0.reason == "the folder of a run" })
  }

  @Test func aTableOfNumbersIsNone() throws {
    try folder.write(Array("x,y,label\n1,2,a\n".utf8), to: "numbers.csv")
    #expect(!PictureTable.isTable(folder.path + "/numbers.csv"))
  }
}

@Suite("Checking a folder")
struct PictureCheckTests {
  @Test func everythingIsSaidAtOnce() throws {
    let folder = try TemporaryFolder()
    func picture(_ shade: UInt8) -> [UInt8] { PNGWriter.file(width: 2, colour: 0, lines: [[shade, 1], [2, shade]]) }
    for number in 0..<12 {
      try folder.write(picture(UInt8(number)), to: "train/a/\(number).png")
      if number < 3 { try folder.write(picture(UInt8(50 + number)), to: "train/b/\(number).png") }
    }
    try folder.write(picture(3), to: "test/a/copy.png")
    try folder.write(picture(51), to: "train/a/same.png")
    try folder.write([0x89, 0x50, 0x4e, 0x47], to: "train/b/broken.png")
    try folder.write([1], to: "unlabelled/x.heic")
    let check = try PictureCheck(folder.path)
    #expect(check.classes.map(\.training) == [13, 4] && check.classes.map(\.test) == [1, 0])
    #expect(check.unreadable.count == 1 && !check.isSound)
    #expect(check.leftOut.count == 2, "the file, and the folder that holds nothing else")
    #expect(check.duplicates.map(\.crossesParts) == [true, false])
    #expect(check.duplicates[1].crossesClasses)
    #expect(check.sizes.map(\.count) == [17])
    #expect(check.warnings.contains { $0.contains("class b has only 4 labelled pictures") })
    #expect(check.warnings.contains { $0.contains("the classes are unequal, 4 to 13") })
    #expect(check.warnings.contains { $0.contains("no unlabelled pictures") })
    try FileManager.default.removeItem(atPath: folder.path + "/train/b/broken.png")
    #expect(try PictureCheck(folder.path).isSound)
  }
}
