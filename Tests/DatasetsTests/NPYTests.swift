import Foundation
import SparringDatasets
import SparringTorch
import Testing

/// `.npy` files byte by byte (NumPy's format specification), so that reading is not checked against writing.
enum NPYWriter {
  static func file(
    _ type: String, _ shape: String, _ payload: [UInt8], isFortranOrder: Bool = false, version: UInt8 = 1
  ) -> [UInt8] {
    let order = isFortranOrder ? "True" : "False"
    return file(header: "{'descr': '\(type)', 'fortran_order': \(order), 'shape': \(shape), }\n", payload, version)
  }

  static func file(header: String, _ payload: [UInt8], _ version: UInt8 = 1) -> [UInt8] {
    let count = header.utf8.count
    let length = (0..<(version == 1 ? 2 : 4)).map { UInt8(truncatingIfNeeded: count >> (8 * $0)) }
    return [0x93] + Array("NUMPY".utf8) + [version, 0] + length + Array(header.utf8) + payload
  }

  static func bytes<Number>(_ numbers: [Number], bigEndian: Bool = false) -> [UInt8] {
    numbers.flatMap { number in
      let bytes = withUnsafeBytes(of: number) { Array($0) }
      return bigEndian ? bytes.reversed() : bytes
    }
  }

  static func floats(_ numbers: [Float], _ shape: String) -> [UInt8] { file("<f4", shape, bytes(numbers)) }
  static func labels(_ numbers: [Int64]) -> [UInt8] { file("<i8", "(\(numbers.count),)", bytes(numbers)) }
}

