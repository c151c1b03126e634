import Torch
import Foundation

/// Images in folders named after their classes.
public enum ImageFolder {
  /// How images of any size become images of one size.
  public struct Options: Codable, Hashable, Sendable {
    /// Height and width after resizing the shorter side and cutting out the centre.
    public var imageSize: Int
    /// 1 (grey) or 3 (red, green, blue).
    public var channels: Int
    /// The fraction of each class kept for the test where there is no `test` folder.
    public var heldOutFraction: Double
    /// Chooses the held-out images.
    public var seed: UInt64

    public init(imageSize: Int = 32, channels: Int = 3, heldOutFraction: Double = 0.2, seed: UInt64 = 0) {
      (self.imageSize, self.channels) = (imageSize, channels)
      (self.heldOutFraction, self.seed) = (heldOutFraction, seed)
    }
  }
}
