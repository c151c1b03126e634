import Foundation
import Testing
import SparringTorch

@testable import SparringDatasets

@Suite("The catalogue")
struct CatalogueTests {
  /// A data set of MNIST's kind with three images in each half, published in `folder` as plain files.
  private static func publishTiny(in folder: TemporaryFolder, homes: [String] = []) throws -> KnownDataset {
    let contents = [IDXTests.images, IDXTests.labels, IDXTests.images, IDXTests.labels]
    let files = try zip(KnownDataset.idxNames, contents).map { name, bytes in
      let path = try folder.write(bytes, to: name)
      return KnownDataset.File(name: name, byteCount: bytes.count, sha256: try Verification.digest(path).sha256)
    }
    return KnownDataset(
      name: "mnist", title: "Tiny", summary: "", classNames: ["a", "b", "c"],
      shape: .image(channels: 1, height: 2, width: 4),
      files: files,
      homes: homes, folders: ["tiny"], packing: .gzipped, format: .idx)
  }

  private let cache: TemporaryFolder
  private let verification: Verification

  init() throws {
    cache = try TemporaryFolder()
    verification = Verification(memory: cache.path + "/verified-files")
  }

  @Test func digestsAreSHA256OfTheContents() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(Array("abc".utf8), to: "abc")
    let published = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    #expect(try Verification.digest(path) == (published, 3))
    #expect(try Verification.plainDigest(path) == published)
    try run("gzip", ["abc"], in: folder.path)
    #expect(try Verification.digest(path + ".gz") == (published, 3))
    #expect(try Verification.plainDigest(path + ".gz") != published)
    #expect(try Verification.digest(folder.write([], to: "empty")).byteCount == 0)
  }

  @Test func filesAreFoundDirectlyOrInAUsualFolder() throws {
    let (direct, nested) = (try TemporaryFolder(), try TemporaryFolder())
    let tiny = try Self.publishTiny(in: direct)
    for file in tiny.files { try nested.write([1], to: "tiny/\(file.name).gz") }
    #expect(SearchPath(folders: [direct.path, nested.path]).find(tiny) == direct.path)
    #expect(SearchPath(folders: ["/nowhere", nested.path]).find(tiny) == nested.path + "/tiny")
    try FileManager.default.removeItem(atPath: nested.path + "/tiny/t10k-labels-idx1-ubyte.gz")
    let found = message { _ = try SearchPath(folders: ["/nowhere", nested.path]).require(tiny) }
    #expect(
      found == "Tiny was not found in /nowhere, \(nested.path) (\(nested.path)/tiny lacks t10k-labels-idx1-ubyte): "
        + "type ./sparring data fetch mnist")
  }

  @Test func unknownNamesListTheKnownOnes() throws {
    #expect(try KnownDataset.named("fashion-mnist") == .fashionMNIST)
    #expect(message { _ = try KnownDataset.named("imagenet") }.contains("choose mnist, fashion-mnist, cifar10"))
    #expect(
      message { _ = try Dataset.load("imagenet", split: .train) }.contains("no data set is called 'imagenet'"))
    #expect(Set(SearchPath.standard.folders).isSuperset(of: ["data", "/usr/share/datasets"]))
  }

  @Test func filesAreVerifiedOnceAndAgainWhenTheyChange() throws {
    let folder = try TemporaryFolder()
    let tiny = try Self.publishTiny(in: folder)
    let searchPath = SearchPath(folders: [folder.path])
    func load() throws {
      _ = try Dataset.load(tiny, split: .train, searchPath: searchPath, verification: verification)
    }
    func isRemembered() -> Bool {
      verification.isRemembered(tiny.files[0], at: folder.path + "/" + tiny.files[0].name)
    }
    #expect(!isRemembered())
    try load()
    #expect(isRemembered())
    #expect(
      !DatasetStatus(tiny, searchPath: searchPath, verification: verification).isVerified, "the test half was not read")
    _ = try Dataset.load(tiny, split: .test, searchPath: searchPath, verification: verification)
    #expect(DatasetStatus(tiny, searchPath: searchPath, verification: verification).isVerified)

    var changed = IDXTests.images
    changed[20] ^= 1
    try folder.write(changed, to: tiny.files[0].name)
    #expect(!isRemembered())
    #expect(message { try load() }.contains("is not the published train-images-idx3-ubyte of Tiny"))
    // A wrong structure is named before the checksum.
    try folder.write(changed.dropLast(), to: tiny.files[0].name)
    #expect(message { try load() }.contains("is truncated"))
  }

  @Test func aCacheThatCannotBeWrittenIsNoError() throws {
    let folder = try TemporaryFolder()
    let tiny = try Self.publishTiny(in: folder)
    let blocked = Verification(memory: try folder.write([1], to: "file") + "/verified-files")
    try blocked.check(tiny.files[0], at: folder.path + "/" + tiny.files[0].name, of: tiny)
  }

  @Test func fetchingDownloadsVerifiesAndKeepsWhatIsThere() throws {
    let (home, target) = (try TemporaryFolder(), try TemporaryFolder())
    let tiny = try Self.publishTiny(in: home)
    try run("gzip", tiny.files.map(\.name), in: home.path)
    guard let server = try RangeServer(home.path) else { return }
    var seen: [FetchProgress] = []
    func fetch() throws -> String {
      try tiny.fetch(
        into: target.path, homes: ["http://127.0.0.1:9/", server.address], verification: verification
      ) { seen.append($0) }
    }
    let folder = try fetch()
    #expect(folder == target.path + "/tiny")
    #expect(server.requests.count == 4)
    #expect(seen.last?.file == "t10k-labels-idx1-ubyte.gz")
    #expect(seen.last.map { $0.receivedBytes == $0.totalBytes } == true)
    let files = try FileManager.default.contentsOfDirectory(atPath: folder)
    #expect(Set(files) == Set(tiny.files.map { $0.name + ".gz" }), "no parts are left")
    _ = try Dataset.load(
      tiny, split: .test, searchPath: SearchPath(folders: [target.path]), verification: verification)
    _ = try fetch()
    #expect(server.requests.count == 4, "nothing is fetched twice")
  }

  @Test func anInterruptedFetchIsContinued() throws {
    let (home, target) = (try TemporaryFolder(), try TemporaryFolder())
    let tiny = try Self.publishTiny(in: home)
    try run("gzip", tiny.files.map(\.name), in: home.path)
    guard let server = try RangeServer(home.path, hangsUpAfter: 20) else { return }
    func fetch() throws {
      _ = try tiny.fetch(into: target.path, homes: [server.address], verification: verification) { _ in }
    }
    let found = message { try fetch() }
    #expect(found.contains("train-images-idx3-ubyte.gz of Tiny could not be fetched (127.0.0.1: "))
    #expect(found.contains("./sparring data fetch mnist --from FOLDER"))
    // Each attempt gets the first 20 bytes of one more file and the rest of the one before.
    for _ in 0..<3 { #expect(message { try fetch() }.contains("could not be fetched")) }
    try fetch()
    #expect(server.requests.filter { $0.hasSuffix("bytes=20-") }.count == 4)
    _ = try Dataset.load(
      tiny, split: .train, searchPath: SearchPath(folders: [target.path]), verification: verification)
  }

  @Test func aWrongPartIsFetchedAnew() throws {
    let (home, target) = (try TemporaryFolder(), try TemporaryFolder())
    let tiny = try Self.publishTiny(in: home)
    try run("gzip", tiny.files.map(\.name), in: home.path)
    guard let server = try RangeServer(home.path) else { return }
    try target.write([1, 2, 3], to: "tiny/train-images-idx3-ubyte.gz.part")
    try target.write([UInt8](repeating: 7, count: 5000), to: "tiny/train-labels-idx1-ubyte.gz.part")
    _ = try tiny.fetch(into: target.path, homes: [server.address], verification: verification) { _ in }
    #expect(server.requests.contains("/train-images-idx3-ubyte.gz bytes=3-"))
    #expect(server.requests.contains("/train-images-idx3-ubyte.gz"))
    #expect(server.requests.contains("/train-labels-idx1-ubyte.gz"))
  }

  @Test func homesThatDeliverTheWrongThingAreNamed() throws {
    let (home, target) = (try TemporaryFolder(), try TemporaryFolder())
    let tiny = try Self.publishTiny(in: home)
    try home.write(Array("<html>moved</html>".utf8), to: "wrong/train-images-idx3-ubyte.gz")
    guard let server = try RangeServer(home.path) else { return }
    let found = message {
      _ = try tiny.fetch(
        into: target.path, homes: [server.address + "wrong", server.address + "none/", "http://127.0.0.1:9/"],
        verification: verification
      ) { _ in }
    }
    #expect(found.contains("its contents are not the published ones; 127.0.0.1: the server answered with status 404; "))
    #expect(try FileManager.default.contentsOfDirectory(atPath: target.path + "/tiny").isEmpty)
  }

  @Test func filesAreTakenFromAFolder() throws {
    let (source, target) = (try TemporaryFolder(), try TemporaryFolder())
    let tiny = try Self.publishTiny(in: source)
    try run("gzip", [tiny.files[0].name], in: source.path)
    let folder = try tiny.copy(from: source.path, into: target.path, verification: verification)
    let names = try FileManager.default.contentsOfDirectory(atPath: folder)
    #expect(Set(names) == Set(tiny.files.dropFirst().map(\.name) + [tiny.files[0].name + ".gz"]))
    try source.write([1], to: tiny.files[3].name)
    #expect(
      message { _ = try tiny.copy(from: source.path, into: target.path, verification: verification) }
        .contains("\(tiny.files[3].name) is not the published"))
    #expect(
      message { _ = try tiny.copy(from: cache.path, into: target.path, verification: verification) }
        .contains("does not hold Tiny: needed are train-images-idx3-ubyte, "))
  }
}

