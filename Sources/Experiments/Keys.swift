public import SparringRecipes
import SparringTraining

/// Every key of a recipe's configuration, with what people must know to set it.
public struct ConfigurationKey: Sendable, Hashable {
  /// As it is typed, such as `training.steps`.
  public let path: String
  /// The value that it has unless told otherwise.
  public let value: String
  /// What it does.
  public let meaning: String
  /// What it may be.
  public let range: String

  /// The keys that do something for a recipe, in the order of its configuration.
  /// - Parameter layers: Laid over the recipe's own values.
  public static func all(of type: any Recipe.Type, layers: ConfigurationLayers = .init()) throws -> [ConfigurationKey] {
    func keys<Method: Recipe>(_ type: Method.Type) throws -> [ConfigurationKey] {
      let tree = try ConfigurationTree(
        text: layers.configuration(for: type).text(), of: RunConfiguration<Method>.self)
      return tree.values.map { path, value in
        let known = KeyMeanings.meaning(of: path)
        return ConfigurationKey(path: path, value: value, meaning: known?.meaning ?? "", range: known?.range ?? "")
      }
    }
    return try keys(type)
  }
}

/// What keys mean and may be. A test holds that every key of every recipe and family is here.
enum KeyMeanings {
  /// By path; a `*` stands for a network's role.
  static func meaning(of path: String) -> (meaning: String, range: String)? {
    if let found = table[path] { return found }
    let parts = path.split(separator: ".")
    guard parts.first == "model", parts.count == 3 else { return nil }
    return table["model.*.\(parts[2])"]
  }

