import CSparringTurboJPEG
import Foundation
import SparringExperiments
import SparringTorch
import SparringTraining

@testable import SparringDatasets

/// A JPEG in several scans, with detail in it.
func progressiveJPEG() throws -> Data {
  guard let encoder = tjInitCompress() else { throw DatasetError("no encoder") }
  defer { tjDestroy(encoder) }
  let side = 48
  let pixels = (0..<side * side * 3).map { UInt8(truncatingIfNeeded: ($0 * 7) ^ ($0 / 97)) }
  var (buffer, size): (UnsafeMutablePointer<UInt8>?, UInt) = (nil, 0)
  let status = tjCompress2(
    encoder, pixels, Int32(side), 0, Int32(side), Int32(TJPF_RGB.rawValue), &buffer, &size, Int32(TJSAMP_420.rawValue),
    80,
    TJFLAG_PROGRESSIVE)
  defer { tjFree(buffer) }
  guard status == 0, let buffer else { throw DatasetError("no picture") }
  return Data(bytes: buffer, count: Int(size))
}

/// Runs a command of the system's.
@discardableResult
private func run(_ words: String..., in folder: URL) throws -> Int32 {
  let process = Process()
  process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
  process.arguments = words
  process.currentDirectoryURL = folder
  try process.run()
  process.waitUntilExit()
  return process.terminationStatus
}

extension HostileFormat {
  /// Files of examples.
  static let dataSets: [HostileFormat] = [
    idx("idx", isGzipped: false), idx("idx-gzip", isGzipped: true), cifar10, examples("npy", isText: false, npySamples),
    examples("csv", isText: true) { folder in
      [Data("a,b,label\n1,2,x\n3,4,y\n5,6,x\n7,8,y\n9,1,x\n2,2,y\n".utf8), Data("1,2,0\n3,4,1\n5,6,0\n7,8,1\n".utf8)]
    },
    examples("safetensors-examples", ending: "safetensors", isText: false, safetensorsSamples), pictureTable,
    safetensors, components, archive, torchScript, split, pictureCache,
  ]

  /// A zip of two tensors, as published weights are read.
  private static let torchScript = HostileFormat(name: "torchscript") { folder in
    let file = folder.appending(path: "net.pt")
    let sample =
      "UEsDBBQAAAAAAAAAIQDfrZTwAwAAAAMAAAAMAAAAbmV0L2RhdGEucGtsgAIuUEsDBBQAAAAAAAAAIQCfaKqICAAAAAgAAAAKAAAA"
      + "bmV0L2RhdGEvMAABAgMEBQYHUEsDBBQAAAAAAAAAIQARzYLtBAAAAAQAAAAKAAAAbmV0L2RhdGEvMWFiY2RQSwECFAMUAAAAAAAA"
      + "ACEA362U8AMAAAADAAAADAAAAAAAAAAAAAAAgAEAAAAAbmV0L2RhdGEucGtsUEsBAhQDFAAAAAAAAAAhAJ9oqogIAAAACAAAAAoA"
      + "AAAAAAAAAAAAAIABLQAAAG5ldC9kYXRhLzBQSwECFAMUAAAAAAAAACEAEc2C7QQAAAAEAAAACgAAAAAAAAAAAAAAgAFdAAAAbmV0"
      + "L2RhdGEvMVBLBQYAAAAAAwADAKoAAACJAAAAAAA="
    return Reader(samples: [Data(base64Encoded: sample) ?? Data()], file: file) {
      Reading(try TorchScript.tensors(in: file.path, count: 2, mostBytes: 1 << 10).flatMap { $0 })
    }
  }

  private static func idx(_ name: String, isGzipped: Bool) -> HostileFormat {
    HostileFormat(name: name) { folder in
      let header: [UInt8] = [0, 0, 8, 3, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 4]
      let images = folder.appending(path: "plain")
      try Data(header + (0..<48).map { UInt8($0 * 5) }).write(to: images)
      let labels = folder.appending(path: "labels")
      try Data([0, 0, 8, 1, 0, 0, 0, 3, 0, 1, 2]).write(to: labels)
      if isGzipped { try run("gzip", "-kf", "plain", in: folder) }
      let sample = try Data(contentsOf: isGzipped ? images.appendingPathExtension("gz") : images)
      let file = folder.appending(path: "images")
      return Reader(samples: [sample], file: file, hasChecksum: isGzipped) {
        let data = try IDX.load(images: file.path, labels: labels.path, name: "x", split: .train)
        return Reading(try data.examples.bytes())
      }
    }
  }

  private static let cifar10 = HostileFormat(name: "cifar10") { folder in
    let file = folder.appending(path: "test_batch.bin")
    let record = [UInt8(3)] + (0..<3072).map { UInt8(truncatingIfNeeded: $0) }
    return Reader(samples: [Data(record + record)], file: file) {
      Reading(try CIFAR10.load(folder: folder.path, split: .test, recordsPerFile: 2).examples.bytes())
    }
  }

  /// Files of examples as `train --dataset FILE` reads them.
  private static func examples(
    _ name: String, ending: String? = nil, isText: Bool, _ samples: @escaping @Sendable (URL) throws -> [Data]
  ) -> HostileFormat {
    HostileFormat(name: name) { folder in
      let file = folder.appending(path: "examples.\(ending ?? name)")
      return Reader(samples: try samples(folder), file: file, isText: isText) { try data(at: file) }
    }
  }

