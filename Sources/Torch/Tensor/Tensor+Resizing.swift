extension Operators {
  static let upsampleBilinearAntialiased = Operator("_upsample_bilinear2d_aa", "vec")
}

extension Tensor {
  /// The images `[N, C, H, W]` resized to `height` × `width`; shrinking averages over all pixels that a
  /// new one covers (bilinear with antialiasing), so fine patterns do not turn into noise.
  package func resizedAntialiased(height: Int, width: Int) throws(TorchError) -> Tensor {
    try Operators.upsampleBilinearAntialiased(.tensor(self), .ints([height, width]), false, .none)
  }
}
