import Foundation
import Testing
import SparringTorch

@Suite struct SafetensorsTests {
  private let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private static let everyFormat: [DType] = DType.allCases

  @Test(arguments: everyFormat)
  func aFormatComesBackBitForBit(_ dtype: DType) throws {
    let tensor = try Tensor([Float(0), 1, 1, 0, 1, 3], shape: [2, 3]).to(dtype)
    let file = folder.file("one.safetensors")
    try Safetensors.write(["only": tensor], to: file)
    let again = try #require(Safetensors.read(file).tensors["only"])
    #expect(again.dtype == dtype)
    #expect(again.shape == [2, 3])
    #expect(try again.bytes() == tensor.bytes())
  }

  @Test func scalarsEmptyTensorsAndStrangeNamesComeBack() throws {
    let file = folder.file("all.safetensors")
    let tensors = [
      "scalar": try Tensor([Float(2.5)], shape: []), "empty": try Tensor.zeros([0, 7]),
      "quote\" slash/ back\\ ünïcode \u{1F600}\n": try Tensor([Int64(-5)]), "": try Tensor([UInt8(1)]),
      "view": try Tensor([Float(1), 2, 3, 4], shape: [2, 2]).transposed(),
    ]
    try Safetensors.write(tensors, metadata: ["key": "value \"x\"", "format": "pt"], to: file)
    let (again, metadata) = try Safetensors.read(file)
    #expect(metadata == ["key": "value \"x\"", "format": "pt"])
    #expect(Set(again.keys) == Set(tensors.keys))
    #expect(try #require(again["scalar"]).shape == [] && again["scalar"]?.item() == 2.5)
    #expect(try #require(again["empty"]).shape == [0, 7])
    #expect(try #require(again["view"]).array(of: Float.self) == [1, 3, 2, 4])
  }

  @Test func aFileWithoutTensorsIsSound() throws {
    let file = folder.file("none.safetensors")
    try Safetensors.write([:], to: file)
    #expect(try Safetensors.read(file).tensors.isEmpty)
  }