@Suite("Archives")
struct ArchiveTests {
  /// A tar archive of one file, written byte by byte (POSIX ustar).
  private func tar(_ name: String, _ contents: [UInt8]) -> [UInt8] {
    func field(_ text: String, _ length: Int) -> [UInt8] {
      Array(text.utf8) + [UInt8](repeating: 0, count: length - text.utf8.count)
    }
    func octal(_ value: Int, _ digits: Int) -> String {
      let text = String(value, radix: 8)
      return String(repeating: "0", count: digits - text.count) + text
    }
    func header(checksum: String) -> [UInt8] {
      field(name, 100) + field(octal(0o644, 7), 8) + field(octal(0, 7), 8) + field(octal(0, 7), 8)
        + field(octal(contents.count, 11), 12) + field(octal(0, 11), 12) + field(checksum, 8) + field("0", 1)
        + field("", 100) + field("ustar", 6) + field("00", 2) + field("", 247)
    }
    let sum = header(checksum: "        ").reduce(0) { $0 + Int($1) }
    let padding = [UInt8](repeating: 0, count: (512 - contents.count % 512) % 512 + 1024)
    return header(checksum: octal(sum, 6) + "\0 ") + contents + padding
  }

  @Test func onlyTheWantedFilesAreWritten() throws {
    let folder = try TemporaryFolder()
    let archive = try folder.write(tar("some/where/wanted.bin", [1, 2, 3]), to: "a.tar")
    try Archive.extract(["wanted.bin": 3000], from: archive, into: folder.path)
    #expect(try Data(contentsOf: URL(fileURLWithPath: folder.path + "/wanted.bin")) == Data([1, 2, 3]))
    try Archive.extract(["other.bin": 3000], from: archive, into: folder.path)
    #expect(Set(try FileManager.default.contentsOfDirectory(atPath: folder.path)) == ["a.tar", "wanted.bin"])
  }

