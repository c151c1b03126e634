import Foundation
import SparringDatasets
import SparringRecipes
public import SparringTorch

/// Examples that a trained generator makes, and the latents they are made from.
public struct Generation {
  private let generator: any ImageGenerating
  private let device: Device

  /// What a run has learnt to make.
  /// - Throws: `TorchError` for a recipe that does not generate.
  public init(_ run: TrainedRun) throws {
    guard let generator = run.recipe as? any ImageGenerating else {
      throw TorchError("\(type(of: run.recipe).name) does not generate")
    }
    (self.generator, device) = (generator, run.device)
  }

  /// Numbers in one latent.
  public var latentSize: Int { generator.latentSize }

  /// Whether a class can be asked for.
  public var hasClasses: Bool { (generator as? any ClassConditionalGenerating)?.generatesByClass ?? false }

  /// Examples `[N, …]` on the CPU, a few hundred at a time.
  /// - Parameters:
  ///   - latents: `[N, latentSize]`.
  ///   - labels: The class of each; nil takes every class in turn, or none where there are none.
  /// - Throws: `TorchError` for labels without classes, for more examples than the memory holds, or where the weights make numbers that are none.
  public func examples(from latents: Tensor, labels: [Int]? = nil) throws -> Tensor {
    try requireMemory(latents.size(0))
    var (pieces, place): ([Tensor], Int) = ([], 0)
    let all = try labels ?? classesInTurn(latents.size(0))
    for part in try latents.split(into: 256) {
      let count = try part.size(0)
      let part = try part.to(device)
      if let all, let generator = generator as? any ClassConditionalGenerating {
        let own = try Tensor(indices: Array(all[place..<place + count])).to(device)
        pieces.append(try generator.generateImages(from: part, labels: own))
      } else {
        pieces.append(try generator.generateImages(from: part))
      }
      place += count
    }
    let examples = try Tensor.concatenate(pieces).to(.cpu)
    guard try examples.isFinite() else { throw TorchError("its weights make numbers that are none: train again") }
    return examples
  }

  /// As numbers of four bytes, and once more as they are joined.
  private func requireMemory(_ count: Int) throws(TorchError) {
    guard let recipe = generator as? any GeneratorRecipe else { return }
    let shape = recipe.setting.data.shape
    let bytes = Double(count) * Double(shape.sizes.reduce(1, *)) * 8
    guard bytes <= Double(ProcessInfo.processInfo.physicalMemory) else {
      throw TorchError(
        "\(count) \(shape.plural) of \(shape) do not fit into this machine's memory: make fewer at a time")
    }
  }

  /// The classes one after another, for `count` examples of which none was asked for; nil for a generator without.
  public func classesInTurn(_ count: Int) -> [Int]? {
    guard hasClasses, let recipe = generator as? any GeneratorRecipe else { return nil }
    return (0..<count).map { $0 % max(1, recipe.setting.data.classCount) }
  }

  /// Latents `[count, latentSize]`.
  /// - Parameter truncation: The bound that none of their numbers passes (Brock et al. 2019, "the truncation trick"):
  ///   images are then better, and less varied; nil for none.
  public func latents(_ count: Int, truncation: Double? = nil, seed: UInt64) throws -> Tensor {
    let random = try RandomGenerator(seed: seed, purpose: "generated latents")
    guard let truncation else { return try Tensor.normal([count, latentSize], using: random) }
    return try Tensor.truncatedNormal([count, latentSize], bound: truncation, using: random)
  }

  /// Latents along the way from each stop to the next, on spheres around zero as normal numbers lie (White 2016, "Sampling
  /// generative networks").
  ///
  /// - Parameters:
  ///   - stops: `[N, latentSize]` each.
  ///   - steps: Latents on each leg, its first stop among them.
  /// - Returns: `[N, latentSize]` for every step: `steps` for each leg, and the last stop.
  public static func path(through stops: [Tensor], steps: Int) throws -> [Tensor] {
    guard let last = stops.last else { return [] }
    let legs = try zip(stops, stops.dropFirst()).map { start, end in
      try (0..<steps).map { try between(start, end, at: Double($0) / Double(steps)) }
    }
    return legs.flatMap { $0 } + [last]
  }

  /// - Parameter share: 0 gives `start`, 1 gives `end`.
  static func between(_ start: Tensor, _ end: Tensor, at share: Double) throws -> Tensor {
    let size = try start.size(1)
    let (from, to) = (try start.array(of: Float.self), try end.array(of: Float.self))
    var made: [Float] = []
    for row in 0..<(from.count / max(1, size)) {
      let (a, b) = (
        from[row * size..<(row + 1) * size].map(Double.init), to[row * size..<(row + 1) * size].map(Double.init)
      )
      func length(_ vector: [Double]) -> Double { vector.reduce(0) { $0 + $1 * $1 }.squareRoot() }
      let cosine = zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } / max(length(a) * length(b), 1e-12)
      let angle = acos(max(-1, min(1, cosine)))
      // Along one line there is no sphere to go round.
      let (first, second) =
        sin(angle) < 1e-6
        ? (1 - share, share) : (sin((1 - share) * angle) / sin(angle), sin(share * angle) / sin(angle))
      made += zip(a, b).map { Float($0 * first + $1 * second) }
    }
    return try Tensor(made, shape: start.shape)
  }
}
