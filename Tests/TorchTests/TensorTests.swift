import Foundation
import Testing
import SparringTorch

@Suite struct TensorTests {
  private let grid: Tensor  // [[0, 1, 2], [3, 4, 5]]
  init() throws { grid = try Tensor((0..<6).map(Float.init), shape: [2, 3]) }

  @Test func creationFills() throws {
    #expect(try Tensor.full([2], 1.5).array(of: Double.self) == [1.5, 1.5])
    #expect(try Tensor.zeros([2, 0]).count == 0)
    #expect(try Tensor.ones([2], dtype: .int64).integers() == [1, 1])
    #expect(try Tensor.range(from: 1, to: 2, by: 0.5).array(of: Float.self) == [1, 1.5])
    #expect(try Tensor.identity(2).array(of: Float.self) == [1, 0, 0, 1])
    #expect(try Tensor(indices: [3, 1]).dtype == .int64)
    #expect(try grid.zerosLike().shape == [2, 3])
    #expect(try grid.onesLike().sum().item() == 6)
  }

  @Test(arguments: DType.allCases) func bytesComeBack(_ dtype: DType) throws {
    let tensor = try Tensor([Float(0), 1, 2, 3], shape: [2, 2]).to(dtype)
    let bytes = try tensor.bytes()
    #expect(bytes.count == 4 * dtype.byteCount)
    let again = try Tensor(bytes: bytes, shape: [2, 2], dtype: dtype)
    #expect(again.dtype == dtype)
    #expect(try again.array(of: Double.self) == tensor.array(of: Double.self))
  }

  @Test func elementsOfTheWrongNumberAreRefused() {
    #expect(torchMessage { try Tensor([Float(1), 2], shape: [3]) }.contains("takes 12 bytes, not 8"))
    #expect(torchMessage { try Tensor([Float(1)], shape: [-1]) }.contains("[-1]"))
    #expect(torchMessage { try Tensor(bytes: Data([1]), shape: [2], dtype: .uint8) }.contains("takes 2 bytes"))
  }

  @Test func libTorchsMessagesArrive() throws {
    #expect(torchMessage { try grid + Tensor.zeros([4]) }.contains("must match the size of tensor b (4)"))
    #expect(torchMessage { try grid.matmul(grid) }.contains("cannot be multiplied (2x3 and 2x3)"))
    #expect(torchMessage { try grid.reshaped(4, 2) }.contains("invalid for input of size 6"))
    #expect(torchMessage { try grid.item() }.contains("[2, 3]"))
    #expect(torchMessage { try grid[2] }.contains("out of range"))
    #expect(torchMessage { try grid.size(2) }.contains("dimension 2"))
    #expect(torchMessage { try Tensor(indices: [1]).requiringGradient() }.contains("floating point"))
    #expect(torchMessage { try Device("tpu") }.contains("'tpu'"))
    #expect(torchMessage { try Device("cuda:x") }.contains("'cuda:x'"))
  }

  @Test func viewsShareMemory() throws {
    try grid[1].fill(9)
    #expect(try grid.array(of: Float.self) == [0, 1, 2, 9, 9, 9])
    try grid.reshaped(6)[0].fill(7)
    #expect(try grid[0, 0].item() == 7)
    try grid.cloned().fill(0)
    #expect(try grid[0, 0].item() == 7)
  }

  @Test func indexingSelectsByPosition() throws {
    #expect(try grid[1].array(of: Float.self) == [3, 4, 5])
    #expect(try grid[-1, -1].item() == 5)
    #expect(try grid[.all, 1].array(of: Float.self) == [1, 4])
    #expect(try grid[.all, .range(1..<3)].array(of: Float.self) == [1, 2, 4, 5])
    #expect(try grid[.new, 0].shape == [1, 3])
    #expect(try grid.indexSelect(Tensor(indices: [1, 0, 1])).shape == [3, 3])
    #expect(try grid.gather(Tensor([Int64(2), 0], shape: [2, 1]), along: 1).array(of: Float.self) == [2, 3])
    #expect(try grid.rows(where: Tensor([false, true])).array(of: Float.self) == [3, 4, 5])
    #expect(try Tensor(indices: [1, 0]).oneHot(classCount: 3).integers() == [0, 1, 0, 1, 0, 0])
  }

