import Foundation

/// How the learning rate moves over training, as a factor on its peak value.
///
/// First a linear warm-up, then the peak, then the decay: from `decayStart` (a fraction of all
/// steps) to the last step, along a line or half a cosine, down to `finalFactor`.
///
/// ```swift
/// let schedule = LearningRateSchedule.linear(decayStart: 1 / 3)
/// optimizer.learningRate = 1e-3 * schedule.factor(step: step, of: 6_000)
/// ```
public struct LearningRateSchedule: Sendable, Hashable, Codable {
  /// The form of the decay.
  public enum Decay: String, NamedChoice {
    case constant
    case linear
    case cosine
  }

  /// The form of the decay.
  public var decay: Decay
  /// The fraction of all steps after which the decay begins, in [0, 1].
  public var decayStart: Double
  /// The factor at the end, in [0, 1].
  public var finalFactor: Double
  /// Steps at the beginning over which the factor climbs to 1.
  public var warmUpSteps: Int

  /// - Parameters:
  ///   - decayStart: The fraction of all steps after which the decay begins, in [0, 1].
  ///   - finalFactor: The factor at the end, in [0, 1].
  ///   - warmUpSteps: Steps at the beginning over which the factor climbs to 1.
  public init(decay: Decay, decayStart: Double = 0, finalFactor: Double = 0, warmUpSteps: Int = 0) {
    (self.decay, self.decayStart) = (decay, decayStart)
    (self.finalFactor, self.warmUpSteps) = (finalFactor, warmUpSteps)
  }

  /// Always the peak.
  public static let constant = LearningRateSchedule(decay: .constant)

  /// The peak, then a line to `finalFactor`.
  public static func linear(decayStart: Double = 0, finalFactor: Double = 0, warmUpSteps: Int = 0) -> Self {
    Self(decay: .linear, decayStart: decayStart, finalFactor: finalFactor, warmUpSteps: warmUpSteps)
  }

  /// The peak, then half a cosine to `finalFactor` (Loshchilov and Hutter 2017, without restarts).
  public static func cosine(decayStart: Double = 0, finalFactor: Double = 0, warmUpSteps: Int = 0) -> Self {
    Self(decay: .cosine, decayStart: decayStart, finalFactor: finalFactor, warmUpSteps: warmUpSteps)
  }

  /// Reads a schedule; what is left out takes its default.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      decay: try values.decode(Decay.self, forKey: .decay),
      decayStart: try values.decodeIfPresent(Double.self, forKey: .decayStart) ?? 0,
      finalFactor: try values.decodeIfPresent(Double.self, forKey: .finalFactor) ?? 0,
      warmUpSteps: try values.decodeIfPresent(Int.self, forKey: .warmUpSteps) ?? 0)
  }

  /// The factor for a step, in [0, 1].
  /// - Parameters:
  ///   - step: Counted from 0; from `total` on, the factor of the end holds.
  ///   - total: All steps of the training.
  public func factor(step: Int, of total: Int) -> Double {
    if step < warmUpSteps { return Double(max(0, step) + 1) / Double(warmUpSteps) }
    let begin = max(Double(warmUpSteps), min(max(decayStart, 0), 1) * Double(total))
    let length = Double(total) - begin
    let progress = length > 0 ? min(max((Double(step) - begin) / length, 0), 1) : (step >= total ? 1 : 0)
    let end = min(max(finalFactor, 0), 1)
    switch decay {
    case .constant: return 1
    case .linear: return 1 - (1 - end) * progress
    case .cosine: return end + (1 - end) * (1 + cos(Double.pi * progress)) / 2
    }
  }
}
