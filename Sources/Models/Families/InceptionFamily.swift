public import Foundation
public import SparringTorch

/// The Inception network of 2015 (Szegedy et al. 2015) as TensorFlow published it: the one whose 2,048 features of the
/// last pooling the Fréchet distance compares (Heusel et al. 2017), number for number. Its weights are known by name
/// (`model.classifier.from: inception`), and a classifier on the frozen trunk is a strong beginning for photographs.
///
/// Images on [-1, 1] of any size are resized to ``inputSize`` as TensorFlow 1 does, and shifted to the range that the
/// weights were trained on; grey ones are shown as colour.
public struct InceptionFamily: TrunkFamily {
  /// As configurations call it.
  public static let name = "inception"

  /// The side that images are resized to: 299 for the published features; smaller is quicker.
  public var inputSize = 299

  /// The published size, to be changed.
  public init() {}

  /// Another size.
  public init(inputSize: Int) { self.inputSize = inputSize }

  /// - Throws: ``TorchError`` that names the key out of range.
  public func validate(under key: String) throws(TorchError) {
    try require(inputSize, named: "\(key).inputSize", in: 75...1024)
  }

  /// A trunk with fresh weights.
  public func makeTrunk(
    exampleShape: [Int], using weights: RandomGenerator, noise: RandomGenerator
  ) throws(TorchError) -> any Trunk {
    // Colour or grey, of whatever size: the trunk takes both.
    _ = try ImageSize(exampleShape, family: Self.name)
    return try InceptionTrunk(inputSize: inputSize, using: weights)
  }

  /// The published weights under the names of this trunk.
  ///
  /// - Parameter numbers: Of each of the 94 convolutions, in the order of the network: its weight, and of the batch
  ///   normalisation after it β, the mean and the variance (γ is 1 throughout); `float32`, row-major.
  /// - Throws: ``TorchError`` when there are more, fewer or others.
  public static func state(ofPublished numbers: [Data]) throws -> [String: Tensor] {
    let trunk = try InceptionTrunk(inputSize: 299, using: RandomGenerator(seed: 0))
    var state: [String: Tensor] = [:]
    var rest = numbers[...]
    for (path, own) in trunk.namedParameters.map({ ($0.path, $0.value) }) {
      if path.hasSuffix("norm.weight") {
        state[path] = try own.onesLike()
      } else {
        guard let next = rest.popFirst() else { throw TorchError("there are no numbers for \(path)") }
        state[path] = try Tensor(bytes: next, shape: own.shape, dtype: .float32)
      }
    }
    guard rest.isEmpty else { throw TorchError("there are \(rest.count) tensors too many") }
    return state
  }
}