  @Test func shapesChange() throws {
    #expect(try grid.transposed().array(of: Float.self) == [0, 3, 1, 4, 2, 5])
    #expect(try grid.permuted(1, 0).shape == [3, 2])
    #expect(try grid.flipped(1).array(of: Float.self) == [2, 1, 0, 5, 4, 3])
    // Windows of rows 0 to 2 and 2 to 4, and the same columns, of 0 to 24.
    let map = try Tensor((0..<25).map(Float.init), shape: [1, 1, 5, 5])
    #expect(try map.maxPooled(toHeight: 2, width: 2).array(of: Float.self) == [12, 14, 22, 24])
    #expect(try grid.padded([1, 0], value: 8).array(of: Float.self) == [8, 0, 1, 2, 8, 3, 4, 5])
    #expect(try Tensor.concatenate([grid, grid], along: 1).shape == [2, 6])
    #expect(try Tensor.stack([grid, grid]).shape == [2, 2, 3])
    #expect(try grid.split(into: 2, along: 1).map(\.shape) == [[2, 2], [2, 1]])
    #expect(try grid.unsqueezed(0).flattened().shape == [1, 6])
    #expect(try grid.unsqueezed(0).squeezed(0).shape == [2, 3])
    #expect(try Tensor([Float(1)]).expanded([3]).array(of: Float.self) == [1, 1, 1])
    #expect(torchMessage { try grid.split(into: 0) }.contains("pieces of 0"))
  }

  @Test func arithmeticBroadcasts() throws {
    let row = try Tensor([Float(1), 2, 4])
    #expect(try (grid + row).array(of: Float.self) == [1, 3, 6, 4, 6, 9])
    #expect(try (grid - row).array(of: Float.self) == [-1, -1, -2, 2, 2, 1])
    #expect(try (grid * row).array(of: Float.self) == [0, 2, 8, 3, 8, 20])
    #expect(try (grid / row).array(of: Float.self) == [0, 0.5, 0.5, 3, 2, 1.25])
    #expect(try (10 - row).array(of: Float.self) == [9, 8, 6])
    #expect(try (row - 1).array(of: Float.self) == [0, 1, 3])
    #expect(try (2 * row + 1).array(of: Float.self) == [3, 5, 9])
    #expect(try (-row / 2).array(of: Float.self) == [-0.5, -1, -2])
    #expect(try row.power(3).array(of: Float.self) == [1, 8, 64])
    #expect(try isClose(row.logarithm().exponential(), row))
    #expect(try isClose(row.squareRoot().squared(), row))
    #expect(try isClose(row.sine().squared() + row.cosine().squared(), [1, 1, 1]))
    #expect(try grid.matmul(row).array(of: Float.self) == [10, 31])
    #expect(try row.clamped(low: 1.5, high: 3).array(of: Float.self) == [1.5, 2, 3])
    #expect(try row.minimum(grid[0]).array(of: Float.self) == [0, 1, 2])
    #expect(try row.maximum(grid[1]).array(of: Float.self) == [3, 4, 5])
  }

  @Test func comparisonsSelect() throws {
    let mask = try grid.isGreater(than: 2)
    #expect(mask.dtype == .bool)
    #expect(try grid.filled(where: mask, with: -1).array(of: Float.self) == [0, 1, 2, -1, -1, -1])
    #expect(try grid.selected(where: mask, otherwise: grid * 10).array(of: Float.self) == [0, 10, 20, 3, 4, 5])
    #expect(try grid.isAtLeast(2).logicalAnd(grid.isLess(than: 4)).to(.int64).integers() == [0, 0, 1, 1, 0, 0])
    #expect(try grid.isLess(than: 1).logicalNot().to(.int64).sum().item() == 5)
    #expect(try grid.isEqual(to: 4).to(.int64).integers() == [0, 0, 0, 0, 1, 0])
    #expect(try grid.isFinite())
    #expect(try !(grid / 0).isFinite())
  }

