extension Operators {
  static let upsampleBilinearAntialiased = Operator("_upsample_bilinear2d_aa", "vec")
  static let upsampleBicubicAntialiased = Operator("_upsample_bicubic2d_aa", "vec")
}

extension Tensor {
  /// The images `[N, C, H, W]` resized to `height` × `width`; shrinking averages over all pixels that a
  /// new one covers (bilinear with antialiasing), so fine patterns do not turn into noise.
  package func resizedAntialiased(height: Int, width: Int) throws(TorchError) -> Tensor {
    try Operators.upsampleBilinearAntialiased(.tensor(self), .ints([height, width]), false, .none)
  }

  /// The images `[N, C, H, W]` resized to `height` × `width` by cubic convolution with a = −½ (Keys 1981), widened where they
  /// shrink, as Pillow and MATLAB do; numbers may leave the range of the images.
  package func resizedBicubic(height: Int, width: Int) throws(TorchError) -> Tensor {
    try Operators.upsampleBicubicAntialiased(.tensor(self), .ints([height, width]), false, .none)
  }

  /// Edge pixels repeated around images `[N, C, H, W]`: `[left, right, top, bottom]`.
  package func paddedByEdge(_ amounts: [Int]) throws(TorchError) -> Tensor {
    try Operators.pad(.tensor(self), .ints(amounts), .string("replicate"))
  }

  /// The mean of the four neighbours of each pixel of images `[N, C, H, W]`; beyond the edge lies the edge itself.
  package func neighbourMeans() throws(TorchError) -> Tensor {
    let (height, width) = (try size(2), try size(3))
    let padded = try paddedByEdge([1, 1, 1, 1])
    func part(_ rows: Int, _ columns: Int) throws(TorchError) -> Tensor {
      try padded.narrowed(rows..<rows + height, along: 2).narrowed(columns..<columns + width, along: 3)
    }
    return try (part(0, 1) + part(2, 1) + part(1, 0) + part(1, 2)) * 0.25
  }

  /// The images `[N, C, H, W]` resized to `height` × `width` as TensorFlow 1 does: bilinear without antialiasing, pixel i
  /// of the result at i · old / new of the image, so that the first pixels (not the corners) lie on each other.
  package func resizedFromFirstPixel(height: Int, width: Int) throws(TorchError) -> Tensor {
    try resizedFromFirstPixel(to: height, along: 2).resizedFromFirstPixel(to: width, along: 3)
  }

  private func resizedFromFirstPixel(to length: Int, along dimension: Int) throws(TorchError) -> Tensor {
    let old = try size(dimension)
    guard old != length else { return self }
    let places = (0..<length).map { Double($0) * Double(old) / Double(length) }
    let before = places.map { min(Int($0), old - 1) }
    let shares = zip(places, before).map { Float($0 - Double($1)) }
    func pixels(_ indices: [Int]) throws(TorchError) -> Tensor {
      try indexSelect(Tensor(indices: indices).to(device), along: dimension)
    }
    let (first, second) = (try pixels(before), try pixels(before.map { min($0 + 1, old - 1) }))
    func weights(_ numbers: [Float]) throws(TorchError) -> Tensor {
      try Tensor(numbers, shape: dimension == 2 ? [length, 1] : [length]).to(device)
    }
    return try first * weights(shares.map { 1 - $0 }) + second * weights(shares)
  }
}
