internal import Foundation

/// The standard normal distribution.
enum Normal {
  static func cumulative(_ x: Double) -> Double { erfc(-x / 2.0.squareRoot()) / 2 }

  /// The x below which the share `probability` lies.
  static func quantile(_ probability: Double) throws(EvaluationError) -> Double {
    try invert(probability, cumulative)
  }
}

/// Student's t distribution.
package struct StudentT: Sendable {
  /// ν; positive, not necessarily whole.
  package let degreesOfFreedom: Double

  /// - Throws: ``EvaluationError`` unless the degrees of freedom are positive and finite.
  package init(degreesOfFreedom: Double) throws(EvaluationError) {
    guard degreesOfFreedom > 0, degreesOfFreedom.isFinite else {
      throw EvaluationError("Student's t needs positive degrees of freedom, not \(degreesOfFreedom)")
    }
    self.degreesOfFreedom = degreesOfFreedom
  }

  /// P(T ≤ t), through the regularised incomplete beta function: for t ≥ 0 it is
  /// `1 − I(ν/(ν + t²); ν/2, ½)/2` (Abramowitz and Stegun, 26.7.1).
  package func cumulative(_ t: Double) -> Double {
    t >= 0 ? 1 - upperTail(t) : upperTail(-t)
  }

  /// P(T > t) for t ≥ 0, without the rounding of `1 − cumulative`.
  func upperTail(_ t: Double) -> Double {
    guard t.isFinite else { return t.isNaN ? .nan : 0 }
    let nu = degreesOfFreedom
    return regularizedIncompleteBeta(nu / (nu + t * t), a: nu / 2, b: 0.5) / 2
  }

  /// The t below which the share `probability` lies, by bisection on ``cumulative(_:)``.
  /// - Throws: ``EvaluationError`` unless `0 < probability < 1`.
  package func quantile(_ probability: Double) throws(EvaluationError) -> Double {
    try invert(probability, cumulative)
  }
}

/// Solves `cumulative(x) = probability` for a distribution symmetric about zero: the bracket doubles
/// until it holds the root, then bisection runs down to neighbouring doubles.
private func invert(_ probability: Double, _ cumulative: (Double) -> Double) throws(EvaluationError) -> Double {
  guard probability > 0, probability < 1 else {
    throw EvaluationError("a probability of \(probability) does not lie between 0 and 1")
  }
  if probability == 0.5 { return 0 }
  if probability < 0.5 { return try -invert(1 - probability, cumulative) }
  var (low, high) = (0.0, 1.0)
  while cumulative(high) < probability, high < 1e300 { (low, high) = (high, high * 2) }
  while true {
    let middle = low + (high - low) / 2
    if middle <= low || middle >= high { return middle }
    if cumulative(middle) < probability { low = middle } else { high = middle }
  }
}

/// I(x; a, b), the regularised incomplete beta function, by its continued fraction
/// (Abramowitz and Stegun, 26.5.8), evaluated by Lentz's method (1976) on the side where it converges fast.
func regularizedIncompleteBeta(_ x: Double, a: Double, b: Double) -> Double {
  guard x > 0 else { return 0 }
  guard x < 1 else { return 1 }
  if x > (a + 1) / (a + b + 2) { return 1 - regularizedIncompleteBeta(1 - x, a: b, b: a) }
  let front = exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * log(x) + b * log1p(-x)) / a

  let tiny = 1e-300
  func away(_ value: Double) -> Double { abs(value) < tiny ? tiny : value }
  var numerator = 1.0
  var denominator = 1 / away(1 - (a + b) * x / (a + 1))
  var fraction = denominator
  for m in 1...500 {
    let m = Double(m)
    let even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
    denominator = 1 / away(1 + even * denominator)
    numerator = away(1 + even / numerator)
    fraction *= denominator * numerator
    let odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
    denominator = 1 / away(1 + odd * denominator)
    numerator = away(1 + odd / numerator)
    let change = denominator * numerator
    fraction *= change
    if abs(change - 1) < 1e-16 { break }
  }
  return front * fraction
}

/// log Γ(x) for x > 0.
private func logGamma(_ x: Double) -> Double {
  var sign: Int32 = 0
  return lgamma_r(x, &sign)
}
