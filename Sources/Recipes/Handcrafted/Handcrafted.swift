import Foundation
import SparringDatasets
import SparringTorch

#if canImport(CSparringVLFeat)
  internal import CSparringVLFeat
#endif

/// What the two recipes share that describe pictures by rules and train nothing but a linear classifier.
///
/// VLFeat and LIBLINEAR come from Debian's packages; Homebrew has no VLFeat, so on a Mac the recipes say what is missing.
enum Handcrafted {
  /// Side lengths from which on there is something to describe.
  static let smallestSide = 16

  /// Channels, height and width of the pictures that a recipe is to describe.
  /// - Throws: ``TorchError`` in one line for anything but pictures of 16 pixels and more, or where VLFeat is missing.
  static func pictureSizes(_ data: DataFacts, for recipe: String) throws(TorchError) -> (Int, Int, Int) {
    #if !canImport(CSparringVLFeat)
      throw TorchError(
        "\(recipe) needs the libraries VLFeat and LIBLINEAR, which are built in on Linux alone: Homebrew has no VLFeat")
    #endif
    guard case .image(let channels, let height, let width) = data.shape else {
      throw TorchError("\(recipe) describes pictures, but \(data.name) holds vectors: take supervised")
    }
    guard min(height, width) >= smallestSide else {
      throw TorchError(
        "\(recipe) takes pictures of \(smallestSide)×\(smallestSide) pixels and more, but those of \(data.name) are "
          + "\(height)×\(width): take supervised")
    }
    return (channels, height, width)
  }

  /// Hyperplanes for so many features, all zero until the step fits them.
  static func hyperplanes(features: Int, in setting: Setting) throws -> Linear {
    try setting.requireClasses()
    return try Linear(
      inputFeatures: features, outputFeatures: setting.data.classCount, initializer: .zeros,
      using: setting.random("hyperplanes"))
  }
}

/// What the libraries keep for the whole process: LIBLINEAR draws from C's `rand`, VLFeat's clustering from a generator of
/// its thread, and both count their threads globally. Whoever trains with them holds this lock and seeds first, so that a
/// seed gives the same result. Describing a picture shares nothing and needs no lock, as long as each describer stays on
/// one thread at a time.
func seedingLibraries<Result>(_ seed: UInt64, _ body: () throws -> Result) rethrows -> Result {
  try libraryLock.withLock {
    srand(UInt32(truncatingIfNeeded: seed))
    #if canImport(CSparringVLFeat)
      vl_set_num_threads(1)
      vl_rand_seed(vl_get_rand(), UInt32(truncatingIfNeeded: seed))
    #endif
    return try body()
  }
}

private let libraryLock = NSLock()

extension Quantity {
  /// What a linear support vector machine minimises beside the length of its hyperplanes' normals.
  static let squaredHinge = Quantity("squared-hinge", title: "squared hinge loss", short: "hinge", better: .lower)
}
