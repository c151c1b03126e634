public import SparringObjectives
public import SparringTorch

extension GAN {
  /// How the classes of images take part in the game.
  public enum ClassConditioning: String, NamedChoice {
    /// Not at all.
    case none
    /// The discriminator judges image and class together (Miyato and Koyama 2018).
    case projection
    /// The discriminator also names the class, and generated images are to be named as they were asked for (Odena et al.
    /// 2017, "AC-GAN"; the class head learns from real images alone).
    case auxiliary
  }

  /// What may be chosen besides the networks' sizes.
  public struct Options: RecipeOptions {
    /// What the two networks minimise.
    public var objective = AdversarialObjective.nonSaturating
    /// Whether images of a class can be asked for. The data then need labels.
    public var classes = ClassConditioning.none
    /// The weight of naming the class beside telling real from generated, for ``ClassConditioning/auxiliary``.
    public var classWeight = 1.0
    /// The weight of images of one class differing as their latents do (Mao et al. 2019), where there are classes; with 0
    /// generators of digits draw one image of each.
    public var modeSeekingWeight = 0.1
    /// s, where the discriminator's target of real images is 1 − s (one-sided label smoothing).
    public var labelSmoothing = 0.0
    /// Adam's decay of the gradient's mean.
    public var beta1 = 0.5
    /// The weight γ of the R1 penalty on the discriminator's slope at real images; 0 leaves it out.
    public var r1Penalty = 0.0
    /// The weight γ of the R2 penalty on its slope at generated images; 0 leaves it out.
    public var r2Penalty = 0.0
    /// The weight λ of its slope's distance from 1 between real and generated images, which ``AdversarialObjective/wasserstein``
    /// is made for (10 in the paper); 0 leaves it out. The paper's discriminator has no batch normalisation.
    public var gradientPenalty = 0.0
    /// The share of each batch at which slopes are measured: their mean is that of the whole, and its cost a part of it.
    public var penalizedShare = 0.25
    /// σ of the noise on what the discriminator is shown when the run begins, where pixels lie on [-1, 1] (instance noise,
    /// Sønderby et al. 2017); it falls to zero in a straight line.
    public var instanceNoise = 0.0
    /// The share of the run over which it falls.
    public var instanceNoiseLength = 1.0
    /// How sure of real images the discriminator may be, as the mean sign of its opinion, before more of what it sees is
    /// augmented (Karras et al. 2020); 0 augments everything at all times.
    public var augmentationTarget = 0.6
    /// Real images over which the augmented share may grow from 0 to 1.
    public var augmentationPace = 500_000.0
    /// The discriminator's learning rate, scaled by the schedule like the generator's (two time-scales, Heusel et al.
    /// 2017); 0 takes the generator's.
    public var discriminatorRate = 0.0
    /// How much of the averaged generator survives one step; 0 keeps no average.
    public var averageDecay = 0.99
    /// Real images in one step, and as many generated ones.
    public var batchSize = 32

    /// The defaults, to be changed one by one.
    public init() {}

    /// Those of Keras's DCGAN (Radford et al. 2016), which `cifar10-dcgan` trains.
    public static var reference: Options {
      var options = Options()
      (options.objective, options.averageDecay) = (.nonSaturating, 0)
      (options.r1Penalty, options.r2Penalty, options.penalizedShare, options.augmentationTarget) = (0, 0, 1, 0)
      return options
    }

    /// - Throws: ``TorchError`` naming the value out of range.
    public func validate() throws(TorchError) {
      try require(classWeight, named: "options.classWeight", in: 0...1e6)
      try require(modeSeekingWeight, named: "options.modeSeekingWeight", in: 0...1e6)
      try require(r1Penalty, named: "options.r1Penalty", in: 0...1e6)
      try require(r2Penalty, named: "options.r2Penalty", in: 0...1e6)
      try require(gradientPenalty, named: "options.gradientPenalty", in: 0...1e6)
      try require(penalizedShare, named: "options.penalizedShare", in: 1e-6...1)
      try require(instanceNoise, named: "options.instanceNoise", in: 0...100)
      try require(instanceNoiseLength, named: "options.instanceNoiseLength", in: 1e-6...1)
      try require(augmentationTarget, named: "options.augmentationTarget", in: 0...1)
      try require(augmentationPace, named: "options.augmentationPace", in: 1...1e12)
      try require(discriminatorRate, named: "options.discriminatorRate", in: 0...1000)
      try require(labelSmoothing, named: "options.labelSmoothing", in: 0...0.5)
      if labelSmoothing > 0, !objective.smoothsLabels {
        throw TorchError("options.labelSmoothing: \(objective.rawValue) has no targets that could be smoothed; use 0")
      }
      try require(averageDecay, named: "options.averageDecay", in: 0...0.999_999)
      try require(beta1, named: "options.beta1", in: 0...0.999_999)
      try require(batchSize: batchSize, named: "batchSize")
    }
  }
}