  @Test func theSameContentsGiveTheSameBytesAligned() throws {
    let tensors = [
      "b": try Tensor([Float(1)]), "a": try Tensor([UInt8(1), 2, 3]), "c": try Tensor([1.5]),
      "d": try Tensor([Int16(4)]),
    ]
    let files = [folder.file("1"), folder.file("2")]
    for file in files { try Safetensors.write(tensors, metadata: ["x": "1", "a": "2"], to: file) }
    let bytes = try files.map { try Data(contentsOf: $0) }
    #expect(bytes[0] == bytes[1])
    let length = Int(bytes[0][0]) + Int(bytes[0][1]) << 8
    #expect(length % 8 == 0)
    // The widest element comes first, so the double lies right after the header.
    #expect(try bytes[0][(8 + length)..<(16 + length)] == Tensor([1.5]).bytes())
    // Nothing else is left in the folder.
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path).sorted() == ["1", "2"])
  }

  @Test func aFailedWriteLeavesTheOldFile() throws {
    let file = folder.file("model.safetensors")
    try Safetensors.write(["a": Tensor([Float(1)])], to: file)
    let error = #expect(throws: SafetensorsError.self) {
      try Safetensors.write(["__metadata__": Tensor([Float(2)])], to: file)
    }
    #expect(error?.description.contains("model.safetensors: cannot be written") == true)
    #expect(try #require(Safetensors.read(file).tensors["a"]).item() == 1)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["model.safetensors"])
  }

  @Test func aFolderThatIsNotThereIsNamed() throws {
    let file = folder.file("nowhere/model.safetensors")
    let error = #expect(throws: SafetensorsError.self) { try Safetensors.write([:], to: file) }
    #expect(error?.description == "\(file.path): cannot be written: No such file or directory")
    #expect(throws: SafetensorsError.self) { try Safetensors.read(file) }
  }

  // MARK: Files from strangers

  private func read(header: String, payload: Int = 0, claimed: UInt64? = nil) throws -> String {
    try read(header: Data(header.utf8), payload: payload, claimed: claimed)
  }

  /// What reading a file with this header and so many bytes after it says.
  private func read(header: Data, payload: Int = 0, claimed: UInt64? = nil) throws -> String {
    let file = folder.file("stranger.safetensors")
    let length = claimed ?? UInt64(header.count)
    let prefix = Data((0..<8).map { UInt8(truncatingIfNeeded: length >> ($0 * 8)) })
    try (prefix + header + Data(count: payload)).write(to: file)
    do {
      let found = try Safetensors.read(file)
      return "read \(found.tensors.count)"
    } catch {
      #expect(!error.description.contains("\n"))
      #expect(error.file == file.path)
      return error.reason
    }
  }

  private func entry(_ dtype: String = "F32", shape: String = "[2]", offsets: String = "[0,8]") -> String {
    #"{"dtype":"\#(dtype)","shape":\#(shape),"data_offsets":\#(offsets)}"#
  }

  @Test func aSoundHeaderIsRead() throws {
    #expect(try read(header: #"{"a":\#(entry())}"#, payload: 8) == "read 1")
    #expect(try read(header: #" {"a":\#(entry())}"#, payload: 8).contains("does not begin with '{'"))
    #expect(
      try read(
        header: #"{ "a" : \#(entry()) , "\u00e9\n" : \#(entry(shape: "[0]", offsets: "[8, 8]")) }  "#, payload: 8)
        == "read 2")
  }

  @Test func filesThatAreNoneAreRefused() throws {
    let file = folder.file("short")
    try Data([1, 2, 3]).write(to: file)
    let error = #expect(throws: SafetensorsError.self) { try Safetensors.read(file) }
    #expect(error?.reason == "is no safetensors file: it has only 3 bytes")
    try Data().write(to: file)
    #expect(throws: SafetensorsError.self) { try Safetensors.read(file) }
    #expect(try read(header: "{}", claimed: 100_000_001).contains("hostile"))
    #expect(try read(header: "{}", claimed: .max).contains("hostile"))
    #expect(try read(header: "{}", claimed: 3).contains("truncated"))
  }

  @Test func brokenJSONIsRefused() throws {
    for text in ["", "[]", "{", "{\"a\"", "{\"a\":}", "{\"a\":1,}", "{}x", "{\"a\":\"b", "null", "{\"a\":true}"] {
      #expect(try read(header: text) != "read 0", "\(text)")
    }
    #expect(try read(header: Data([0x7B, 0x22, 0xFF, 0xFE, 0x22, 0x3A, 0x31, 0x7D])).contains("not UTF-8"))
    #expect(try read(header: String(repeating: "{\"a\":", count: 100_000)).contains("too deeply"))
    #expect(try read(header: #"{"a":\#(entry()),"a":\#(entry())}"#, payload: 8) == "its header names 'a' twice")
    #expect(try read(header: #"{"__metadata__":{"k":"1","k":"2"}}"#) == "its header names 'k' twice")
    #expect(try read(header: #"{"__metadata__":{"k":1}}"#).contains("metadata 'k'"))
  }

  @Test func brokenDescriptionsAreRefused() throws {
    func reason(_ entry: String, payload: Int = 8) throws -> String {
      try read(header: #"{"a":\#(entry)}"#, payload: payload)
    }
    #expect(try reason("{}").contains("dtype"))
    #expect(try reason("3").contains("object"))
    #expect(try reason(entry("F8")).contains("'F8'"))
    #expect(try reason(entry(shape: "[-2]")).contains("shape"))
    #expect(try reason(entry(shape: "[2.0]")).contains("2.0"))
    #expect(try reason(entry(shape: "[2e0]")).contains("2e0"))
    #expect(try reason(entry(shape: "[02]")).contains("02"))
    #expect(try reason(entry(shape: "[99999999999999999999]")).contains("99999999999999999999"))
    #expect(try reason(entry(shape: "[4611686018427387904,4]")).contains("too large"))
    #expect(try reason(entry(shape: "[0,4611686018427387904,4]", offsets: "[0,0]"), payload: 0).contains("too large"))
    #expect(try reason(entry(shape: "[3]")).contains("takes 12 bytes"))
    #expect(try reason(entry(offsets: "[8,0]")).contains("data_offsets"))
    #expect(try reason(entry(offsets: "[-8,0]")).contains("data_offsets"))
    #expect(try reason(entry(offsets: "[0]")).contains("data_offsets"))
    #expect(try reason(#"{"dtype":"F32","shape":[2],"data_offsets":[0,8],"code":"x"}"#).contains("'code'"))
  }

  @Test func tensorsHaveToFillTheFile() throws {
    func reason(_ first: String, _ second: String, payload: Int) throws -> String {
      try read(header: #"{"a":\#(entry(offsets: first)),"b":\#(entry(offsets: second))}"#, payload: payload)
    }
    #expect(try reason("[0,8]", "[8,16]", payload: 16) == "read 2")
    #expect(try reason("[8,16]", "[0,8]", payload: 16) == "read 2")
    #expect(try reason("[0,8]", "[8,16]", payload: 15).contains("'b' ends at byte 16, but only 15 follow"))
    #expect(try reason("[0,8]", "[8,16]", payload: 17) == "its last 1 bytes belong to no tensor")
    #expect(try reason("[0,8]", "[4,12]", payload: 12) == "tensor 'b' overlaps the one before it")
    #expect(try reason("[0,8]", "[0,8]", payload: 8).contains("overlaps"))
    #expect(try reason("[0,8]", "[10,18]", payload: 18) == "2 bytes before tensor 'b' belong to no tensor")
    #expect(try reason("[4,12]", "[12,20]", payload: 20) == "4 bytes before tensor 'a' belong to no tensor")
  }

  @Test func everyTruncationOfASoundFileIsRefused() throws {
    let file = folder.file("whole")
    try Safetensors.write(["a": Tensor([Float(1), 2]), "b": Tensor([Int64(3)])], metadata: ["k": "v"], to: file)
    let bytes = try Data(contentsOf: file)
    for length in 0..<bytes.count {
      try bytes.prefix(length).write(to: file)
      #expect(throws: SafetensorsError.self, "\(length)") { try Safetensors.read(file) }
    }
  }

  @Test func anyByteOfABoolIsTrueOrFalse() throws {
    let file = folder.file("bool")
    let header = Data(#"{"a":{"dtype":"BOOL","shape":[3],"data_offsets":[0,3]}}"#.utf8)
    try (Data([UInt8(header.count), 0, 0, 0, 0, 0, 0, 0]) + header + Data([0, 1, 0x82])).write(to: file)
    #expect(try #require(Safetensors.read(file).tensors["a"]).array(of: Bool.self) == [false, true, true])
  }
}
