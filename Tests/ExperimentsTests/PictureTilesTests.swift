import SparringTorch
import Testing

@testable import SparringExperiments

/// Large pictures pass through a network in parts.
@Suite struct PictureTilesTests {
  /// What sees no farther than a part's surroundings gives the same in parts as at once, at the seams, too.
  @Test(arguments: [1, 2]) func partsMakeTheWhole(scale: Int) throws {
    let (height, width) = (1100, 1025)
    let picture = try Tensor.normal([1, 2, height, width], using: RandomGenerator(seed: 1))
    func network(_ images: Tensor) throws -> Tensor {
      let seen = try images.maxPooled(kernelSize: 9, stride: 1, padding: 4)
      return scale == 1 ? seen : try seen.upsampledNearest(scale: Double(scale))
    }
    var parts = 0
    let joined = try PictureTiles.map(height: height, width: width, scale: scale) { rows, columns in
      parts += 1
      return try network(picture.narrowed(rows, along: 2).narrowed(columns, along: 3))
    }
    #expect(parts == 9 && joined.shape == [1, 2, scale * height, scale * width])
    #expect(try (joined - network(picture)).absolute().maximum().item() == 0)
  }
}
