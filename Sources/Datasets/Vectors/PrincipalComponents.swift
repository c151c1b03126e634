import Foundation
public import SparringTorch

/// The directions in which vectors differ most (Pearson 1901): the eigenvectors of their covariance with the largest
/// eigenvalues. What is left of a vector is its share in each.
public struct PrincipalComponents {
  /// The mean of the vectors that were learnt from, `[F]` of `float32`.
  public let center: Tensor
  /// Orthonormal columns, that of the largest variance first, `[F, k]` of `float32`.
  public let directions: Tensor
  /// What made the vectors, to tell others from them; empty where nobody says.
  public let source: String

  /// The widest vectors: their covariance has a gibibyte.
  public static let mostFeatures = 16_384
  private static let rowsAtOnce = 4096

  /// Learns from vectors `[N, F]` of `float32` on the CPU.
  /// - Parameter count: k, from 1 to the smaller of F and N − 1.
  /// - Throws: ``DatasetError`` for another count, or more than ``mostFeatures``.
  public init(of vectors: Tensor, count: Int, source: String = "") throws {
    let (rows, width) = (vectors.shape[0], vectors.shape[1])
    try Self.check(count, rows: rows, width: width)
    self.source = source
    center = try vectors.mean(0)
    var covariance = try Tensor.zeros([width, width])
    // A part at a time: all vectors once more, centred, would be as large as they are.
    for part in try vectors.split(into: Self.rowsAtOnce) {
      let centered = try part - center
      covariance = try covariance + centered.transposed().matmul(centered) / Double(rows)
    }
    // Eigenvalues ascend.
    let eigenvectors = try covariance.to(.float64).symmetricEigen().vectors
    let order = Array((width - count..<width).reversed())
    directions = try eigenvectors.indexSelect(Tensor(indices: order), along: 1).to(.float32)
  }

  /// - Throws: ``DatasetError`` unless so many components can be learnt, before anything is computed.
  public static func check(_ count: Int, rows: Int, width: Int) throws(DatasetError) {
    guard width <= mostFeatures else {
      throw DatasetError(
        "components are found of at most \(mostFeatures) features, and these are \(width): describe by fewer")
    }
    guard count >= 1, count <= min(width, rows - 1) else {
      throw DatasetError(
        "\(count) components of \(rows) vectors of \(width) numbers: use 1 to \(max(1, min(width, rows - 1)))")
    }
  }

  /// The shares `[N, k]` of vectors `[N, F]`.
  /// - Throws: ``DatasetError`` for vectors of another width.
  public func callAsFunction(_ vectors: Tensor) throws -> Tensor {
    let width = center.shape[0]
    guard vectors.rank == 2, vectors.shape[1] == width else {
      throw DatasetError("the components are of vectors of \(width) numbers, not of a tensor of shape \(vectors.shape)")
    }
    return try .concatenate(vectors.split(into: Self.rowsAtOnce).map { try ($0 - center).matmul(directions) })
  }
}

extension PrincipalComponents {
  private static let format = "sparring components 1"

  /// Writes a `.safetensors` file of `center` and `directions`.
  public func write(to path: String) throws {
    do {
      try Safetensors.write(
        ["center": center, "directions": directions], metadata: ["format": Self.format, "source": source],
        to: URL(fileURLWithPath: path))
    } catch {
      throw DatasetError("\(error)")
    }
  }

  /// Reads what ``write(to:)`` wrote.
  /// - Throws: ``DatasetError`` for a file that holds no components.
  public init(contentsOf path: String) throws {
    try FileReading.requireFile(path)
    let contents: (tensors: [String: Tensor], metadata: [String: String])
    do {
      contents = try Safetensors.read(URL(fileURLWithPath: path))
    } catch {
      throw DatasetError("\(error)")
    }
    guard contents.metadata["format"] == Self.format, let center = contents.tensors["center"],
      let directions = contents.tensors["directions"], center.dtype == .float32, directions.dtype == .float32,
      center.rank == 1, directions.rank == 2, directions.shape[0] == center.shape[0], directions.count > 0
    else {
      throw DatasetError("\(path) holds no components: give the file NAME.components.safetensors that features wrote")
    }
    guard try center.isFinite() && directions.isFinite() else {
      throw DatasetError("\(path) holds components that are no numbers: make them again")
    }
    (self.center, self.directions, source) = (center, directions, contents.metadata["source"] ?? "")
  }
}
