import Foundation
public import SparringTorch

/// The directions in which vectors differ most (Pearson 1901): the eigenvectors of their covariance with the largest
/// eigenvalues. What is left of a vector is its share in each.
public struct PrincipalComponents {
  /// The mean of the vectors that were learnt from, `[F]` of `float32`.
  public let center: Tensor
  /// Orthonormal columns, that of the largest variance first, `[F, k]` of `float32`.
  public let directions: Tensor

  /// Learns from vectors `[N, F]` of `float32` on the CPU, in double precision.
  /// - Parameter count: k, from 1 to the smaller of F and N − 1.
  /// - Throws: ``DatasetError`` for another count.
  public init(of vectors: Tensor, count: Int) throws {
    let (rows, width) = (vectors.shape[0], vectors.shape[1])
    guard count >= 1, count <= min(width, rows - 1) else {
      throw DatasetError(
        "\(count) components of \(rows) vectors of \(width) numbers: use 1 to \(max(1, min(width, rows - 1)))")
    }
    center = try vectors.mean(0)
    var covariance = try Tensor.zeros([width, width])
    // A part at a time: all vectors once more, centred, would be as large as they are.
    for part in try vectors.split(into: Self.rowsAtOnce) {
      let centered = try part - center
      covariance = try covariance + centered.transposed().matmul(centered) / Double(rows)
    }
    // Eigenvalues ascend.
    let vectors = try covariance.to(.float64).symmetricEigen().vectors
    let order = (width - count..<width).reversed().map { $0 }
    directions = try vectors.indexSelect(Tensor(indices: order), along: 1).to(.float32)
  }

  /// The shares `[N, k]` of vectors `[N, F]`.
  public func callAsFunction(_ vectors: Tensor) throws -> Tensor {
    try .concatenate(vectors.split(into: Self.rowsAtOnce).map { try ($0 - center).matmul(directions) })
  }

  private static let rowsAtOnce = 4096
}

extension PrincipalComponents {
  /// Writes a `.safetensors` file of `center` and `directions`.
  public func write(to path: String) throws {
    try Safetensors.write(["center": center, "directions": directions], to: URL(fileURLWithPath: path))
  }

  /// Reads what ``write(to:)`` wrote.
  /// - Throws: ``DatasetError`` for a file that holds no components.
  public init(contentsOf path: String) throws {
    try FileReading.requireFile(path)
    let tensors: [String: Tensor]
    do {
      tensors = try Safetensors.read(URL(fileURLWithPath: path)).tensors
    } catch {
      throw DatasetError("\(error)")
    }
    guard let center = tensors["center"], let directions = tensors["directions"], center.rank == 1,
      directions.rank == 2, directions.shape[0] == center.shape[0], center.dtype == .float32,
      directions.dtype == .float32
    else {
      throw DatasetError("\(path) holds no components: give the file NAME.components.safetensors that features wrote")
    }
    (self.center, self.directions) = (center, directions)
  }
}
