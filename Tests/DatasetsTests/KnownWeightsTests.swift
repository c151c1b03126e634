import Foundation
import SparringTorch
import Testing

@testable import SparringDatasets

@Suite("Published weights")
struct KnownWeightsTests {
  /// A zip of stored entries, as TorchScript files are.
  private func zip(_ entries: [(name: String, bytes: [UInt8])]) -> [UInt8] {
    func number(_ value: Int, _ count: Int) -> [UInt8] {
      (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
    func checksum(_ bytes: [UInt8]) -> Int {
      var sum = UInt32.max
      for byte in bytes {
        sum ^= UInt32(byte)
        for _ in 0..<8 { sum = sum & 1 == 1 ? (sum >> 1) ^ 0xEDB8_8320 : sum >> 1 }
      }
      return Int(~sum)
    }
    var (files, directory): ([UInt8], [UInt8]) = ([], [])
    for (name, bytes) in entries {
      var common: [UInt8] = number(0, 8)
      for (value, count) in [(checksum(bytes), 4), (bytes.count, 4), (bytes.count, 4), (name.utf8.count, 2), (0, 2)] {
        common += number(value, count)
      }
      directory += [0x50, 0x4B, 1, 2, 20, 0, 20, 0] as [UInt8]
      directory += common
      directory += number(0, 10)
      directory += number(files.count, 4)
      directory += Array(name.utf8)
      files += [0x50, 0x4B, 3, 4, 20, 0] as [UInt8]
      files += common
      files += Array(name.utf8)
      files += bytes
    }
    var end: [UInt8] = [0x50, 0x4B, 5, 6, 0, 0, 0, 0]
    for (value, count) in [
      (entries.count, 2), (entries.count, 2), (directory.count, 4), (files.count, 4), (0, 2),
    ] {
      end += number(value, count)
    }
    return files + directory + end
  }

  private let script: [(name: String, bytes: [UInt8])] = [
    ("net/data.pkl", [1, 2, 3]), ("net/data/1", [9, 9]), ("net/code/net.py", [4]), ("net/data/0", [7, 7, 7, 7]),
  ]

  @Test func tensorsComeInTheirOrder() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(zip(script), to: "net.pt")
    #expect(try TorchScript.tensors(in: path, count: 2, mostBytes: 6).map(Array.init) == [[7, 7, 7, 7], [9, 9]])
    #expect(message { _ = try TorchScript.tensors(in: path, count: 3, mostBytes: 6) }.contains("2 tensors, not 3"))
    #expect(message { _ = try TorchScript.tensors(in: path, count: 1, mostBytes: 6) }.contains("was refused"))
    #expect(message { _ = try TorchScript.tensors(in: path, count: 2, mostBytes: 5) }.contains("was refused"))
    let twice = try folder.write(zip(script + [script[1]]), to: "twice.pt")
    #expect(message { _ = try TorchScript.tensors(in: twice, count: 2, mostBytes: 60) }.contains("was refused"))
    let broken = try folder.write(Array(zip(script).prefix(90)), to: "broken.pt")
    _ = message { _ = try TorchScript.tensors(in: broken, count: 2, mostBytes: 6) }
    #expect(message { _ = try TorchScript.tensors(in: folder.path, count: 2, mostBytes: 6) }.contains("is a folder"))
  }

  /// Weights of six numbers, published in `folder`; what comes out has the checksum that is expected, or `sha256`.
  private func publish(in folder: TemporaryFolder, sha256: String? = nil) throws -> KnownWeights {
    let path = try folder.write(zip(script), to: "net-1.0/net/net.pt")
    try run("tar", ["-czf", "net-1.0.tar.gz", "net-1.0"], in: folder.path)
    let expected = folder.path + "/expected.safetensors"
    try Safetensors.write(
      conversion([Data(script[3].bytes), Data(script[1].bytes)]), metadata: ["source": "net 1.0, net.pt"],
      to: URL(fileURLWithPath: expected))
    return KnownWeights(
      name: "net", title: "The net's weights", summary: "",
      file: .init(name: "net.safetensors", byteCount: 0, sha256: try sha256 ?? Verification.plainDigest(expected)),
      folders: ["net"],
      package: .init(
        name: "net", version: "1.0", archive: "net-1.0.tar.gz",
        archiveSHA256: try Verification.plainDigest(folder.path + "/net-1.0.tar.gz"),
        script: .init(name: "net.pt", byteCount: zip(script).count, sha256: try Verification.plainDigest(path)),
        tensorCount: 2))
  }

  private func conversion(_ numbers: [Data]) throws -> [String: Tensor] {
    ["first": try Tensor(bytes: numbers[0], shape: [4], dtype: .uint8), "second": try Tensor(Array(numbers[1]))]
  }

  @Test(arguments: ["net-1.0.tar.gz", "net-1.0/net/net.pt", "net-1.0/net", ""])
  func takenFromWhateverThereIs(source: String) throws {
    let (home, target) = (try TemporaryFolder(), try TemporaryFolder())
    let weights = try publish(in: home)
    let path = try weights.copy(
      from: home.path + (source.isEmpty ? "" : "/" + source), into: target.path, conversion: conversion)
    #expect(path == target.path + "/net/net.safetensors")
    #expect(try Safetensors.read(URL(fileURLWithPath: path)).tensors["second"]?.integers() == [9, 9])
    #expect(try FileManager.default.contentsOfDirectory(atPath: target.path) == ["net"], "nothing is left beside it")
    let further = try TemporaryFolder()
    for place in [path, target.path] {
      #expect(
        try weights.copy(from: place, into: further.path, conversion: { _ in [:] }) == further.path
          + "/net/net.safetensors")
    }
    #expect(try weights.fetch(into: further.path, conversion: { _ in [:] }).hasPrefix(further.path), "it is there")
    #expect(SearchPath(folders: ["/nowhere", target.path]).find(weights) == path)
    #expect(try SearchPath(folders: [target.path]).require(weights) == path)
  }

  @Test func whatIsNotAsPublishedIsRefused() throws {
    let (home, target) = (try TemporaryFolder(), try TemporaryFolder())
    let weights = try publish(in: home)
    try home.write(zip(script) + [0], to: "other.pt")
    #expect(
      message { _ = try weights.copy(from: home.path + "/other.pt", into: target.path, conversion: conversion) }
        .contains("is not the published one"))
    let others = try publish(in: home, sha256: String(repeating: "0", count: 64))
    #expect(
      message { _ = try others.copy(from: home.path + "/net-1.0.tar.gz", into: target.path, conversion: conversion) }
        .contains("is not the published net.safetensors"))
    #expect(try FileManager.default.contentsOfDirectory(atPath: target.path).isEmpty)
    #expect(
      message { _ = try weights.copy(from: target.path, into: target.path, conversion: conversion) }
        == "\(target.path) does not hold The net's weights: needed is net.safetensors, net-1.0.tar.gz, or its net.pt")
    #expect(
      message { _ = try SearchPath(folders: [target.path]).require(weights) }
        == "The net's weights were not found in \(target.path): type ./sparring data fetch net")
  }

  @Test func referencesSayWhichWeights() throws {
    let weights = KnownWeights.inception
    #expect(try KnownWeights.referred(by: "inception") == weights)
    #expect(try KnownWeights.referred(by: weights.reference) == weights)
    for word in ["", "runs/inception", "./inception", ":", "inceptions"] {
      #expect(try KnownWeights.referred(by: word) == nil, "\(word)")
    }
    #expect(message { _ = try KnownWeights.referred(by: "inception:abc") }.contains(weights.reference))
  }
}
