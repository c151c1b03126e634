import SparringTorch

#if canImport(CSparringVLFeat)
  internal import CSparringVLFeat
#endif

/// The patches of one picture: what each looks like, and where it lies.
struct PatchDescriptors {
  /// Numbers that describe a patch: 4×4 cells of 8 orientations.
  static let width = 128
  /// Row-major `[n, 128]`.
  var values: [Float] = []
  /// The patch's centre, in shares of the picture's width and height.
  var places: [SIMD2<Float>] = []

  var count: Int { places.count }
}

/// SIFT descriptors (Lowe 2004) on a regular grid, by VLFeat, in several sizes: histograms of gradients of 4×4 cells, each
/// taken to the square root after division by its sum (Arandjelović and Zisserman 2012). Patches without contrast are left
/// out. To be used on one thread at a time.
final class DenseSIFT {
  private let channels, height, width: Int
  #if canImport(CSparringVLFeat)
    private var filters: [UnsafeMutablePointer<VlDsiftFilter>] = []
  #endif
  /// What VLFeat's own programs hold for no contrast.
  private static let leastContrast = 0.005

  /// - Parameters:
  ///   - binSizes: Sides of a cell in pixels, each at least 2; a patch is four cells wide and high.
  ///   - step: Pixels between two patches; 0 takes a fourteenth of the shorter side, and at least 2.
  init(channels: Int, height: Int, width: Int, binSizes: [Int], step: Int) throws(TorchError) {
    (self.channels, self.height, self.width) = (channels, height, width)
    let step = step > 0 ? step : max(2, min(height, width) / 14)
    // From the first cell's centre to the last's.
    if let large = binSizes.first(where: { 3 * $0 >= min(height, width) }) {
      throw TorchError(
        "options.binSizes holds \(large), whose patches do not fit into pictures of \(height)×\(width): use sizes below "
          + "\((min(height, width) + 2) / 3)")
    }
    #if canImport(CSparringVLFeat)
      for size in binSizes {
        guard let filter = vl_dsift_new_basic(Int32(width), Int32(height), Int32(step), Int32(size)) else {
          throw TorchError("VLFeat has no memory left for dense SIFT")
        }
        vl_dsift_set_flat_window(filter, 1)
        filters.append(filter)
      }
    #endif
  }

  deinit {
    #if canImport(CSparringVLFeat)
      for filter in filters { vl_dsift_delete(filter) }
    #endif
  }

  /// The patches of each image of `[N, C, H, W]` on [-1, 1], one image after the other.
  func forEach(_ images: Tensor, _ body: (PatchDescriptors) throws -> Void) throws {
    let pixels = try images.to(.cpu).array(of: Float.self)
    let area = height * width
    for image in 0..<images.shape[0] {
      let start = image * channels * area
      var gray = [Float](repeating: 0, count: area)
      for pixel in 0..<area {
        // Luma of BT.601, on [0, 1].
        let value =
          channels == 3
          ? 0.299 * pixels[start + pixel] + 0.587 * pixels[start + area + pixel]
            + 0.114 * pixels[start + 2 * area + pixel]
          : pixels[start + pixel]
        gray[pixel] = (value + 1) / 2
      }
      try body(describe(gray))
    }
  }

  private func describe(_ gray: [Float]) -> PatchDescriptors {
    var found = PatchDescriptors()
    #if canImport(CSparringVLFeat)
      for filter in filters {
        vl_dsift_process(filter, gray)
        guard let values = vl_dsift_get_descriptors(filter), let points = vl_dsift_get_keypoints(filter) else {
          continue
        }
        for patch in 0..<Int(vl_dsift_get_keypoint_num(filter)) where points[patch].norm >= Self.leastContrast {
          let row = UnsafeBufferPointer(start: values + patch * PatchDescriptors.width, count: PatchDescriptors.width)
          let sum = row.reduce(0, +)
          found.values.append(contentsOf: row.lazy.map { ($0 / sum).squareRoot() })
          found.places.append(
            SIMD2(Float((points[patch].x + 0.5) / Double(width)), Float((points[patch].y + 0.5) / Double(height))))
        }
      }
    #endif
    return found
  }
}