  static let table: [String: (meaning: String, range: String)] = [
    "recipe": ("the method that is trained", "a recipe's name"),
    "seed": ("what every random decision flows from", "0 and up"),
    "device": ("where everything is computed", "cpu, cuda:0, mps"),
    "threads": ("threads within one operation", "0 for all processors, to 1024"),

    "dataset.name": ("the examples", "a known data set, or a folder's or file's path"),
    "dataset.labels": ("training examples whose label is shown", "0 for all, or a number"),
    "dataset.labelFrequencies": (
      "how many of them each class gets: equally many, or as frequent as it is in the data", "balanced, natural"
    ),
    "dataset.validation": ("of those, how many only validate choices", "0 and up, fewer than labels"),
    "dataset.heldOut": ("further labelled examples that only validate choices", "0 and up"),
    "dataset.balancesClasses": ("labelled batches show every class equally often", "true, false"),
    "dataset.folder.imageSize": ("the size that pictures are brought to", "1 to 2048, or HEIGHTxWIDTH"),
    "dataset.folder.fit": ("what becomes of pictures of another shape", "crop, pad, stretch"),
    "dataset.folder.channels": ("grey or colour", "1, 3"),
    "dataset.folder.heldOutFraction": ("the share of each class kept for a test, where no part is one", "0 to below 1"),
    "dataset.folder.seed": ("chooses the pictures that are held out", "0 and up"),
    "dataset.folder.skipUnreadable": ("goes on without pictures that cannot be read", "true, false"),
    "dataset.file.scaling": (
      "what is done to the numbers of vectors",
      "auto, range, feature-range, auto-standard, standard, shared-standard, none"
    ),
    "dataset.file.labelColumn": ("the column of a .csv that holds labels", "auto, last, none, or its name"),
    "dataset.file.header": ("whether the first line of a .csv names columns", "auto, present, absent"),
    "dataset.file.heldOutFraction": ("the share of each class kept for a test, where no part is one", "0 to below 1"),
    "dataset.file.seed": ("chooses the examples that are held out", "0 and up"),

    "model.*.family": ("the kind of network", "`sparring keys` names them under --families"),
    "model.*.dropout": ("the share of features set to zero before the last layer", "0 to below 1"),
    "model.*.from": (
      "a run, checkpoint, ResNet-18 file or published weights whose trunk it begins with", "a path, inception, or empty"
    ),
    "model.*.frozen": ("the trunk stays as it began", "true, false"),
    "model.*.widths": (
      "channels or units of the layers", "a list of 1 to 65536; of fully-connected trunks also [], a linear network"
    ),
    "model.*.normalization": (
      "how layers are normalised", "none, batch, weight, spectral; of a dcgan or a generator none, batch"
    ),
    "model.*.leakyReLUSlope": ("the activation is max(x, slope·x)", "0 to 1"),
    "model.*.inputNoise": ("standard deviation of noise on the examples", "0 to 100"),
    "model.*.hiddenNoise": ("standard deviation of noise on hidden layers", "0 to 100"),
    "model.*.hiddenDropout": ("the share of hidden maps set to zero", "0 to below 1"),
    "model.*.blockDropout": ("the share of each block's inner map set to zero", "0 to below 1"),
    "model.*.blocks": ("residual blocks of each size", "1 to 64"),
    "model.*.depth": ("convolutions from end to end", "10, 16, 22, 28, … 6·n + 4"),
    "model.*.width": ("multiplies, or is, the channels of the smallest layer", "1 and up"),
    "model.*.maximumWidth": ("channels are never more", "1 and up"),
    "model.*.firstHalvings": ("halves height and width before the first stage so many times", "0 to 8"),
    "model.*.patchChannels": ("channels of the first layer", "1 to 65536"),
    "model.*.inputSize": ("the side that images are resized to within the network", "75 to 1024"),
    "model.*.logitScale": ("what the logits are multiplied with", "above 0"),
    "model.*.latentSize": ("normal numbers that an example is made from", "1 to 65536"),

    "options.classifier.optimizer": ("what moves the classifier's weights", "adamw, sgd"),
    "options.classifier.beta1": ("Adam's decay of the gradient's mean, or the momentum", "0 to below 1"),
    "options.classifier.weightDecay": ("decoupled weight decay; of sgd, a penalty", "0 and up"),
    "options.classifier.decayed": ("what the weight decay shrinks", "weights, all"),
    "options.classifier.labelSmoothing": ("the share of the target spread over all classes", "0 to 1"),
    "options.classifier.averageDecay": (
      "how much of the averaged weights survives a step; they are the result", "0 to below 1"
    ),
    "options.generator.learningRate": ("the generator's, before the schedule scales it", "0 to 1000"),
    "options.generator.beta1": ("Adam's decay of the gradient's mean", "0 to below 1"),
    "options.generator.batchSize": ("examples that the generator makes in a step", "1 to 65536"),
    "options.generator.augments": ("generated images pass through the augmentation, too", "true, false"),
    "options.generator.averageDecay": (
      "how much of the averaged generator, which draws the samples, survives a step", "0 to below 1"
    ),
    "options.discriminator.learningRate": ("the discriminator's, before the schedule scales it", "0 to 1000"),
    "options.discriminator.beta1": ("Adam's decay of the gradient's mean", "0 to below 1"),
    "options.features": ("what the linear classifier sees", "trained, random (nothing plays), pixels"),
    "options.featuresFrom": ("whose features the linear classifier sees", "encoder, discriminator"),
    "options.layers": ("which layers give the features", "all (each pooled to 4×4), last"),
    "options.restsAfter": ("the share of the run after which the game rests and features stand still", "0 to 1"),
    "options.fineTunes": ("the labels then tune what gives the features, too", "true, false"),
    "options.generatedLabelWeight": ("the weight of generated images' classes for the classifier", "0 and up"),
    "options.generatorClassWeight": ("the weight of being taken for the class asked for", "0 and up"),
    "options.syntheticShare": ("generated images' part in what is learnt; 1 leaves out the labelled ones", "0 to 1"),
    "options.joinsAfter": ("the share of the run before which no generated image joins", "0 to 1"),
    "options.confidence": ("the least probability of its class at which a generated image joins", "0 to 1"),
    "options.namesUnlabelled": ("unlabelled images play under the classifier's names for them", "true, false"),
    "options.batchSize": ("examples in one step", "1 to 65536"),
    "options.mixup": ("α of mixup, which shows mixtures of two examples each", "0 for none, or 0.001 to 1000"),
    "options.labelledBatchSize": ("labelled examples in one step", "1 to 65536"),
    "options.unlabelledBatchSize": ("unlabelled examples in one step", "1 to 65536"),
    "options.adversarialWeight": (
      "the weight of telling real from generated; of triple-gan's classifier, of deceiving the discriminator",
      "0 and up"
    ),
    "options.syntheticWeight": ("the weight of naming generated examples as they were asked for", "0 and up"),
    "options.gameStart": ("the share of the run at which the classifier begins to learn from the game", "0 to 1"),
    "options.gameEnd": ("the share of the run from which the game has its whole weight", "gameStart to 1"),
    "options.namedPairShare": ("the share of the real pairs that have the teacher's label", "0 to 1"),
    "options.classifierPairShare": ("the share of the classifier's pairs among those to be seen through", "0 to 1"),
    "options.augmenterShare": ("the share of the run in which the generator is trained", "0 to 1"),
    "options.featureMatchingWeight": ("the generator's weight of matching the mean features", "0 and up"),
    "options.pseudoLabelWeight": ("the weight of agreeing with the pseudo-labels", "0 and up"),
    "options.pseudoLabelThreshold": ("the least probability at which a pseudo-label counts", "0 to 1"),
    "options.alignsPseudoLabels": ("pseudo-labels are corrected towards the labels' class frequencies", "true, false"),
    "options.rotationWeight": ("the weight of telling turned images from upright ones", "0 and up"),
    "options.rampLength": ("the share of the run over which pseudo-labels gain their weight", "0 to 1"),
    "options.weakShare": ("how strongly the teacher's images are augmented, beside the classifier's", "0 to 1"),
    "options.epsilon": ("the length of the perturbation", "0 and up"),
    "options.xi": ("the length at which the most sensitive direction is looked for", "above 0"),
    "options.powerIterations": ("power iterations for that direction", "1 to 100"),
    "options.smoothnessWeight": ("the weight of answering alike", "0 and up"),
    "options.entropyWeight": ("the weight of being sure", "0 and up"),
    "options.balanceWeight": ("the weight of giving all classes equally often", "0 and up"),
    "options.manifoldWeight": ("the weight of answering alike along the generator's manifold", "0 and up"),
    "options.manifoldStep": ("the length of the step along it", "above 0"),
    "options.initializesByData": ("the first images scale the classifier's layers before training", "true, false"),
    "options.matching.matchesAllLayers": ("the generator matches all layers, not the last alone", "true, false"),
    "options.modeSeekingWeight": (
      "the weight of images of one class differing as their latents do; of completion, of two fillings of one image differing",
      "0 and up; of completion to 0.5"
    ),
    "options.matching.pullAwayWeight": ("the weight of spreading generated examples", "0 and up"),
    "options.matching.complementWeight": ("the weight of avoiding what looks more real than real", "0 and up"),
    "options.matching.showsAverage": ("the classifier is shown the averaged generator's examples, too", "true, false"),
    "options.inputNoise": ("standard deviation of the noise on the examples", "0 to 100"),
    "options.noise": ("standard deviation of the noise on each layer's normalised sums", "0 to 100"),
    "options.inputDenoisingWeight": ("the weight of denoising the examples", "0 and up"),
    "options.firstDenoisingWeight": ("the weight of denoising the first layer", "0 and up"),
    "options.denoisingWeight": ("the weight of denoising each further layer", "0 and up"),
    "options.objective": (
      "what the two networks minimise", "non-saturating, minimax, least-squares, hinge, wasserstein, relativistic"
    ),
    "options.beta1": ("Adam's decay of the gradient's mean", "0 to below 1"),
    "options.r1Penalty": ("the weight of the penalty on the discriminator's slope at real images", "0 and up"),
    "options.r2Penalty": ("the same at generated images", "0 and up"),
    "options.gradientPenalty": (
      "the weight of that slope's distance from 1 between the two; 10 for wasserstein", "0 and up"
    ),
    "options.penalizedShare": ("the share of each batch at which those slopes are measured", "above 0, to 1"),
    "options.classes": ("how classes take part, so that they can be asked for", "none, projection, auxiliary"),
    "options.classWeight": ("the weight of naming the class, for auxiliary", "0 and up"),
    "options.augmentationTarget": (
      "how sure of real images the discriminator may be before more is augmented; 0 augments everything", "0 to 1"
    ),
    "options.augmentationPace": ("real images over which the augmented share may grow from 0 to 1", "1 and up"),
    "options.discriminatorRate": ("the discriminator's learning rate; 0 takes the generator's", "0 to 1000"),
    "options.instanceNoise": (
      "noise on what the discriminator is shown when the run begins, pixels on [-1, 1]", "0 to 100"
    ),
    "options.instanceNoiseLength": ("the share of the run over which that falls to zero", "above 0, to 1"),
    "options.labelSmoothing": ("how far below 1 the discriminator's target of real images lies", "0 to 0.5"),
    "options.averageDecay": ("how much of the averaged generator survives a step", "0 to below 1"),

    "options.averagesViews": (
      "an answer is the mean over an image, its mirror image, and both moved by a pixel", "true, false"
    ),
    "options.game.objective": (
      "what generator and discriminator minimise",
      "non-saturating, minimax, least-squares, hinge, wasserstein, relativistic"
    ),
    "options.game.r1Penalty": (
      "the weight of the penalty on the discriminator's slope at real images", "0 and up"
    ),
    "options.game.r2Penalty": ("the same at generated images", "0 and up"),
    "options.adversary.weight": ("the weight of deceiving a discriminator; 0 leaves it out", "0 and up"),
    "options.adversary.objective": (
      "what the two networks minimise", "non-saturating, minimax, least-squares, hinge, wasserstein, relativistic"
    ),
    "options.adversary.learningRate": ("the discriminator's, before the schedule scales it", "0 to 1000"),
    "options.adversary.r1Penalty": (
      "the weight of the penalty on the discriminator's slope at real images", "0 and up"
    ),
    "options.adversary.begins": ("the share of the run before which the discriminator does not count", "0 to 1"),
    "options.holes": ("the shapes that are missing in training", "mixed, boxes, pixels, strokes"),
    "options.largestBox": ("the longest side of a missing rectangle, as a share of the image's", "0.05 to 0.95"),
    "options.latentSize": (
      "normal numbers that a filling is made from, so that there are several", "0 for one, to 4096"
    ),
    "options.scale": ("how many times as high and wide images become", "1, 2, 4"),
    "options.denoise": ("the strongest noise's standard deviation, in levels of 255", "0 for none, to 255"),

    "options.cellSize": ("side of a cell, in pixels; 0 takes a seventh of the shorter side", "0, or 2 to 256"),
    "options.orientations": ("orientations that a cell tells apart, over half a turn", "2 to 64"),
    "options.cost": ("C, how much a labelled image on the wrong side counts beside a wide margin", "above 0"),
    "options.variant": ("which numbers describe a cell", "felzenszwalb, dalal-triggs"),
    "options.encoding": ("how a picture's patches become one vector", "words, fisher"),
    "options.vocabularySize": ("visual words, or Gaussians; 0 takes 256 or 32", "0, or 2 to 16384"),
    "options.vocabularyImages": ("training images that these are learnt from, without labels", "1 to 65536"),
    "options.binSizes": ("sides of a descriptor's cells, in pixels; a patch has 4×4", "a list of 2 to 256"),
    "options.patchStep": ("pixels between two patches; 0 takes a fourteenth of the shorter side", "0 to 1024"),

    "augmentation.maximumShift": ("largest shift along each axis, in pixels", "0 to 4096"),
    "augmentation.horizontalFlip": ("mirrors half the images left to right", "true, false"),
    "augmentation.rotation": ("largest rotation either way, in degrees", "0 to 180"),
    "augmentation.scale": ("sizes between 1 − scale and 1 + scale", "0 to 0.99"),
    "augmentation.shear": ("largest horizontal shear, as a share of the height", "0 to 10"),
    "augmentation.referenceSize": (
      "the shorter side that shifts and cutouts are meant for; larger images have larger ones; 0 takes them as they are",
      "0 to 4096"
    ),
    "augmentation.cutout": ("side of a blanked square, in pixels", "0 to 4096"),
    "augmentation.brightness": ("largest brightness added or taken; the full range is 2", "0 to 2"),
    "augmentation.contrast": ("how far contrast grows or shrinks", "0 to 1"),
    "augmentation.saturation": ("how far colours grow or shrink", "0 to 1"),
    "augmentation.fill": ("what appears where a moved image ends", "black, edge, mirror"),

    "training.epochs": ("passes over the training examples", "0 leaves the length to steps"),
    "training.steps": ("steps in all; given alone, they count whatever epochs there are", "1 and up"),
    "training.learningRate": ("the rate before its schedule scales it", "above 0, to 1000"),
    "training.schedule.decay": ("how the learning rate falls", "none, linear, cosine"),
    "training.schedule.decayStart": ("the share of the run after which it falls", "0 to 1"),
    "training.schedule.finalFactor": ("what is left of it at the end", "0 to 1"),
    "training.schedule.warmUpSteps": ("steps over which it grows at first", "0 and up"),
    "training.precision": ("the number format of convolutions and matrix products", "auto, fp32, bf16"),
    "training.graphs": ("whole steps are recorded and replayed on a GPU", "auto, off"),
    "training.logEvery": ("steps between two reports of the losses", "1 and up"),
    "training.sampleEvery": ("steps between two grids of samples", "0 draws only the last"),
    "training.measureEvery": ("steps between two measurements", "0 measures only at the end"),
    "training.result": (
      "which weights are the result", "auto, last, best (on validation images; of gan, by its samples' distance)"
    ),
    "training.patience": ("measurements without a better one after which training ends", "0 trains to the end"),
    "training.checkpointEvery": ("steps between two checkpoints", "0 writes only the last"),
    "training.keepCheckpoints": ("how many checkpoints stay on disk", "1 and up"),
    "training.watch.policy": (
      "what is done about a run that is being ruined", "off, warn, lower-rate, roll-back, stop (the best is the result)"
    ),
    "training.watch.rateFactor": ("what an intervention leaves of the learning rates", "above 0, below 1"),
    "training.watch.interventions": ("interventions after which the next sign ends the run", "1 to 1000"),
  ]
}
