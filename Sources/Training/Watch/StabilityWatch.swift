import SparringRecipes

/// Looks at each interval's losses and gradients and at each grid of samples for the ways in which training is known to
/// fail. What is done about it is the trainer's.
struct StabilityWatch: Sendable {
  /// A sign of failure.
  struct Finding: Sendable, Hashable {
    /// The way to fail that it is a sign of.
    let way: String
    /// What was seen, as a clause.
    let reason: String
    /// What to try; may be empty.
    var advice = "start again with a lower training.learningRate"
    /// Whether the run is being ruined; else it is a warning and no more.
    var isRuin = true

    /// Both, in one line.
    var message: String { advice.isEmpty ? reason : "\(reason): \(advice)" }
  }

  /// A number is none any more: nothing can go on from there.
  struct Broken: Error, Sendable {
    /// Such as `the generator loss is nan`.
    let reason: String
  }

  /// Samples whose mean standard deviation over different latents, on [-1, 1], is below this all show
  /// the same image.
  static let collapsedDeviation = 0.02
  /// Samples that are so much more alike than real images show but a few.
  static let fewModes = 0.25
  /// Samples that are so many times as rough as real images are noise.
  static let noise = 2.5
  /// Looks in a row at samples that are too alike or too rough.
  static let patience = 2
  /// Before this step samples say little: the running statistics of batch normalisation are still near
  /// their beginning.
  static let firstTellingStep = 500
  private static let collapseAdvice = "start again with another seed or a lower training.learningRate"
  /// A loss that has grown so many times is lost.
  static let explosion = 1e6

  /// What the watch remembers; a checkpoint holds it, so that a resumed run is watched as an uninterrupted one is.
  var memory: WatchMemory
  private let signs: [FailureSign]
  private let configuration: WatchConfiguration
  private let isReduced: Bool
  /// The optimiser whose gradients vanish where a generator no longer learns; nil where nothing is to be made of that.
  private let steadyOptimizer: String?
  /// Of real images, as many as there are samples.
  private let real: SampleStatistics?

  /// A watch that has seen and said nothing yet.
  /// - Parameters:
  ///   - signs: What to look for, as the recipe knows it.
  ///   - isReduced: Whether the run computes in less than fp32, so that fp32 may help.
  init(
    signs: [FailureSign], configuration: WatchConfiguration = WatchConfiguration(), isReduced: Bool = false,
    steadyOptimizer: String? = nil, real: SampleStatistics? = nil
  ) {
    (self.signs, self.configuration, self.isReduced) = (signs, configuration, isReduced)
    (self.steadyOptimizer, self.real) = (steadyOptimizer, real)
    memory = WatchMemory()
  }

  /// Looks at one interval.
  /// - Parameters:
  ///   - losses: Means over the interval.
  ///   - gradients: The norm of each optimiser's recent gradients.
  ///   - brokenWeight: The name of a weight that is no longer a finite number.
  /// - Throws: ``Broken`` when a loss or a weight is no longer a number.
  mutating func look(
    at losses: [MeasuredValue], gradients: [String: Double] = [:], brokenWeight: String? = nil
  ) throws(Broken) -> [Finding] {
    if let loss = losses.first(where: { !$0.value.isFinite }) { throw Broken(loss: loss) }
    if let brokenWeight { throw Broken(weight: brokenWeight) }
    guard configuration.policy != .off else { return [] }
    return told(explosions(of: losses) + failures(in: losses) + look(at: gradients))
  }

  /// Looks at what a generator draws from fixed latents.
  mutating func look(at samples: SampleStatistics, step: Int) -> [Finding] {
    guard step >= Self.firstTellingStep, configuration.policy != .off else { return [] }
    if samples.deviation < Self.collapsedDeviation {
      memory.intervals["alike", default: 0] += 1
      return told([
        Finding(
          way: "alike",
          reason:
            "all samples look alike (pixel deviation \(rounded(samples.deviation))), so what draws them has collapsed",
          advice: Self.collapseAdvice)
      ])
    }
    memory.intervals["alike"] = 0
    guard let real else { return [] }
    var found: [Finding] = []
    let likeness = samples.nearestDistance / max(real.nearestDistance, .leastNormalMagnitude)
    if persists("few", likeness < Self.fewModes, Self.patience) {
      found.append(
        Finding(
          way: "few",
          reason:
            "samples show but a few images (the most alike differ \(rounded(likeness)) times as much as real ones)",
          advice: Self.collapseAdvice))
    }
    let roughness = (samples.roughness ?? 0) / max(real.roughness ?? 1, .leastNormalMagnitude)
    if persists("noise", roughness > Self.noise, Self.patience) {
      found.append(
        Finding(
          way: "noise",
          reason: "samples are noise (neighbouring pixels differ \(rounded(roughness)) times as much as in real images)"
        ))
    }
    return told(found)
  }

