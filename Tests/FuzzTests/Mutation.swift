import Foundation

/// Numbers from a seed, the same on every machine (SplitMix64; Steele et al. 2014).
struct SeededNumbers: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
    return mixed ^ mixed >> 31
  }
}

/// Makes damaged and hostile files out of sound ones.
struct Mutation {
  private var random: SeededNumbers

  /// Counts, sizes and words at which readers go wrong.
  private static let oddBytes: [[UInt8]] = [
    [0], [0xff], [0x7f], [0x80], [0, 0, 0, 0], [0xff, 0xff, 0xff, 0xff], [0x7f, 0xff, 0xff, 0xff], [0x80, 0, 0, 0],
    [0xff, 0xff, 0xff, 0x7f], [0, 0, 0, 0x80], [0, 0, 1, 0], [0, 0x40, 0, 0], [UInt8](repeating: 0xff, count: 8),
    [0xff, 0xd9], [0xff, 0xda], [0xff, 0xd8],
  ]
  private static let oddWords = [
    "-1", "0", "1", "9223372036854775807", "-9223372036854775808", "1e400", "-1e308", "4294967296", "1.5", "nan",
    "\"\"",
    "null", "true", "[", "]", "{", "}", "[[[[[[[[", "\"", "\\", ",", ":", "*x", "&x ", "\u{1B}[2J", "\u{202E}",
    "../../../../etc/passwd",
    "/etc/passwd", "javascript:alert(1)", "\n", "\r", "\0", "é", "999999999", "1000000", "65536",
  ].map { Array($0.utf8) }

  init(seed: UInt64) { random = SeededNumbers(seed: seed) }

  /// A copy of `file` with one to six changes.
  /// - Parameter other: Another file of the format, parts of which may be put in.
  mutating func changed(_ file: [UInt8], with other: [UInt8], isText: Bool) -> [UInt8] {
    var bytes = file
    for _ in 0..<Int.random(in: 1...6, using: &random) { change(&bytes, other, isText: isText) }
    return bytes
  }

  private mutating func change(_ bytes: inout [UInt8], _ other: [UInt8], isText: Bool) {
    guard !bytes.isEmpty else { return bytes = Array(other.prefix(Int.random(in: 0...16, using: &random))) }
    // Headers stand in front: half of the changes fall there.
    let reach = Bool.random(using: &random) ? bytes.count : min(bytes.count, 96)
    let place = Int.random(in: 0..<reach, using: &random)
    let length = min(bytes.count - place, 1 << Int.random(in: 0...8, using: &random))
    switch Int.random(in: 0..<10, using: &random) {
    case 0, 1: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
    case 2: bytes[place] = UInt8.random(in: 0...255, using: &random)
    case 3: bytes.removeSubrange(place..<place + length)
    case 4: bytes.insert(contentsOf: bytes[place..<place + length], at: place)
    case 5: bytes.removeLast(bytes.count - place)
    case 6: splice(&bytes, other, at: place, length)
    case 7 where isText: putWord(&bytes, at: place)
    case 8 where isText: putNumber(&bytes, at: place)
    default:
      let odd =
        (isText && Bool.random(using: &random) ? Self.oddWords : Self.oddBytes).randomElement(using: &random) ?? [0]
      bytes.replaceSubrange(place..<min(bytes.count, place + odd.count), with: odd)
    }
  }

  private mutating func splice(_ bytes: inout [UInt8], _ other: [UInt8], at place: Int, _ length: Int) {
    guard !other.isEmpty else { return }
    let start = Int.random(in: 0..<other.count, using: &random)
    bytes.replaceSubrange(place..<place + length, with: other[start..<min(other.count, start + length)])
  }

  private mutating func putWord(_ bytes: inout [UInt8], at place: Int) {
    bytes.insert(contentsOf: Self.oddWords.randomElement(using: &random) ?? [], at: place)
  }

  /// Another number for the next one in a text.
  private mutating func putNumber(_ bytes: inout [UInt8], at place: Int) {
    func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
    guard let start = bytes[place...].firstIndex(where: isDigit) else { return }
    let end = bytes[start...].firstIndex { !isDigit($0) } ?? bytes.count
    bytes.replaceSubrange(start..<end, with: Self.oddWords.randomElement(using: &random) ?? [])
  }
}
