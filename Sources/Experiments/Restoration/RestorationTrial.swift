import Foundation
import SparringDatasets
import SparringEvaluation
import SparringRecipes
import SparringTorch
import SparringTraining

/// Images that were damaged on purpose, so that what becomes of them can be compared with what they were.
///
/// The damage flows from a seed of its own, so that every run and every baseline sees the same.
struct RestorationTrial {
  /// A way to restore images.
  struct Method {
    /// What it is called in tables.
    let name: String
    /// The restored images, `[N, C, H, W]` on [-1, 1].
    let restore: () throws -> Tensor
  }

  /// As they were, `[N, C, H, W]` on [-1, 1].
  let truths: Tensor
  /// As they are seen, of the same shape.
  let shown: Tensor
  /// Where pixels are missing, `[N, 1, H, W]`; nil for damage that is everywhere.
  let holes: Tensor?
  /// What was done to them, as a clause.
  let damage: String
  /// The run's network.
  let network: Method
  /// What works without a network.
  let baselines: [Method]

  /// Holes in images, and their filling.
  init(of truths: Tensor, by recipe: any ImageCompleting, seed: UInt64 = Self.seed) throws {
    let random = try RandomGenerator(seed: seed, purpose: "holes of a trial", device: truths.device)
    let holes = try recipe.drawHoles(for: truths, using: random)
    (self.truths, self.holes) = (truths, holes)
    shown = try truths * (1 - holes)
    damage = "with holes as in training"
    network = Method(name: "the run's network") {
      let parts = try zip(truths.split(into: Self.batchSize), holes.split(into: Self.batchSize))
      return try .concatenate(parts.map { try recipe.complete($0, holes: $1, using: random) })
    }
    baselines = [
      Method(name: "mean fill") { try HoleFilling.mean(truths, holes: holes) },
      Method(name: "harmonic fill") { try HoleFilling.harmonic(truths, holes: holes) },
      Method(name: "nearest patches") { try HoleFilling.nearestPatch(truths, holes: holes) },
    ]
  }

  /// Small or noisy images, and what becomes of them.
  /// - Parameter strength: Of the classical denoiser, where there is noise.
  init(
    of truths: Tensor, by recipe: any ImageEnhancing, strength: Double? = nil, seed: UInt64 = Self.seed
  ) throws {
    let random = try RandomGenerator(seed: seed, purpose: "damage of a trial", device: truths.device)
    let noise = recipe.noiseLevels.upperBound
    let seen = try recipe.damage(truths, noise: noise, using: random)
    let (height, width, scale) = (try truths.size(2), try truths.size(3), recipe.scale)
    func enlarged(_ images: Tensor) throws -> Tensor {
      guard scale > 1 else { return images }
      return try images.resizedBicubic(height: height, width: width).clamped(low: -1, high: 1)
    }
    (self.truths, holes) = (truths, nil)
    shown = scale > 1 ? try seen.upsampledNearest(scale: Double(scale)) : seen
    damage = [
      scale > 1 ? "at 1/\(scale) of their height and width" : nil,
      noise > 0 ? "with noise of σ = \(noise.formatted(.number.locale(.init(identifier: "en_US"))))" : nil,
    ].compactMap(\.self).joined(separator: ", ")
    network = Method(name: "the run's network") {
      try .concatenate(seen.split(into: Self.batchSize).map { try recipe.enhance($0, noise: noise) })
    }
    var baselines = [Method(name: scale > 1 ? "bicubic" : "as it is") { try enlarged(seen) }]
    if let strength, noise > 0 {
      baselines.append(
        Method(name: scale > 1 ? "non-local means, then bicubic" : "non-local means") {
          try enlarged(NonLocalMeans(noise: noise / 127.5, strength: strength)(seen))
        })
    }
    self.baselines = baselines
  }

  /// Images that pass through the network at once.
  private static let batchSize = 32

  /// What the damage of every trial flows from, whatever the run's own seed is.
  static let seed: UInt64 = 1

  /// The strength of the classical denoiser that suits images best, of a few that are tried on them.
  static func bestStrength(on images: Tensor, for recipe: any ImageEnhancing) throws -> Double? {
    guard recipe.noiseLevels.upperBound > 0 else { return nil }
    let scored = try [0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1, 1.3].map { strength in
      let trial = try RestorationTrial(of: images, by: recipe, strength: strength, seed: seed + 1)
      let restored = try (trial.baselines.last ?? trial.network).restore()
      return (strength, try ImageQuality.peakSignalToNoise(restored: restored.levels(), truths: images.levels()))
    }
    return scored.max { $0.1 < $1.1 }?.0
  }
}

extension Tensor {
  /// Images on [-1, 1] as whole levels from 0 to 255, as files hold them.
  func levels() throws -> Tensor { try ((self + 1) * 127.5).rounded().clamped(low: 0, high: 255) }
}

extension Recipe {
  /// A trial of images by what the recipe restores.
  /// - Throws: ``TrainingError`` for a recipe that restores nothing.
  func restorationTrial(of images: Tensor, strength: Double? = nil) throws -> RestorationTrial {
    if let recipe = self as? any ImageCompleting { return try RestorationTrial(of: images, by: recipe) }
    if let recipe = self as? any ImageEnhancing {
      return try RestorationTrial(of: images, by: recipe, strength: strength)
    }
    throw TrainingError("\(Self.name) restores no images")
  }
}