@Suite("NumPy's files")
struct NPYTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private func read(_ file: [UInt8]) throws -> Tensor { try NPY.read(folder.write(file, to: "array.npy")) }

  @Test(arguments: [1, 2, 3] as [UInt8]) func everyVersionReads(version: UInt8) throws {
    let file = NPYWriter.file("<f4", "(2, 3)", NPYWriter.bytes([1, 2, 3, 4, 5, 6.5] as [Float]), version: version)
    let array = try read(file)
    #expect(array.shape == [2, 3] && array.dtype == .float32)
    #expect(try array.array(of: Float.self) == [1, 2, 3, 4, 5, 6.5])
  }

  @Test func everyKindOfNumberReadsInEitherByteOrder() throws {
    func check<Number>(_ type: String, _ numbers: [Number], _ expected: [Double]) throws {
      for (order, isBig) in [("<", false), (">", true)] {
        let array = try read(
          NPYWriter.file(order + type, "(1, \(numbers.count))", NPYWriter.bytes(numbers, bigEndian: isBig)))
        #expect(try array.array(of: Double.self) == expected, "\(order)\(type)")
      }
    }
    try check("f4", [-1.5, 3e20] as [Float], [-1.5, Double(Float(3e20))])
    try check("f8", [-1.5, 1e300], [-1.5, 1e300])
    try check("i2", [-2, 300] as [Int16], [-2, 300])
    try check("i4", [-2, 70_000] as [Int32], [-2, 70_000])
    try check("i8", [-2, 1 << 40] as [Int64], [-2, 0x1p40])
    try check("u2", [2, 65_535] as [UInt16], [2, 65_535])
    try check("u4", [2, 4_294_967_295] as [UInt32], [2, 4_294_967_295])
    try check("u8", [2, 1 << 62] as [UInt64], [2, 0x1p62])
    // 1.5 and -2 in half precision.
    try check("f2", [0x3e00, 0xc000] as [UInt16], [1.5, -2])
    for (type, expected) in [("|u1", [200.0, 1]), ("|i1", [-56, 1]), ("|b1", [200, 1]), ("<i1", [-56, 1])] {
      #expect(try read(NPYWriter.file(type, "(1, 2)", [200, 1])).array(of: Double.self) == expected, "\(type)")
    }
  }

  @Test func fortransOrderIsTurnedRound() throws {
    let columns = NPYWriter.bytes([1, 3, 5, 2, 4, 6] as [Float])
    let array = try read(NPYWriter.file("<f4", "(3, 2)", columns, isFortranOrder: true))
    #expect(array.shape == [3, 2])
    #expect(try array.array(of: Float.self) == [1, 2, 3, 4, 5, 6])
    let bytes = (0..<24).map(UInt8.init)
    let cube = try read(NPYWriter.file("|u1", "(2, 3, 4)", bytes, isFortranOrder: true))
    #expect(try cube[1, 2, 3].item() == 23 && cube[1, 0, 0].item() == 1 && cube[0, 1, 0].item() == 2)
  }

  @Test func headersMayBeWrittenInManyWays() throws {
    let payload = NPYWriter.bytes([7, 8] as [Int64])
    for header in [
      "{'shape': (2,), 'descr': '<i8', 'fortran_order': False}",
      "{\"descr\":\"<i8\",\"fortran_order\":False,\"shape\":(2,)}",
      "  { 'descr' : '<i8' , 'fortran_order' : False , 'shape' : ( 2 , ) , }   \n",
      "{'descr': '<i8', 'fortran_order': False, 'shape': (2L,), }",
    ] {
      #expect(try read(NPYWriter.file(header: header, payload)).integers() == [7, 8], "\(header)")
    }
  }

  @Test func whatIsNoArrayOfNumbersIsRefused() throws {
    func refusal(_ file: [UInt8]) -> String { message { _ = try read(file) } }
    #expect(refusal([]).contains("is no NumPy array"))
    #expect(refusal(Array("PK\u{3}\u{4} something else".utf8)).contains("is no NumPy array"))
    #expect(refusal(NPYWriter.file("|O", "(2,)", [1, 2])).contains("Python objects"))
    #expect(refusal(NPYWriter.file("<U3", "(2,)", [1, 2])).contains("holds text: save whole numbers"))
    #expect(refusal(NPYWriter.file("<c8", "(2,)", [1, 2])).contains("'<c8'"))
    #expect(refusal(NPYWriter.file("<f3", "(2,)", [1, 2])).contains("'<f3'"))
    #expect(refusal(NPYWriter.file(header: "{'descr': [('a', '<f4')], 'shape': (1,)}", [])).contains("plain numbers"))
    #expect(refusal(NPYWriter.file(header: "{'descr': '<f4', 'fortran_order': False}", [])).contains("plain numbers"))
    #expect(refusal(NPYWriter.file("<f4", "(1, 2", [])).contains("plain numbers"))
    #expect(refusal(NPYWriter.file("<f4", "(-1, 2)", [])).contains("plain numbers"))
    #expect(refusal(NPYWriter.file("<f4", "(1, 1, 1, 1, 1)", [0, 0, 0, 0])).contains("plain numbers"))
    #expect(refusal(NPYWriter.file("<f4", "(1,)", [0, 0, 0, 0], version: 9)).contains("version 9.0"))
    #expect(refusal(NPYWriter.file("<u8", "(1,)", [255, 255, 255, 255, 255, 255, 255, 255])).contains("above"))
  }

  /// Whatever a header promises, no memory is taken before the file turns out to hold it.
  @Test func lyingHeadersAreRefused() throws {
    func refusal(_ file: [UInt8]) -> String { message { _ = try read(file) } }
    #expect(refusal(NPYWriter.file("<f4", "(2, 3)", [1, 2, 3])).contains("truncated: its header promises 24 bytes"))
    #expect(refusal(NPYWriter.file("<f4", "(1, 1)", [1, 2, 3, 4, 5])).contains("too long"))
    #expect(refusal(NPYWriter.file("<f8", "(1000000000000, 100000)", [1])).contains("truncated"))
    #expect(refusal(NPYWriter.file("<f8", "(4000000000, 4000000000)", [1])).contains("cannot be right"))
    #expect(refusal(NPYWriter.file("<f8", "(99999999999999999999, 1)", [1])).contains("plain numbers"))
    #expect(refusal([0x93] + Array("NUMPY".utf8) + [2, 0, 255, 255, 255, 255, 0x7b]).contains("truncated"))
    #expect(refusal([0x93] + Array("NUMPY".utf8) + [1, 0]).contains("no NumPy array"))
    #expect(refusal([0x93] + Array("NUMPY".utf8) + [2, 0, 1, 0]).contains("truncated"))
    let whole = NPYWriter.floats([1, 2], "(1, 2)")
    for length in 0..<whole.count { #expect(!refusal(Array(whole[..<length])).isEmpty) }
  }

  @Test func whatIsWrittenReadsBack() throws {
    let path = folder.path + "/written.npy"
    for tensor in [
      try Tensor([1, 2, 3] as [Float]), try Tensor([1, 2, 3, 4] as [UInt8], shape: [2, 1, 2]),
      try Tensor([5] as [Int64], shape: []), try Tensor([1.5, 2, 3, 4] as [Double], shape: [2, 2]).transposed(),
    ] {
      try NPY.write(tensor, to: path)
      let read = try NPY.read(path)
      #expect(read.shape == tensor.shape && read.dtype == tensor.dtype)
      #expect(try read.array(of: Double.self) == tensor.array(of: Double.self))
      let file = try Data(contentsOf: URL(fileURLWithPath: path))
      #expect((file.count - tensor.count * tensor.dtype.byteCount) % 64 == 0, "the numbers are aligned")
    }
    #expect(message { try NPY.write(Tensor.zeros([1]), to: folder.path + "/none/x.npy") }.contains("cannot be written"))
  }
}
