import Foundation
import SparringObjectives
import SparringTorch
import Testing

/// Losses of named pairs and of mixtures, on numbers worked out by hand and against finite differences.
@Suite struct PairLosses {
  let logits = try! Tensor([Float(0.5), -2, -0.25, 1.5, 0, 3], shape: [2, 3])
  let probabilities = try! Tensor([Float(0.5), 0.25, 0.25, 0.125, 0.75, 0.125], shape: [2, 3])

  @Test func hingeOfTheClassifiersPairs() throws {
    // Σ p·max(0, 1 + D): 0.75 + 0 + 0.1875 and 0.3125 + 0.75 + 0.5.
    let discriminator = try NamedPairLoss.hingeDiscriminator(logits: logits, probabilities: probabilities)
    #expect(abs(try discriminator.item() - 1.25) < 1e-6)
    // −Σ p·D: −(0.25 − 0.5 − 0.0625) and −(0.1875 + 0 + 0.375).
    let classifier = try NamedPairLoss.hingeClassifier(logits: logits, probabilities: probabilities)
    #expect(abs(try classifier.item() - (0.3125 - 0.5625) / 2) < 1e-6)
  }

  /// What a classifier that is sure says is the plain hinge of its label.
  @Test func aSureClassifierMakesPlainPairs() throws {
    let sure = try Tensor([Float(0), 1, 0, 0, 0, 1], shape: [2, 3])
    let chosen = try Tensor([Float(-2), 3])
    #expect(
      try NamedPairLoss.hingeDiscriminator(logits: logits, probabilities: sure).item()
        == AdversarialLoss.hingeFake(fakeLogits: chosen).item())
    #expect(
      try NamedPairLoss.hingeClassifier(logits: logits, probabilities: sure).item()
        == AdversarialLoss.hingeGenerator(fakeLogits: chosen).item())
  }

  @Test func theHingeHasTwoParts() throws {
    // Max(0, 1 − 2) = 0 and 1.5; max(0, 1 − 3) = 0 and 1.25.
    let (real, fake) = (try Tensor([Float(2), -0.5]), try Tensor([Float(-3), 0.25]))
    #expect(try AdversarialLoss.hingeReal(realLogits: real).item() == 0.75)
    #expect(try AdversarialLoss.hingeFake(fakeLogits: fake).item() == 0.625)
    #expect(try AdversarialLoss.hingeDiscriminator(realLogits: real, fakeLogits: fake).item() == 1.375)
  }

  @Test func likenessOfImagesFromOtherLatents() throws {
    // Images are 0.5 and 1.5 apart, latents 1, 3, 2 and 2: means 1 and 2, so 1/(1/2).
    let (images, others) = (try Tensor([Float(1), 2], shape: [2, 1]), try Tensor([Float(0.5), 3.5], shape: [2, 1]))
    let latents = try Tensor([Float(0), 1, 2, 3], shape: [2, 2])
    let otherLatents = try Tensor([Float(1), -2, 4, 1], shape: [2, 2])
    func loss(_ images: Tensor) throws -> Tensor {
      try AdversarialLoss.modeSeeking(
        examples: images, others: others, latents: latents, otherLatents: otherLatents)
    }
    #expect(try abs(loss(images).item() - 1 / (0.5 + 1e-5)) < 1e-5)
    #expect(try abs(loss(others).item() - 1e5) < 1, "one image of a class")
    try expectGradient(at: [1, 2]) { try loss($0.reshaped(2, 1)) }
  }

  @Test func gradientsOfNamedPairs() throws {
    try expectGradient(at: [0.5, -2, -0.25, 1.5, 0.1, 3]) {
      try NamedPairLoss.hingeDiscriminator(logits: $0.reshaped(2, 3), probabilities: probabilities)
    }
    try expectGradient(at: [0.5, 0.25, 0.25, 0.125, 0.75, 0.125]) {
      try NamedPairLoss.hingeClassifier(logits: logits, probabilities: $0.reshaped(2, 3))
    }
    // Each side's gradient stops at the other.
    let (own, other) = (try logits.requiringGradient(), try probabilities.requiringGradient())
    #expect(throws: TorchError.self) {
      try gradients(of: NamedPairLoss.hingeDiscriminator(logits: own, probabilities: other), withRespectTo: [other])
    }
    #expect(throws: TorchError.self) {
      try gradients(of: NamedPairLoss.hingeClassifier(logits: own, probabilities: other), withRespectTo: [own])
    }
  }

  @Test func crossEntropyOfMixtures() throws {
    let (labels, others) = (try Tensor(indices: [2, 0]), try Tensor(indices: [0, 0]))
    let share = try Tensor([Float(0.75), 0.5])
    let first = log(exp(0.5) + exp(-2) + exp(-0.25))
    let second = log(exp(1.5) + 1 + exp(3))
    let expected = (0.75 * (first + 0.25) + 0.25 * (first - 0.5) + second - 1.5) / 2
    func loss(_ logits: Tensor, smoothing: Double = 0) throws -> Tensor {
      try ClassificationLoss.mixedCrossEntropy(
        logits: logits, labels: labels, otherLabels: others, share: share, smoothing: smoothing)
    }
    #expect(abs(try loss(logits).item() - expected) < 1e-6)
    let uniform = (first + 1.75 / 3 + second - 1.5) / 2
    #expect(abs(try loss(logits, smoothing: 0.1).item() - 0.9 * expected - 0.1 * uniform) < 1e-6)
    try expectGradient(at: [0.5, -2, -0.25, 1.5, 0, 3]) { try loss($0.reshaped(2, 3), smoothing: 0.1) }
    // All of one class is the plain cross-entropy.
    let whole = try ClassificationLoss.mixedCrossEntropy(
      logits: logits, labels: labels, otherLabels: others, share: .ones([2]))
    #expect(abs(try whole.item() - ClassificationLoss.crossEntropy(logits: logits, labels: labels).item()) < 1e-6)
  }

  @Test func absoluteFeatureMatching() throws {
    let real = try Tensor([Float(1), 2, 3, 6], shape: [2, 2])
    let fake = try Tensor([Float(0), 1, 2, 9], shape: [2, 2])
    // Means (2, 4) and (1, 5): distances 1 and 1.
    let loss = try SemiSupervisedLoss.absoluteFeatureMatching(realFeatures: real, fakeFeatures: fake)
    #expect(try loss.item() == 1)
    try expectGradient(at: [0, 1, 2, 9]) {
      try SemiSupervisedLoss.absoluteFeatureMatching(realFeatures: real, fakeFeatures: $0.reshaped(2, 2))
    }
  }
}
