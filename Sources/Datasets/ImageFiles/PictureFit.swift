public import SparringTorch

/// What becomes of a picture whose shape is not the one that it is brought to.
public enum PictureFit: String, NamedChoice {
  /// Scaled until it covers the size, its centre cut out: the edges of the longer side are lost.
  case crop
  /// Scaled until all of it fits, mid-grey beside it: nothing is lost, what it shows gets smaller.
  case pad
  /// Height and width scaled each by itself: nothing is lost, what it shows gets squeezed.
  case stretch
}
