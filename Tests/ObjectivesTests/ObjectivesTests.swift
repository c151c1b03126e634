import Foundation
import SparringObjectives
import Testing
import SparringTorch

/// Each objective on numbers worked out by hand: softplus(x) = log(1 + eˣ).
@Suite struct ObjectiveValues {
  let real = try! Tensor([Float(2), -1], shape: [2, 1])
  let fake = try! Tensor([Float(-3), 0.5], shape: [2, 1])

  func softplus(_ x: Double) -> Double { log(1 + exp(x)) }

  @Test func binaryCrossEntropyOfTheDiscriminator() throws {
    let expected = (softplus(-2) + softplus(1)) / 2 + (softplus(-3) + softplus(0.5)) / 2
    #expect(abs(try AdversarialLoss.discriminator(realLogits: real, fakeLogits: fake).item() - expected) < 1e-6)
    #expect(abs(expected - 1.231427) < 1e-6)
  }

  @Test func generatorLosses() throws {
    let nonSaturating = (softplus(3) + softplus(-0.5)) / 2
    let minimax = -(softplus(-3) + softplus(0.5)) / 2
    #expect(abs(try AdversarialLoss.nonSaturatingGenerator(fakeLogits: fake).item() - nonSaturating) < 1e-6)
    #expect(abs(try AdversarialLoss.minimaxGenerator(fakeLogits: fake).item() - minimax) < 1e-6)
  }

  @Test func hinge() throws {
    // Real: max(0, 1 − 2) = 0 and 1 + 1 = 2; fake: max(0, 1 − 3) = 0 and 1.5.
    #expect(abs(try AdversarialLoss.hingeDiscriminator(realLogits: real, fakeLogits: fake).item() - 1.75) < 1e-6)
    #expect(abs(try AdversarialLoss.hingeGenerator(fakeLogits: fake).item() - 1.25) < 1e-6)
  }

  @Test func generatorsPullTheLogitUp() throws {
    for loss in [
      AdversarialLoss.nonSaturatingGenerator, AdversarialLoss.minimaxGenerator, AdversarialLoss.hingeGenerator,
    ] {
      let logits = try Tensor([Float(0.3)]).requiringGradient()
      let slope = try gradients(of: loss(logits), withRespectTo: [logits])[0].item()
      #expect(slope < 0, "minimising must raise the fake logit")
    }
  }