  @Test(arguments: ["../wanted.bin", "/tmp/wanted.bin", "a/../../wanted.bin"])
  func entriesThatPointOutsideAreRefused(name: String) throws {
    let folder = try TemporaryFolder()
    let archive = try folder.write(tar(name, [1]), to: "a.tar")
    #expect(
      message { try Archive.extract(["wanted.bin": 3000], from: archive, into: folder.path) }.contains("points outside")
    )
  }

  @Test func brokenArchivesSaySo() throws {
    let folder = try TemporaryFolder()
    let whole = tar("wanted.bin", [UInt8](repeating: 5, count: 3000))
    let truncated = try folder.write(Array(whole.prefix(1000)), to: "a.tar")
    #expect(
      message { try Archive.extract(["wanted.bin": 3000], from: truncated, into: folder.path) }.contains(
        "is a broken archive"))
    let noise = try folder.write((0..<2000).map { UInt8(truncatingIfNeeded: $0 &* 37) }, to: "b.tar")
    #expect(
      message { try Archive.extract(["wanted.bin": 3000], from: noise, into: folder.path) }.contains(
        "is a broken archive"))
    #expect(!FileManager.default.fileExists(atPath: folder.path + "/wanted.bin"))
  }

  @Test func cifar10IsTakenFromItsArchive() throws {
    let (source, target) = (try TemporaryFolder(), try TemporaryFolder())
    let names = CIFAR10.trainFiles + CIFAR10.testFiles
    let files = try names.enumerated().map { number, name in
      let bytes = CIFAR10FormatTests.batch(records: 3, shift: number)
      let path = try source.write(bytes, to: "cifar-10-batches-bin/" + name)
      return KnownDataset.File(name: name, byteCount: bytes.count, sha256: try Verification.digest(path).sha256)
    }
    #expect(try run("tar", ["-czf", "tiny.tar.gz", "cifar-10-batches-bin"], in: source.path) == 0)
    try FileManager.default.removeItem(atPath: source.path + "/cifar-10-batches-bin")
    let archive = source.path + "/tiny.tar.gz"
    let tiny = KnownDataset(
      name: "cifar10", title: "Tiny", summary: "", classNames: CIFAR10.classNames,
      shape: .image(channels: 3, height: 32, width: 32),
      files: files, homes: [], folders: ["cifar-10-batches-bin"],
      packing: .archive(name: "tiny.tar.gz", byteCount: 0, sha256: try Verification.plainDigest(archive)),
      format: .cifar10)
    let verification = Verification(memory: target.path + "/verified-files")
    let folder = try tiny.copy(from: source.path, into: target.path, verification: verification)
    let loaded = try CIFAR10.load(folder: folder, split: .test, recordsPerFile: 3)
    #expect(try loaded.labels.integers() == [5, 6, 7])

    let wrong = try TemporaryFolder()
    for name in names {
      _ = try wrong.write(CIFAR10FormatTests.batch(records: 3, shift: 9), to: "cifar-10-batches-bin/" + name)
    }
    #expect(try run("tar", ["-czf", "tiny.tar.gz", "cifar-10-batches-bin"], in: wrong.path) == 0)
    try FileManager.default.removeItem(atPath: wrong.path + "/cifar-10-batches-bin")
    #expect(throws: DatasetError.self, "a wrong archive is refused") {
      try tiny.copy(from: wrong.path, into: target.path, verification: verification)
    }
    #expect(
      try CIFAR10.load(folder: folder, split: .test, recordsPerFile: 3).labels.integers() == [5, 6, 7],
      "and costs no file that was right")

    guard let server = try RangeServer(source.path) else { return }
    let fetched = try TemporaryFolder()
    let again = try tiny.fetch(
      into: fetched.path, homes: [server.address], verification: verification
    ) { _ in }
    #expect(try FileManager.default.contentsOfDirectory(atPath: fetched.path) == ["cifar-10-batches-bin"])
    for name in names {
      #expect(FileManager.default.contentsEqual(atPath: folder + "/" + name, andPath: again + "/" + name))
    }
  }
}
