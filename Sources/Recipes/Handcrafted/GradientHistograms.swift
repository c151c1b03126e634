import SparringTorch

#if canImport(CSparringVLFeat)
  internal import CSparringVLFeat
#endif

/// Histograms of oriented gradients by VLFeat: the picture is cut into square cells, and each tells which edges it holds, in
/// the variant of Felzenszwalb et al. (2010) by 2·O directed and O undirected orientations, normalised by the gradients of
/// its neighbours in four ways and cut at 0.2, and by four sums of texture; in that of Dalal and Triggs (2005) by O undirected
/// orientations, four times, once for each way.
struct GradientHistograms {
  /// Of one picture.
  let channels, height, width: Int
  /// Side of a cell, in pixels.
  let cellSize: Int
  /// O, over half a turn.
  let orientations: Int
  /// The variant.
  let variant: HandcraftedHOG.Variant

  /// - Parameter cellSize: 0 takes a seventh of the shorter side, and at least 4 pixels.
  init(
    channels: Int, height: Int, width: Int, cellSize: Int, orientations: Int,
    variant: HandcraftedHOG.Variant = .felzenszwalb
  ) {
    (self.channels, self.height, self.width, self.orientations) = (channels, height, width, orientations)
    self.variant = variant
    self.cellSize = cellSize > 0 ? cellSize : max(4, min(height, width) / 7)
  }

  /// Cells from top to bottom and from left to right.
  var cells: (rows: Int, columns: Int) {
    ((height + cellSize / 2) / cellSize, (width + cellSize / 2) / cellSize)
  }
  /// Numbers that describe a cell.
  var numbersPerCell: Int { variant == .felzenszwalb ? 3 * orientations + 4 : 4 * orientations }
  /// F, the numbers that describe a picture.
  var featureCount: Int { numbersPerCell * cells.rows * cells.columns }

  /// `[N, C, H, W]` to `[N, F]`: for each number of a cell the map of all cells, row by row. In Felzenszwalb's
  /// variant first come the directed orientations, from the direction of growing columns towards growing rows, then the
  /// undirected, then the texture; in Dalal's and Triggs's each of the four normalisations in turn. In
  /// colour, a pixel has the gradient of the channel where it is largest.
  func callAsFunction(_ images: Tensor) throws -> Tensor {
    let pixels = try images.to(.cpu).array(of: Float.self)
    let (count, size) = (images.shape[0], channels * height * width)
    var features = [Float](repeating: 0, count: count * featureCount)
    #if canImport(CSparringVLFeat)
      guard
        let hog = vl_hog_new(
          variant == .felzenszwalb ? VlHogVariantUoctti : VlHogVariantDalalTriggs, vl_size(orientations), 0)
      else {
        throw TorchError("VLFeat has no memory left for histograms of gradients")
      }
      defer { vl_hog_delete(hog) }
      pixels.withUnsafeBufferPointer { pixels in
        features.withUnsafeMutableBufferPointer { features in
          guard let input = pixels.baseAddress, let output = features.baseAddress else { return }
          for image in 0..<count {
            vl_hog_put_image(
              hog, input + image * size, vl_size(width), vl_size(height), vl_size(channels), vl_size(cellSize))
            vl_hog_extract(hog, output + image * featureCount)
          }
        }
      }
    #endif
    return try Tensor(features, shape: [count, featureCount])
  }
}