  @Test func crossEntropy() throws {
    let logits = try Tensor([Float(1), 2, 3, 0, 0, 0], shape: [2, 3])
    let labels = try Tensor(indices: [2, 0])
    let first = log(exp(1.0) + exp(2) + exp(3)) - 3
    #expect(
      abs(try ClassificationLoss.crossEntropy(logits: logits, labels: labels).item() - (first + log(3)) / 2) < 1e-6)
    // With smoothing s, the target is (1 − s)·label + s·uniform.
    let logNormaliser = log(exp(1.0) + exp(2) + exp(3))
    let uniform = (logNormaliser - 2 + log(3)) / 2
    let smoothed = 0.9 * (first + log(3)) / 2 + 0.1 * uniform
    #expect(
      abs(try ClassificationLoss.crossEntropy(logits: logits, labels: labels, smoothing: 0.1).item() - smoothed) < 1e-6)
  }

  @Test func weightedCrossEntropy() throws {
    let logits = try Tensor([Float(0), 1, 3, 0, 0, 0], shape: [3, 2]).requiringGradient()
    let weights = try Tensor([Float(1), 0, 0.5])
    let loss = try ClassificationLoss.crossEntropy(
      logits: logits, labels: Tensor(indices: [0, 1, 1]), weights: weights)
    // log(1 + e) counts once, the second not at all, log 2 by half, over three examples.
    #expect(abs(try loss.item() - (log(1 + exp(1.0)) + log(2.0) / 2) / 3) < 1e-6)
    // The slope at a logit is wᵢ·(softmax − label) / N.
    let first: Double = (1 / (1 + exp(1.0)) - 1) / 3
    let slope = try gradients(of: loss, withRespectTo: [logits])[0].array(of: Double.self)
    for (number, wanted) in zip(slope, [first, -first, 0, 0, 0.25 / 3, -0.25 / 3]) {
      #expect(abs(number - wanted) < 1e-6)
    }
  }

  @Test func divergence() throws {
    // p = (1/4, 3/4) and q = (1/2, 1/2); alike for the second example.
    let target = try Tensor([Float(0), log(3), 1, 2], shape: [2, 2])
    let logits = try Tensor([Float(5), 5, 0, 1], shape: [2, 2]).requiringGradient()
    let expected = (0.25 * log(0.5) + 0.75 * log(1.5)) / 2
    let found = try ClassificationLoss.divergence(of: logits, from: target)
    #expect(abs(try found.item() - expected) < 1e-6)
    // The slope at a logit is (q − p) / N.
    let slope = try gradients(of: found, withRespectTo: [logits])[0].array(of: Double.self)
    for (number, wanted) in zip(slope, [0.125, -0.125, 0, 0]) { #expect(abs(number - wanted) < 1e-6) }
  }

  @Test func imbalance() throws {
    // The mean of (3/4, 1/4) and (1/4, 3/4) is even; that of (3/4, 1/4) alone is not.
    let three = Float(log(3.0))
    let even = try Tensor([three, 0, 0, three], shape: [2, 2])
    #expect(abs(try SemiSupervisedLoss.imbalance(classLogits: even).item()) < 1e-6)
    let uneven = try SemiSupervisedLoss.imbalance(classLogits: even.narrowed(0..<1)).item()
    #expect(abs(uneven - (log(2.0) + 0.75 * log(0.75) + 0.25 * log(0.25))) < 1e-6)
    // One class for all is log K away, and finite.
    let one = try Tensor([Float(1000), 0], shape: [1, 2])
    #expect(abs(try SemiSupervisedLoss.imbalance(classLogits: one).item() - log(2.0)) < 1e-6)
  }

  @Test func realAndFakeByClassLogits() throws {
    // Z = e⁰ + e⁰ = 2, so D = 2/3.
    let logits = try Tensor([Float(0), 0], shape: [1, 2])
    #expect(abs(try SemiSupervisedLoss.realUnlabelled(classLogits: logits).item() - log(1.5)) < 1e-6)
    #expect(abs(try SemiSupervisedLoss.fake(classLogits: logits).item() - log(3)) < 1e-6)
  }

  @Test func conditionalEntropy() throws {
    // Rows of entropy log 2 and 0.
    let logits = try Tensor([Float(1), 1, 40, 0], shape: [2, 2])
    #expect(abs(try SemiSupervisedLoss.conditionalEntropy(classLogits: logits).item() - log(2) / 2) < 1e-6)
  }

  @Test func featureMatching() throws {
    let real = try Tensor([Float(1), 2, 3, 6], shape: [2, 2])
    let fake = try Tensor([Float(0), 1, 2, 1], shape: [2, 2])
    // Means (2, 4) and (1, 1): squares 1 and 9, averaged over the two features.
    #expect(abs(try SemiSupervisedLoss.featureMatching(realFeatures: real, fakeFeatures: fake).item() - 5) < 1e-6)
  }

  @Test func featureMatchingOfSeveralLayers() throws {
    let (real, fake) = (
      try Tensor([Float(1), 2, 3, 6], shape: [2, 2]), try Tensor([Float(0), 1, 2, 1], shape: [2, 2])
    )
    // 5 as above for one layer, 0 for the other.
    let loss = try SemiSupervisedLoss.featureMatching(realLayers: [real, real], fakeLayers: [fake, real])
    #expect(abs(try loss.item() - 2.5) < 1e-6)
    #expect(throws: TorchError.self) {
      try SemiSupervisedLoss.featureMatching(realLayers: [real], fakeLayers: [fake, real])
    }
  }

  @Test func pullAway() throws {
    // Cosines: 0 between the first two, √½ between the third and each of them; four of six ordered pairs.
    let features = try Tensor([Float(2), 0, 0, 3, 1, 1], shape: [3, 2])
    #expect(abs(try SemiSupervisedLoss.pullAway(features: features).item() - 4 * 0.5 / 6) < 1e-6)
    #expect(throws: TorchError("a pull-away term needs two examples at least, not 1")) {
      try SemiSupervisedLoss.pullAway(features: features.narrowed(0..<1))
    }
  }

  @Test func complement() throws {
    // log Z is log 2 and log 4; only the second is above log 3.
    let logits = try Tensor([Float(0), 0, Float(log(2.0)), Float(log(2.0))], shape: [2, 2])
    let loss = try SemiSupervisedLoss.complement(classLogits: logits, threshold: Tensor([Float(log(3.0))]).sum())
    #expect(abs(try loss.item() - (log(4.0) - log(3.0)) / 2) < 1e-6)
  }

  @Test func manifold() throws {
    let (here, there) = (
      try Tensor([Float(1), 2, 0, 0], shape: [2, 2]), try Tensor([Float(0), 4, 0, 0], shape: [2, 2])
    )
    #expect(abs(try SemiSupervisedLoss.manifold(logits: here, movedLogits: there).item() - 2.5) < 1e-6)
  }

  @Test func gradientsAgainstFiniteDifferences() throws {
    let losses: [(String, (Tensor) throws -> Tensor)] = [
      ("pull-away", { try SemiSupervisedLoss.pullAway(features: $0) }),
      ("complement", { try SemiSupervisedLoss.complement(classLogits: $0, threshold: Tensor([0.9]).sum()) }),
      ("manifold", { try SemiSupervisedLoss.manifold(logits: $0, movedLogits: $0.tanh()) }),
      (
        "feature matching",
        { try SemiSupervisedLoss.featureMatching(realLayers: [$0.tanh(), $0], fakeLayers: [$0, $0.squared()]) }
      ),
    ]
    let start = [0.3, -0.7, 1.1, 0.2, -0.4, 0.9]
    for (name, loss) in losses {
      let input = try Tensor(start, shape: [3, 2]).requiringGradient()
      let slopes = try gradients(of: loss(input), withRespectTo: [input])[0].array(of: Double.self)
      for index in start.indices {
        func value(_ step: Double) throws -> Double {
          var moved = start
          moved[index] += step
          return try loss(Tensor(moved, shape: [3, 2])).item()
        }
        let numeric = try (value(1e-5) - value(-1e-5)) / 2e-5
        #expect(abs(slopes[index] - numeric) < 1e-6, "\(name), number \(index)")
      }
    }
  }

  @Test func pseudoLabelsCountOnlyWhereTheTeacherIsSure() throws {
    let teacher = try Tensor([Float(0.98), 0.02, 0.6, 0.4], shape: [2, 2])
    let student = try Tensor([Float(0), 1, 3, 0], shape: [2, 2]).requiringGradient()
    let (loss, shares) = try SemiSupervisedLoss.pseudoLabel(
      studentLogits: student, teacherProbabilities: teacher, threshold: 0.9)
    // Only the first row counts: −log softmax(0, 1)[0] = log(1 + e), over two images.
    #expect(abs(try loss.item() - log(1 + exp(1)) / 2) < 1e-6)
    #expect(try shares.array(of: Float.self) == [0.5, 0], "one of two images was named class 0 and counts")
    let slope = try gradients(of: loss, withRespectTo: [student])[0].array(of: Float.self)
    #expect(slope[2] == 0 && slope[3] == 0)
    #expect(slope[0] < 0)
  }
}

