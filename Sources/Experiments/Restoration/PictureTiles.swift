import SparringTorch

/// Pictures of any size in parts that fit into memory.
enum PictureTiles {
  /// Pixels that pass through a network at once; a larger picture is cut.
  private static let most = 1 << 20
  /// The sides of a part, and how much of its surroundings it is shown with: multiples of what a network halves, and wider
  /// than what it sees around a pixel.
  private static let (side, margin) = (512, 64)

  /// - Parameters:
  ///   - scale: How many times as high and wide the result is.
  ///   - body: The result `[N, C, scale·h, scale·w]` for a range of rows and one of columns.
  /// - Returns: `[N, C, scale·height, scale·width]`.
  static func map(
    height: Int, width: Int, scale: Int = 1, _ body: (_ rows: Range<Int>, _ columns: Range<Int>) throws -> Tensor
  ) throws -> Tensor {
    guard height * width > most else { return try body(0..<height, 0..<width) }
    return try .concatenate(
      parts(of: height).map { rows in
        try .concatenate(
          parts(of: width).map { columns in
            try body(rows.shown, columns.shown)
              .narrowed(rows.kept(scale), along: 2).narrowed(columns.kept(scale), along: 3)
          }, along: 3)
      }, along: 2)
  }

  private struct Part {
    let own: Range<Int>
    let shown: Range<Int>

    /// Where the part's own pixels lie in its result.
    func kept(_ scale: Int) -> Range<Int> {
      (own.lowerBound - shown.lowerBound) * scale..<(own.upperBound - shown.lowerBound) * scale
    }
  }

  private static func parts(of length: Int) -> [Part] {
    stride(from: 0, to: length, by: side).map { start in
      let end = min(start + side, length)
      return Part(own: start..<end, shown: max(0, start - margin)..<min(length, end + margin))
    }
  }
}
