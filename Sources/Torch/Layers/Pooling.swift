/// The largest element of each window, `[N, C, H, W]`.
public final class MaxPool2d: Layer {
  private let (kernelSize, stride, padding): (Int, Int, Int)

  /// - Parameters:
  ///   - stride: The distance of windows; the window's size where left out.
  ///   - padding: Rows and columns on each side that never win.
  public init(kernelSize: Int, stride: Int? = nil, padding: Int = 0) {
    (self.kernelSize, self.stride, self.padding) = (kernelSize, stride ?? kernelSize, padding)
  }

  /// `[N, C, H, W]` to `[N, C, H', W']`.
  public func callAsFunction(_ input: Tensor) throws(TorchError) -> Tensor {
    try input.maxPooled(kernelSize: kernelSize, stride: stride, padding: padding)
  }
}

/// The mean of each window, `[N, C, H, W]`.
public final class AveragePool2d: Layer {
  private let (kernelSize, stride, padding): (Int, Int, Int)

  /// - Parameters:
  ///   - stride: The distance of windows; the window's size where left out.
  ///   - padding: Zeros on each side, which count in the mean.
  public init(kernelSize: Int, stride: Int? = nil, padding: Int = 0) {
    (self.kernelSize, self.stride, self.padding) = (kernelSize, stride ?? kernelSize, padding)
  }

  /// `[N, C, H, W]` to `[N, C, H', W']`.
  public func callAsFunction(_ input: Tensor) throws(TorchError) -> Tensor {
    try input.averagePooled(kernelSize: kernelSize, stride: stride, padding: padding)
  }
}

/// Each channel's mean over the image, `[N, C, H, W]` to `[N, C]`.
public final class GlobalAveragePool: Layer {
  /// A layer without parameters.
  public init() {}

  /// `[N, C, H, W]` to `[N, C]`.
  public func callAsFunction(_ input: Tensor) throws(TorchError) -> Tensor { try input.globallyAveraged() }
}

/// Joins all dimensions but the first: `[N, C, H, W]` to `[N, C·H·W]`.
public final class Flatten: Layer {
  /// A layer without parameters.
  public init() {}

  /// `[N, …]` to `[N, features]`.
  public func callAsFunction(_ input: Tensor) throws(TorchError) -> Tensor { try input.flattened() }
}
