import SparringDatasets
import SparringTorch
import Testing

@testable import SparringExperiments

@Suite struct FillingSpreads {
  private func picture(_ bytes: [UInt8]) throws -> WholePicture {
    try WholePicture(PixelImages(bytes: bytes, count: 1, height: 1, width: 3, channels: 1))
  }

  /// Only what was missing counts: 30 and 8 levels from the first to the second, 20 and 4 to the third.
  @Test func differencesOfMissingPixels() throws {
    let fillings = try [picture([10, 50, 0]), picture([40, 58, 100]), picture([20, 62, 50])]
    let holes = try Tensor([1, 1, 0] as [Float], shape: [1, 1, 1, 3])
    #expect(try PictureCompletion.spread(of: fillings, holes: holes) == 15.5)
    #expect(try PictureCompletion.spread(of: [fillings[0], fillings[0]], holes: holes) == 0)
    #expect(try PictureCompletion.spread(of: fillings, holes: .zeros([1, 1, 1, 3])) == 0)
  }
}
