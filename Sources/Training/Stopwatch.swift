/// Seconds of training, resumed parts included, and the rate since the last question.
struct Stopwatch {
  private let before: Double
  private let start = ContinuousClock.now
  private var last: (seconds: Double, images: Int)?

  init(before: Double) {
    self.before = before
  }

  var seconds: Double { before + (ContinuousClock.now - start) / .seconds(1) }

  mutating func rate(images: Int) -> Double {
    let now = seconds
    defer { last = (now, images) }
    guard let last, now > last.seconds else { return 0 }
    return Double(images - last.images) / (now - last.seconds)
  }
}