@Suite struct GradientPenalties {
  /// D(x) = w·x has the slope w everywhere.
  @Test func r1OfALinearDiscriminator() throws {
    let weight = try Tensor([Float(3), 4], shape: [2, 1]).requiringGradient()
    let images = try Tensor([Float(1), 2, 3, 4, 5, 6], shape: [3, 2])
    let penalty = try GradientPenalty.r1(realImages: images, logits: { try $0.matmul(weight) })
    #expect(abs(try penalty.item() - 12.5) < 1e-5)
    // ∂(½·‖w‖²)/∂w = w.
    let slope = try gradients(of: penalty, withRespectTo: [weight])[0].array(of: Float.self)
    #expect(abs(slope[0] - 3) < 1e-5 && abs(slope[1] - 4) < 1e-5)
  }

  @Test func r1OfACurvedDiscriminatorAgainstFiniteDifferences() throws {
    let images = try Tensor([0.3, -0.7, 1.1, 0.2], shape: [2, 2])
    func penalty(_ w: Double) throws -> (Tensor, Tensor) {
      let weight = try Tensor([w]).requiringGradient()
      let value = try GradientPenalty.r1(realImages: images, logits: { try ($0 * weight).tanh().sum(1) })
      return (value, weight)
    }
    let (value, weight) = try penalty(0.8)
    let slope = try gradients(of: value, withRespectTo: [weight])[0].item()
    let step = 1e-5
    let numeric = try (penalty(0.8 + step).0.item() - penalty(0.8 - step).0.item()) / (2 * step)
    #expect(abs(slope - numeric) < 1e-6)
  }
}
