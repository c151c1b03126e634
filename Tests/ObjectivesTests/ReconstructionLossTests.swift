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

  @Test func theNearerOfTwoCounts() throws {
    let errors = try Tensor([Float(1), 4, 3, 2])
    #expect(try ReconstructionLoss.nearerOfTwo(errors: errors).item() == 1.5)
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
