import SparringModels
import Testing
import SparringTorch

@Suite struct DCGANFamily {
  @Test(arguments: [(28, 1), (32, 3), (64, 3), (128, 1)])
  func shapes(size: Int, channels: Int) throws {
    let random = try RandomGenerator(seed: 1)
    let sizes = DCGANConfiguration(imageSize: size, channels: channels, latentSize: 16, width: 4, maximumWidth: 16)
    let generator = try DCGANGenerator(sizes, using: random)
    let discriminator = try DCGANDiscriminator(sizes, using: random)
    let images = try generator(Tensor.normal([2, 16], using: random))
    #expect(images.shape == [2, channels, size, size])
    #expect(try images.absolute().maximum().item() <= 1)
    #expect(try discriminator(images).shape == [2, 1])
  }

  @Test func referenceParameterCounts() throws {
    let random = try RandomGenerator(seed: 1)
    // Trained numbers of the published networks, layer by layer.
    let projection = 100 * 8192 + 2 * 8192
    let upsamplings = (16 * 512 * 256 + 3 * 256) + (16 * 256 * 128 + 3 * 128) + (16 * 128 * 64 + 3 * 64)
    let generator = try DCGANGenerator(DCGANConfiguration(), using: random)
    #expect(generator.trainedParameterCount == projection + upsamplings + 9 * 64 * 3 + 3)
    let discriminator = try DCGANDiscriminator(DCGANConfiguration(), using: random)
    #expect(discriminator.trainedParameterCount == 1_792 + 73_856 + 295_168 + 4_096)
  }

  @Test func parameterPathsReadAsInPython() throws {
    let discriminator = try DCGANDiscriminator(DCGANConfiguration(), using: RandomGenerator(seed: 1))
    #expect(discriminator.namedParameters.first?.path == "convolutions.0.weight")
    let generator = try DCGANGenerator(DCGANConfiguration(width: 2), using: RandomGenerator(seed: 1))
    #expect(generator.state["projection_norm.running_mean"] != nil)
  }

  @Test(arguments: [(31, 3), (32, 2), (256, 3)])
  func sizesOutsideTheFamilyAreRefused(size: Int, channels: Int) throws {
    #expect(throws: TorchError.self) {
      try DCGANGenerator(
        DCGANConfiguration(imageSize: size, channels: channels), using: RandomGenerator(seed: 1))
    }
  }
}

@Suite struct Classifiers {
  @Test(arguments: ClassifierConfiguration.Normalization.allCases)
  func shapes(normalization: ClassifierConfiguration.Normalization) throws {
    let random = try RandomGenerator(seed: 1)
    let sizes = ClassifierConfiguration(
      imageSize: 30, channels: 3, classCount: 7, widths: [4, 8, 16], normalization: normalization, dropout: 0.5)
    let classifier = try ConvolutionalClassifier(sizes, using: random, dropoutRandom: random)
    let images = try Tensor.normal([5, 3, 30, 30], using: random)
    #expect(try classifier(images).shape == [5, 7])
    #expect((classifier.state["convolutions.0.weight_norm.g"] != nil) == (normalization == .weight))
    #expect((classifier.state["norms.0.running_mean"] != nil) == (normalization == .batch))
    #expect(try classifier.features(of: images).shape == [5, 16 * 4 * 4])
  }

  /// Weight normalisation keeps the images of a batch apart: real and fake may share a pass.
  @Test func imagesDoNotSeeEachOther() throws {
    let random = try RandomGenerator(seed: 1)
    let classifier = try ConvolutionalClassifier(
      ClassifierConfiguration(imageSize: 8, widths: [4]), using: random, dropoutRandom: random)
    let images = try Tensor.normal([4, 1, 8, 8], using: random)
    let together = try classifier(images).array(of: Float.self)
    let apart = try (0..<4).flatMap { try classifier(images.narrowed($0..<$0 + 1)).array(of: Float.self) }
    for (a, b) in zip(together, apart) { #expect(abs(a - b) < 1e-5) }
  }

  @Test func valuesOutOfRangeAreNamed() {
    #expect(throws: TorchError("channels is 2; use 1 or 3")) {
      try ClassifierConfiguration(channels: 2).validate()
    }
  }
}