  /// Why a run ends in which a number is none any more.
  func end(of broken: Broken, step: Int, rescue: String) -> String {
    "\(broken.reason) at step \(step); \(rescue); start again with a lower training.learningRate"
      + (isReduced ? " or training.precision=fp32" : "")
  }

  /// Whether the last looks showed a sign of ruin, be it too few times to say so.
  var isSuspicious: Bool {
    let harmless = Set(signs.indices.filter { !signs[$0].isRuin }.map { "sign \($0)" })
    return memory.intervals.contains { $0.value > 0 && !harmless.contains($0.key) }
      || memory.gradients.contains { $0.value.isLoud || $0.value.isStill && $0.key == steadyOptimizer }
  }

  /// A warning is said once for each way to fail; what ruins a run counts every time where something is done about it.
  private mutating func told(_ found: [Finding]) -> [Finding] {
    found.filter { finding in
      let isNew = memory.said.insert(finding.way).inserted
      return isNew || finding.isRuin && configuration.policy.intervenes
    }
  }

  /// Counts the looks in a row that showed a sign, and says whether they are as many as it takes.
  private mutating func persists(_ way: String, _ isThere: Bool, _ patience: Int) -> Bool {
    memory.intervals[way] = isThere ? memory.intervals[way, default: 0] + 1 : 0
    return memory.intervals[way, default: 0] >= patience
  }

  private mutating func explosions(of losses: [MeasuredValue]) -> [Finding] {
    var found: [Finding] = []
    for loss in losses {
      let size = abs(loss.value)
      // A loss near zero may well grow a millionfold without harm.
      let usual = max(1, memory.least[loss.name] ?? size)
      if size > Self.explosion * usual {
        found.append(
          Finding(
            way: "explosion",
            reason: "the \(loss.quantity.title) has grown to \(rounded(loss.value)), more than a millionfold"))
      }
      memory.least[loss.name] = min(size, memory.least[loss.name] ?? size)
    }
    return found
  }

  private mutating func failures(in losses: [MeasuredValue]) -> [Finding] {
    signs.enumerated().compactMap { index, sign in
      guard let value = losses.first(where: { $0.name == sign.quantity.name })?.value else { return nil }
      guard persists("sign \(index)", abs(value - sign.value) < sign.tolerance, sign.patience) else { return nil }
      let advice = sign.remedies.map { "\($0.verb) \($0.key)" }.joined(separator: " or ")
      return Finding(
        way: "sign \(index)", reason: "\(sign.meaning) (\(sign.quantity.title) \(rounded(value)))", advice: advice,
        isRuin: sign.isRuin)
    }
  }

  private mutating func look(at gradients: [String: Double]) -> [Finding] {
    gradients.sorted { $0.key < $1.key }.compactMap { name, norm in
      var history = memory.gradients[name] ?? GradientHistory()
      let verdict = history.take(norm)
      memory.gradients[name] = history
      switch verdict {
      case .exploded:
        return Finding(
          way: "exploded \(name)",
          reason: "the gradients of '\(name)' have exploded (norm \(rounded(norm)))")
      case .vanished where name == steadyOptimizer:
        return Finding(
          way: "vanished \(name)",
          reason: "the gradients of '\(name)' have vanished (norm \(rounded(norm))), so it learns nothing")
      case .vanished, .usual: return nil
      }
    }
  }
}

extension StabilityWatch.Broken {
  init(weight name: String) { reason = "'\(name)' is no longer a finite number" }

  init(loss: MeasuredValue) { reason = "the \(loss.quantity.title) is \(rounded(loss.value))" }
}

private func rounded(_ value: Double) -> String {
  guard value.isFinite else { return value.isNaN ? "nan" : value > 0 ? "inf" : "-inf" }
  return (1e-3..<1e6).contains(abs(value)) || value == 0
    ? String((value * 10_000).rounded() / 10_000) : "\(Float(value))"
}
