import SparringDatasets
import SparringModels
import SparringObjectives
public import SparringTorch

/// A linear classifier on features that others learn without labels (Radford et al. 2016, section 5): what it gets right
/// is what the features already tell apart.
///
/// Each feature is shifted and scaled by its mean and variance of late, over all images that pass, which costs no label.
/// An example's features then have a length of about 1, however many there are, so that one learning rate and one weight
/// decay suit pixels and features alike. The statistics are buffers, saved with the networks.
final class LinearReadout: Module {
  /// Features `[N, F]` to class logits `[N, K]`. It begins at zero: nothing is decided by chance.
  let output: Linear
  /// `[F]`.
  let runningMean: Parameter
  /// `[F]`.
  let runningVar: Parameter
  /// The share of the new batch in the statistics.
  private static let momentum = 0.05
  /// Keeps features that hardly vary from being blown up: this share of the mean variance is added to each.
  private static let floor = 0.1

  init(featureCount: Int, classCount: Int, using weights: RandomGenerator) throws(TorchError) {
    output = try Linear(
      inputFeatures: featureCount, outputFeatures: classCount, initializer: .zeros, using: weights)
    runningMean = try Parameter(Tensor.zeros([featureCount], device: weights.device), role: .buffer)
    runningVar = try Parameter(Tensor.ones([featureCount], device: weights.device), role: .buffer)
  }

  /// Takes features `[N, F]` into the statistics; N is at least 2.
  func observe(_ features: Tensor) throws(TorchError) {
    try withoutGradients { () throws(TorchError) in
      let (mean, variance) = (try features.mean(0), try features.variance(0))
      for (running, new) in [(runningMean.value, mean), (runningVar.value, variance)] {
        try running.copy(from: running * (1 - Self.momentum) + new * Self.momentum)
      }
    }
  }

  /// Class logits `[N, K]` of features `[N, F]`.
  func callAsFunction(_ features: Tensor) throws(TorchError) -> Tensor {
    let variance = try (runningVar.value + runningVar.value.mean() * Self.floor + 1e-12) * Double(features.size(1))
    return try output((features - runningMean.value) / variance.squareRoot()).to(.float32)
  }
}

/// Which of a network's layers give the features.
public enum ReadLayers: String, NamedChoice {
  /// Every layer's maps, each brought to 4×4 by its largest values, side by side (Radford et al. 2016, section 5.1).
  case all
  /// The last layer, as it is.
  case last

  /// The features `[N, F]` of examples by a trunk, in inference mode: as they are when the classifier is used.
  func features(of examples: Tensor, by trunk: any Trunk) throws -> Tensor {
    try trunk.inInferenceMode {
      guard self == .all else { return try trunk(examples, countsInStatistics: false).to(.float32) }
      let pooled = try trunk.layers(of: examples, countsInStatistics: false).map { layer in
        guard layer.rank == 4 else { return layer }
        return try layer.maxPooled(toHeight: min(layer.size(2), 4), width: min(layer.size(3), 4)).flattened()
      }
      return try Tensor.concatenate(pooled.map { try $0.to(.float32) }, along: 1)
    }
  }
}

extension ClassifierOptions {
  /// A linear classifier on features, with its optimiser and average.
  /// - Parameter features: Makes the features `[N, F]` of examples; asked once, for one example, how many there are.
  func readout(in setting: Setting, on features: (Tensor) throws -> Tensor) throws -> Player<LinearReadout> {
    try setting.requireClasses()
    let blank = try Tensor.zeros([1] + setting.data.shape.sizes, device: setting.device)
    let count = try withoutGradients { try features(blank).size(1) }
    let network = try LinearReadout(
      featureCount: count, classCount: setting.data.classCount, using: setting.random("readout weights"))
    return try Player(network, averageDecay: averageDecay) {
      try AdamW(
        parameters: $0, learningRate: setting.learningRate, beta1: beta1, weightDecay: weightDecay, decaying: decayed)
    }
  }
}

extension StepTime {
  /// What a game's gradients are multiplied with that rests in the last part of the run: 1, then 0. Adam's mean of
  /// gradients dies away within a few steps.
  /// - Parameter share: Of the run, after which it rests.
  func rest(after share: Double) throws(TorchError) -> Tensor { try 1 - switched(at: share) }
}
