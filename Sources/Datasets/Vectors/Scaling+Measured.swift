public import SparringTorch

/// How the numbers of vectors are brought to a range that networks can work with.
public enum ScalingChoice: String, NamedChoice {
  /// `range` where the features' spans are alike (the widest at most ten times the median), else `feature-range`.
  case auto
  /// The smallest to the largest number of all features, to [-1, 1].
  case range
  /// Each feature's own smallest to largest number, to [-1, 1].
  case featureRange = "feature-range"
  /// Each feature's mean to 0, its standard deviation to 1.
  case standard
  /// Each feature's mean to 0, and all divided by one number, so that the mean of their variances is 1: for embeddings and
  /// components, whose variances say what matters.
  case sharedStandard = "shared-standard"
  /// `shared-standard` where the features' spans are alike (the widest at most ten times the median), else `standard`.
  case autoStandard = "auto-standard"
  /// As in the file.
  case none
}

extension Scaling {
  /// Measures what a scaling needs.
  /// - Parameter numbers: The training vectors, `[N, F]` of any number format, N at least 1.
  static func measured(_ choice: ScalingChoice, on numbers: Tensor) throws -> Scaling {
    if choice == .none { return .none }
    let measures = try Measures(numbers)
    switch choice {
    case .standard: return standard(measures)
    case .sharedStandard: return sharedStandard(measures)
    case .autoStandard: return measures.spansAreAlike ? sharedStandard(measures) : standard(measures)
    case .auto: return measures.spansAreAlike ? shared(measures) : apart(measures)
    case .range: return shared(measures)
    default: return apart(measures)
    }
  }

  private static func standard(_ measures: Measures) -> Scaling {
    Scaling(
      kind: .standard, centers: measures.centers,
      spreads: zip(measures.deviations, measures.magnitudes).map { usable($0, $1) })
  }

  private static func sharedStandard(_ measures: Measures) -> Scaling {
    let squares = measures.deviations.reduce(0) { $0 + $1 * $1 }
    let count = measures.means.count
    let spread = usable((squares / Double(count)).squareRoot(), measures.magnitudes.max() ?? 0)
    return Scaling(
      kind: .sharedStandard, centers: measures.centers, spreads: Array(repeating: spread, count: count))
  }

  private static func shared(_ measures: Measures) -> Scaling {
    let (low, high) = (measures.lows.min() ?? 0, measures.highs.max() ?? 0)
    return Scaling(
      kind: .range, centers: [(low + high) / 2], spreads: [usable((high - low) / 2, max(-low, high))])
  }

  private static func apart(_ measures: Measures) -> Scaling {
    let ends = zip(measures.lows, measures.highs)
    return Scaling(
      kind: .featureRange, centers: ends.map { ($0 + $1) / 2 },
      spreads: zip(measures.spans, measures.magnitudes).map { usable($0 / 2, $1) })
  }

  /// A feature that does not change (but for rounding) becomes 0, not what rounding left of it made large.
  private static func usable(_ spread: Double, _ magnitude: Double) -> Double {
    spread > 1e-12 * magnitude && spread > 1e-30 ? spread : 1
  }
}

/// Of each feature over all rows, in double precision and a few rows at a time.
private struct Measures {
  private(set) var lows: [Double]
  private(set) var highs: [Double]
  private(set) var means: [Double]
  private(set) var deviations: [Double]

  var spans: [Double] { zip(lows, highs).map { $1 - $0 } }
  var magnitudes: [Double] { zip(lows, highs).map { max(abs($0), abs($1)) } }

  /// The mean of one number many times is rounded; the number itself is not.
  var centers: [Double] { zip(zip(lows, highs), means).map { $0.0 == $0.1 ? $0.0 : $1 } }

  var spansAreAlike: Bool {
    let moving = spans.filter { $0 > 0 }.sorted()
    return moving.isEmpty || (moving.last ?? 0) <= 10 * moving[(moving.count - 1) / 2]
  }

  init(_ numbers: Tensor) throws {
    let (count, features) = (numbers.shape[0], numbers.shape[1])
    lows = [Double](repeating: .infinity, count: features)
    highs = [Double](repeating: -.infinity, count: features)
    var sums = [Double](repeating: 0, count: features)
    let parts = try numbers.split(into: max(1, 1 << 20 / features))
    for part in parts {
      let rows = try part.to(.float64)
      let (low, high) = (try rows.minimum(along: 0), try rows.maximum(along: 0))
      lows = zip(lows, try low.array(of: Double.self)).map(min)
      highs = zip(highs, try high.array(of: Double.self)).map(max)
      sums = zip(sums, try rows.sum(0).array(of: Double.self)).map(+)
    }
    means = sums.map { $0 / Double(count) }
    let mean = try Tensor(means)
    var squares = [Double](repeating: 0, count: features)
    for part in parts {
      let distances = try part.to(.float64) - mean
      squares = zip(squares, try (distances * distances).sum(0).array(of: Double.self)).map(+)
    }
    deviations = squares.map { ($0 / Double(count)).squareRoot() }
  }
}
