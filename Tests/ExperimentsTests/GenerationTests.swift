import SparringTorch
import Testing

@testable import SparringExperiments

@Suite struct LatentPaths {
  /// A quarter of a circle in two steps, by hand.
  @Test func wayLeadsOverTheSphere() throws {
    let (start, end) = (try Tensor([2, 0] as [Float], shape: [1, 2]), try Tensor([0, 2] as [Float], shape: [1, 2]))
    let path = try Generation.path(through: [start, end], steps: 2).map { try $0.array(of: Float.self) }
    #expect(path.count == 3 && path[0] == [2, 0] && path[2] == [0, 2])
    #expect(abs(path[1][0] - 2.0.squareRoot().magnitudeAsFloat) < 1e-6 && abs(path[1][0] - path[1][1]) < 1e-6)
  }

  /// Two latents on one line have no angle between them.
  @Test func aLineIsFollowedStraight() throws {
    let (start, end) = (try Tensor([1, 1] as [Float], shape: [1, 2]), try Tensor([3, 3] as [Float], shape: [1, 2]))
    let middle = try Generation.between(start, end, at: 0.25).array(of: Float.self)
    #expect(middle.allSatisfy { abs($0 - 1.5) < 1e-3 })
    #expect(try Generation.path(through: [], steps: 3).isEmpty)
  }

  /// Every row by itself.
  @Test func rowsDoNotMix() throws {
    let random = try RandomGenerator(seed: 1)
    let (start, end) = (try Tensor.normal([3, 5], using: random), try Tensor.normal([3, 5], using: random))
    let both = try Generation.between(start, end, at: 0.3)
    for row in 0..<3 {
      let alone = try Generation.between(
        start.narrowed(row..<row + 1), end.narrowed(row..<row + 1), at: 0.3)
      #expect(try both.narrowed(row..<row + 1).array(of: Float.self) == alone.array(of: Float.self))
    }
  }
}

extension Double {
  fileprivate var magnitudeAsFloat: Float { Float(self) }
}