  @Test func reductionsByHand() throws {
    #expect(try grid.sum().item() == 15)
    #expect(try grid.sum(0).array(of: Float.self) == [3, 5, 7])
    #expect(try grid.mean(1, keepingDimensions: true).shape == [2, 1])
    #expect(try grid.mean().item() == 2.5)
    #expect(try isClose(grid.variance(1), [1, 1]))
    #expect(try isClose(grid.variance(1, correction: 0), [2.0 / 3, 2.0 / 3]))
    #expect(try grid.maximum().item() == 5 && grid.minimum().item() == 0)
    #expect(try grid.maximum(along: 0).array(of: Float.self) == [3, 4, 5])
    #expect(try grid.minimum(along: 1).array(of: Float.self) == [0, 3])
    #expect(try grid.argmax().integers() == [2, 2])
    #expect(try isClose(grid.logSumExp(), [log(1 + exp(1.0) + exp(2.0)), 3 + log(1 + exp(1.0) + exp(2.0))]))
    #expect(try isClose(grid.norm(1), [sqrt(5), sqrt(50)]))
    #expect(try grid.largest(2).indices.integers() == [2, 1, 2, 1])
    #expect(try isClose(grid.softmax().sum(1), [1, 1]))
    #expect(try isClose(grid.logSoftmax().exponential(), grid.softmax()))
  }

  @Test func symmetricMatricesAreTakenApart() throws {
    let matrix = try Tensor([Float(2), 1, 1, 2], shape: [2, 2])
    let (values, vectors) = try matrix.symmetricEigen()
    #expect(try isClose(values, [1, 3]))
    #expect(try isClose(vectors.matmul(values.unsqueezed(1) * vectors.transposed()), matrix))
  }

  @Test func channelsLastKeepsTheNumbers() throws {
    let images = try Tensor((0..<48).map(Float.init), shape: [2, 3, 2, 4])
    let turned = try images.contiguous(channelsLast: true)
    #expect(turned.isContiguous(channelsLast: true) && !turned.isContiguous())
    #expect(try turned.array(of: Float.self) == images.array(of: Float.self))
    #expect(try turned.bytes() == images.bytes())
    #expect(try (turned + 1).isContiguous(channelsLast: true))
    #expect(try turned.contiguous().isContiguous())
  }

  @Test func anIdentityMapSamplesTheImageItself() throws {
    let image = try Tensor((0..<12).map(Float.init), shape: [1, 1, 3, 4])
    let identity = try Tensor([Float(1), 0, 0, 0, 1, 0], shape: [1, 2, 3])
    #expect(try isClose(image.affineSampled(identity), image, absolute: 1e-5))
    let mirror = try Tensor([Float(-1), 0, 0, 0, 1, 0], shape: [1, 2, 3])
    #expect(try isClose(image.affineSampled(mirror), image.flipped(3), absolute: 1e-5))
  }

  @Test func theMachineIsKnown() {
    #expect(Machine.libTorchVersion.hasPrefix("2."))
    let before = Machine.threadCount
    defer { Machine.threadCount = before }
    Machine.threadCount = 1
    #expect(Machine.threadCount == 1)
    Machine.threadCount = -3
    #expect(Machine.threadCount == 1)
  }

  @Test func manyTensorsComeAndGo() throws {
    // 40 GB in all: a leak of even a few would end the process.
    for _ in 0..<10_000 { _ = try Tensor.zeros([1_000_000]).detached() }
  }
}
