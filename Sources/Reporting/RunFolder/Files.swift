internal import Foundation
internal import SparringDatasets
internal import SparringTorch

/// Replaces a file as a whole, and makes the folders on the way.
func replace(_ url: URL, with data: Data) throws(ReportingError) {
  do {
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try AtomicFile.write(data, to: url)
  } catch {
    throw ReportingError("write", url, error)
  }
}

/// The content of a file; nil when there is none.
/// - Parameter factor: How many times ``ReadingLimits/recordBytes`` it may have.
func contents(of url: URL, times factor: Int = 1) throws(ReportingError) -> Data? {
  guard FileManager.default.fileExists(atPath: url.path) else { return nil }
  if let complaint = ReadingLimits.complaint(aboutRecord: url.path, times: factor) {
    throw ReportingError("\(url.relativePath) \(complaint)")
  }
  do {
    return try Data(contentsOf: url)
  } catch {
    throw ReportingError("read", url, error)
  }
}

/// Readable JSON with sorted keys.
func encoded(_ value: some Encodable) throws(ReportingError) -> Data {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
  encoder.dateEncodingStrategy = .iso8601
  encoder.nonConformingFloatEncodingStrategy = nonFinite
  do {
    return try encoder.encode(value)
  } catch {
    throw ReportingError("cannot encode \(type(of: value)): \(error)")
  }
}

/// The value in a JSON file; nil when there is no such file.
func decoded<Value: Decodable>(_ type: Value.Type, from url: URL) throws(ReportingError) -> Value? {
  guard let data = try contents(of: url) else { return nil }
  let decoder = JSONDecoder()
  decoder.dateDecodingStrategy = .iso8601
  decoder.nonConformingFloatDecodingStrategy = nonFiniteBack
  do {
    return try decoder.decode(type, from: data)
  } catch {
    throw ReportingError("\(url.relativePath) is damaged, or from another version of Sparring: \(summary(of: error))")
  }
}

/// JSON knows no infinities; a diverged loss must still be kept.
let nonFinite = JSONEncoder.NonConformingFloatEncodingStrategy.convertToString(
  positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
let nonFiniteBack = JSONDecoder.NonConformingFloatDecodingStrategy.convertFromString(
  positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")

private func summary(of error: any Error) -> String {
  switch error {
  case DecodingError.keyNotFound(let key, _): "no \"\(key.stringValue)\""
  case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context):
    "\"\(context.codingPath.map(\.stringValue).joined(separator: "."))\" is of another type"
  default: "no valid JSON"
  }
}