  private static func data(at file: URL) throws -> Reading {
    var configuration = DatasetConfiguration()
    (configuration.name, configuration.labels) = (file.path, 0)
    let data = try ExperimentData(configuration, device: .cpu)
    _ = try? configuration.split(of: data.train, seed: 1)
    return Reading(try data.train.examples.bytes())
  }

  @Sendable private static func npySamples(_ folder: URL) throws -> [Data] {
    let labels = folder.appending(path: "examples-labels.npy")
    try NPY.write(Tensor(indices: [0, 1, 0, 1, 0, 1]), to: labels.path)
    let made = folder.appending(path: "made.npy")
    try NPY.write(Tensor.ones([6, 4]), to: made.path)
    let vectors = try Data(contentsOf: made)
    try NPY.write(Tensor.ones([6, 5, 5, 3]).to(.uint8), to: made.path)
    return [vectors, try Data(contentsOf: made)]
  }

  @Sendable private static func safetensorsSamples(_ folder: URL) throws -> [Data] {
    let made = folder.appending(path: "made.safetensors")
    try Safetensors.write(["x": Tensor.ones([6, 4]), "y": Tensor(indices: [0, 1, 0, 1, 0, 1])], to: made)
    return [try Data(contentsOf: made)]
  }

  private static let pictureTable = HostileFormat(name: "picture-table") { folder in
    for name in ["a.png", "b.png", "c.png", "d.png"] {
      try PixelImages(bytes: [9, 8, 7], count: 1, height: 1, width: 1, channels: 3).png().write(
        to: folder.appending(path: name))
    }
    let table = "file,label,split\na.png,cat,train\nb.png,dog,train\nc.png,cat,test\nd.png,dog,test\n"
    let file = folder.appending(path: "table.csv")
    return Reader(samples: [Data(table.utf8)], file: file, isText: true) { try data(at: file) }
  }

  private static let safetensors = HostileFormat(name: "safetensors") { folder in
    let file = folder.appending(path: "tensors.safetensors")
    try Safetensors.write(
      ["a": Tensor.ones([2, 3]), "b.c": Tensor(indices: [1, 2]), "d": Tensor.ones([]).to(.bool)],
      metadata: ["format": "pt"], to: file)
    return Reader(samples: [try Data(contentsOf: file)], file: file, isText: true) {
      let (tensors, _) = try Safetensors.read(file)
      return Reading(byteCount: tensors.values.reduce(0) { $0 + $1.count * $1.dtype.byteCount })
    }
  }

  private static let components = HostileFormat(name: "components") { folder in
    let file = folder.appending(path: "v.components.safetensors")
    let vectors = try Tensor((0..<12).map { Float($0 * $0 % 7) }, shape: [4, 3])
    try PrincipalComponents(of: vectors, count: 2, source: "a run").write(to: file.path)
    return Reader(samples: [try Data(contentsOf: file)], file: file, isText: true) {
      let shares = try PrincipalComponents(contentsOf: file.path)(vectors)
      return Reading(byteCount: shares.count * 4)
    }
  }

  private static let archive = HostileFormat(name: "archive") { folder in
    try Data((0..<3000).map { UInt8(truncatingIfNeeded: $0 * $0) }).write(to: folder.appending(path: "wanted.bin"))
    try run("tar", "-cf", "a.tar", "wanted.bin", in: folder)
    try run("tar", "-czf", "a.tar.gz", "wanted.bin", in: folder)
    let samples = try ["a.tar", "a.tar.gz"].map { try Data(contentsOf: folder.appending(path: $0)) }
    let target = folder.appending(path: "out")
    try FileManager.default.createDirectory(at: target, withIntermediateDirectories: true)
    let file = folder.appending(path: "archive")
    return Reader(samples: samples, file: file) {
      try Archive.extract(["wanted.bin": 3000], from: file.path, into: target.path)
      return Reading()
    }
  }

  private static let split = HostileFormat(name: "split") { folder in
    let file = folder.appending(path: "split.json")
    let made = try LabelledSplit.balanced(labels: [0, 1, 0, 1, 0, 1, -1], labelCount: 4, classCount: 2, seed: 1)
    try made.save(to: file.path)
    return Reader(samples: [try Data(contentsOf: file)], file: file, isText: true) {
      Reading(fingerprint: try LabelledSplit(contentsOf: file.path).hash)
    }
  }

  private static let pictureCache = HostileFormat(name: "picture-cache") { folder in
    let pictures = folder.appending(path: "pictures")
    for name in ["a/1.png", "b/2.png"] {
      let place = pictures.appending(path: name)
      try FileManager.default.createDirectory(at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
      try PixelImages(bytes: [9, 8, 7], count: 1, height: 1, width: 1, channels: 3).png().write(to: place)
    }
    let caches = folder.appending(path: "caches")
    func load() throws -> Tensor {
      try ImageFolder.load(pictures.path, options: .init(imageSize: 4, heldOutFraction: 0), cacheFolder: caches.path)
        .train
        .examples
    }
    _ = try load()
    let file = PictureCache(in: caches.path, of: pictures.path, size: 4, channels: 3).file
    // A damaged cache holds nothing: the pictures are decoded anew, and the same.
    return Reader(samples: [try Data(contentsOf: file)], file: file, hasChecksum: true, refuses: false) {
      Reading(try load().bytes())
    }
  }
}
