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

  /// The nearer ones are 1 and 2, the farther ones 3 and 4.
  @Test(arguments: [(0, 1.5), (0.25, 2), (0.5, 2.5)]) func theNearerOfTwoCounts(share: Double, loss: Double) throws {
    let errors = try Tensor([Float(1), 4, 3, 2]).requiringGradient()
    let found = try ReconstructionLoss.nearerOfTwo(errors: errors, fartherShare: share)
    #expect(try found.item() == loss)
    let slopes = try gradients(of: found, withRespectTo: [errors])[0].array(of: Double.self)
    #expect(slopes == [(1 - share) / 2, share / 2, share / 2, (1 - share) / 2])
  }

  /// Latents 2 and 1 apart, so that of a bound of 1 the first lacks 1 − 0.5/2, the second nothing.
  @Test func likenessCostsUpToABound() throws {
    let distances = try Tensor([Float(0.5), 3]).requiringGradient()
    let latents = try Tensor([Float(0), 0, 1, 1], shape: [2, 2])
    let others = try Tensor([Float(1), -3, 2, 0], shape: [2, 2])
    let loss = try ReconstructionLoss.likeness(distances: distances, latents: latents, otherLatents: others, bound: 1)
    #expect(try loss.item() == 0.375)
    #expect(try gradients(of: loss, withRespectTo: [distances])[0].array(of: Double.self) == [-0.25, 0])
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
