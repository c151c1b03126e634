internal import Foundation
internal import SparringRecipes
internal import SparringTraining

/// Numbers as people read them; the same everywhere, whatever the locale.
enum Format {
  /// 0.93441 → `93.44%`.
  static func percent(_ share: Double, digits: Int = 2) -> String {
    share.isFinite ? fixed(share * 100, digits) + "%" : "not a number"
  }

  /// A difference of shares: 0.1232 → `+12.32`, with a true minus sign.
  static func points(_ difference: Double) -> String {
    let text = fixed(abs(difference) * 100, 2)
    return text == "0.00" ? text : (difference < 0 ? "−" : "+") + text
  }

  /// `p = 0.031`, `p < 0.001`.
  static func pValue(_ p: Double) -> String {
    p < 0.001 ? "p < 0.001" : "p = " + fixed(p, p < 0.1 ? 3 : 2)
  }

  /// `42 s`, `2:05`, `1:02:03` for seconds, `3 d 4 h` for days.
  static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds >= 0, seconds < 1e9 else { return "?" }
    let whole = Int(seconds.rounded())
    let (hours, minutes, rest) = (whole / 3600, whole / 60 % 60, whole % 60)
    if hours >= 48 { return "\(hours / 24) d \(hours % 24) h" }
    if hours > 0 { return "\(hours):\(twoDigits(minutes)):\(twoDigits(rest))" }
    return minutes > 0 ? "\(minutes):\(twoDigits(rest))" : "\(rest) s"
  }

  /// 12300 → `12,300`.
  static func count(_ value: Int) -> String {
    let digits = Array(String(value.magnitude))
    let grouped = digits.enumerated().map { index, digit in
      index > 0 && (digits.count - index) % 3 == 0 ? ",\(digit)" : "\(digit)"
    }
    return (value < 0 ? "−" : "") + grouped.joined()
  }

  /// The same of a number that may be too large for an integer.
  static func count(_ value: Double) -> String {
    Int(exactly: value.rounded()).map { count($0) } ?? number(value)
  }

  /// Floating-point operations: 1.234e13 → `12.3 T`.
  static func operations(_ count: Double) -> String {
    guard count.isFinite, count >= 0 else { return "?" }
    let scales: [(Double, String)] = [(1e18, " E"), (1e15, " P"), (1e12, " T"), (1e9, " G"), (1e6, " M"), (1e3, " k")]
    guard let (scale, prefix) = scales.first(where: { count >= $0.0 }) else { return fixed(count, 0) }
    let value = count / scale
    return fixed(value, value < 10 ? 2 : value < 100 ? 1 : 0) + prefix
  }

  /// As its unit asks for.
  static func value(_ value: Double, in unit: Quantity.Unit) -> String {
    switch unit {
    case .share: percent(value)
    case .nats, .plain: number(value)
    }
  }

  /// `loss G 0.6931`, `accuracy 93.40%`.
  static func short(_ measured: MeasuredValue) -> String {
    "\(measured.quantity.short) \(value(measured.value, in: measured.quantity.unit))"
  }

  /// With four decimals; very large and very small ones with an exponent.
  static func number(_ value: Double) -> String {
    guard value.isFinite else { return value.isNaN ? "not a number" : value > 0 ? "∞" : "−∞" }
    return value != 0 && (abs(value) >= 1e6 || abs(value) < 5e-5)
      ? String(format: "%.3e", value) : fixed(value, 4)
  }

  /// Zero has no sign, whichever side it was rounded from.
  static func fixed(_ value: Double, _ digits: Int) -> String {
    let text = String(format: "%.\(digits)f", value)
    return value.isFinite && text.hasPrefix("-") && !text.contains { "123456789".contains($0) }
      ? String(text.dropFirst()) : text
  }

  private static func twoDigits(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
}
