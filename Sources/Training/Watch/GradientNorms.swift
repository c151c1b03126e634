import Foundation
import SparringRecipes
import SparringTorch

/// The norms of what optimisers remember of recent gradients (``Optimizer/recentGradients``), asked on their device and
/// read later: a step costs nothing, and one that is replayed from a recording is seen as well.
struct GradientNorms {
  private let names: [String]
  private let norms: [Tensor]

  /// Of a recipe that generates or has a discriminator; empty for others, whose gradients may vanish because all is learnt.
  /// Waits for nothing.
  init(of recipe: some Recipe) throws(TorchError) {
    guard recipe is any ImageGenerating || recipe.networks.contains(where: { $0.name == "discriminator" }) else {
      (names, norms) = ([], [])
      return
    }
    let remembering = recipe.optimizers.filter { !$0.value.recentGradients.isEmpty }
    names = remembering.map(\.name)
    norms = try remembering.map { optimizer throws(TorchError) in try commonNorm(of: optimizer.value.recentGradients) }
  }

  /// The norms by the optimisers' names.
  func values() throws(TorchError) -> [String: Double] {
    var values: [String: Double] = [:]
    for (name, norm) in zip(names, norms) { values[name] = try norm.item() }
    return values
  }
}

/// The norms that one network's gradients have had so far, one for each report.
struct GradientHistory: Codable, Sendable {
  /// Reports before which nothing is said.
  static let fewestReports = 5
  /// So many times the largest before is an explosion…
  static let explosion = 100.0
  /// …in so many reports in a row.
  static let explosionPatience = 2
  /// So small a share of the usual norm has vanished…
  static let vanishing = 1e-3
  /// …in so many reports in a row.
  static let vanishingPatience = 5

  /// What the last norm was, beside those before.
  enum Verdict { case usual, exploded, vanished }

  private var largest = 0.0
  private var sumOfLogarithms = 0.0
  private var count = 0
  private var loud = 0
  private var still = 0

  /// Whether the last norm was one of an explosion, which may still pass.
  var isLoud: Bool { loud > 0 }
  /// Whether the last norm was one of gradients that vanish, which may still pass.
  var isStill: Bool { still > 0 }

  /// Whether its counts are some that a run has.
  var isPossible: Bool { [count, loud, still].allSatisfy((0...Checkpoint.mostSteps).contains) }

  /// - Parameter norm: At least 0.
  mutating func take(_ norm: Double) -> Verdict {
    let isTelling = count >= Self.fewestReports
    let usual = count > 0 ? exp(sumOfLogarithms / Double(count)) : 0
    loud = isTelling && !(norm <= Self.explosion * largest) ? loud + 1 : 0
    still = isTelling && norm < Self.vanishing * usual ? still + 1 : 0
    if loud == 0, still == 0, norm > 0, norm.isFinite {
      largest = max(largest, norm)
      (sumOfLogarithms, count) = (sumOfLogarithms + log(norm), count + 1)
    }
    return loud >= Self.explosionPatience ? .exploded : still >= Self.vanishingPatience ? .vanished : .usual
  }
}
