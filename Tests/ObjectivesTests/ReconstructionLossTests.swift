import SparringObjectives
import SparringTorch
import Testing

@Suite struct ReconstructionLosses {
  @Test func byHand() throws {
    let truths = try Tensor([Float(0), 0, 1, -1, 0, 0, 0, 0], shape: [2, 2, 1, 2])
    let restored = try Tensor([Float(1), 0, 0, 1, 0.5, 2, 0, 0], shape: [2, 2, 1, 2])
    #expect(try ReconstructionLoss.absolute(restored: restored, truths: truths).item() == 6.5 / 8)
    // The first image lacks its first pixel, in both channels: (1 + 1)/2. The second lacks none.
    let holes = try Tensor([Float(1), 0, 0, 0], shape: [2, 1, 1, 2])
    let errors = try ReconstructionLoss.absolute(restored: restored, truths: truths, holes: holes)
    #expect(try errors.array(of: Double.self) == [1, 0])
  }

  @Test func energyScoreByHand() throws {
    let (errors, distances) = (try Tensor([Float(1), 4, 3, 2]), try Tensor([Float(2), 4]).requiringGradient())
    let score = try ReconstructionLoss.energyScore(errors: errors, distances: distances)
    #expect(try score.item() == 1)
    #expect(try gradients(of: score, withRespectTo: [distances])[0].array(of: Double.self) == [-0.25, -0.25])
    #expect(try ReconstructionLoss.energyScore(errors: errors, distances: distances, weight: 0).item() == 2.5)
  }

  /// The truth is −1 or 1 as a coin falls, two restorations are ±s as two coins fall: the score is least where s is 1.
  @Test(arguments: [(0.5, 0.75), (1, 0.5), (2, 1)]) func asDifferentAsTheTruthIsUncertain(s: Float, score: Double)
    throws
  {
    let first = try Tensor([-s, -s, -s, -s, s, s, s, s])
    let second = try Tensor([-s, -s, s, s, -s, -s, s, s])
    let truths = try Tensor([Float(-1), 1, -1, 1, -1, 1, -1, 1])
    let errors = try Tensor.concatenate([(first - truths).absolute(), (second - truths).absolute()])
    let distances = try (first - second).absolute()
    #expect(try ReconstructionLoss.energyScore(errors: errors, distances: distances).item() == score)
  }

  /// Known pixels have no slope.
  @Test func slopes() throws {
    let restored = try Tensor([Float(1), 3], shape: [1, 1, 1, 2]).requiringGradient()
    let holes = try Tensor([Float(0), 1], shape: [1, 1, 1, 2])
    let loss = try ReconstructionLoss.absolute(
      restored: restored, truths: Tensor.zeros([1, 1, 1, 2]), holes: holes
    ).mean()
    #expect(try gradients(of: loss, withRespectTo: [restored])[0].array(of: Double.self) == [0, 1])
  }
}
