import SparringDatasets
import SparringModels
import SparringTorch
import Testing

#if os(Linux)
  import Glibc
#endif

@testable import SparringRecipes

/// Pictures of stripes: upright, lying, and slanted, each moved at random under a little noise.
struct Stripes {
  let dataset: Dataset

  init(count: Int, channels: Int = 1, side: Int = 20, seed: UInt64) throws {
    let random = try RandomGenerator(seed: seed)
    let noise = try Tensor.uniform([count, channels, side, side], low: 0, high: 10, using: random).array(
      of: Float.self)
    let shifts = try Tensor.randomIntegers([count], in: 0..<8, using: random).integers()
    var bytes = noise
    for image in 0..<count {
      for channel in 0..<channels {
        for row in 0..<side {
          for column in 0..<side {
            let along = [column, row, row + column][image % 3] + shifts[image]
            if along % 8 < 4 { bytes[((image * channels + channel) * side + row) * side + column] += 180 }
          }
        }
      }
    }
    dataset = try Dataset(
      name: "stripes", split: .train, images: Tensor(bytes, shape: [count, channels, side, side]).to(.uint8),
      labels: Tensor(indices: (0..<count).map { $0 % 3 }), classNames: ["upright", "lying", "slanted"])
  }

  var images: Tensor { get throws { try dataset.batch(indices: Tensor(indices: Array(0..<dataset.count))) } }
  var labels: [Int] { get throws { try dataset.labels.integers() } }
}

#if os(Linux)
  /// Descriptors, hyperplanes and vocabularies against what is known of them.
  @Suite struct HandcraftedFeatures {
    init() { Machine.threadCount = 1 }

    /// One grey picture `[1, 1, 16, 16]` by a rule.
    private func picture(_ value: (Int, Int) -> Float) throws -> Tensor {
      try Tensor((0..<256).map { value($0 / 16, $0 % 16) }, shape: [1, 1, 16, 16])
    }

    /// The strongest directed and undirected orientation over all cells.
    private func strongest(_ image: Tensor) throws -> [Int] {
      let histograms = GradientHistograms(channels: 1, height: 16, width: 16, cellSize: 4, orientations: 9)
      let maps = try histograms(image).reshaped(31, 16).sum(1)
      return [try maps.narrowed(0..<18).argmax().integers()[0], try maps.narrowed(18..<27).argmax().integers()[0]]
    }

    /// A gradient along the rows lies in the bin of angle 0, its opposite half a turn further, one down the columns a
    /// quarter further.
    @Test func edgesLieInTheirOrientation() throws {
      #expect(try strongest(picture { _, column in column < 8 ? -1 : 1 }) == [0, 0])
      #expect(try strongest(picture { _, column in column < 8 ? 1 : -1 }) == [9, 0])
      // 90° is the middle between the bins at 80° and 100°.
      let down = try strongest(picture { row, _ in row < 8 ? -1 : 1 })
      #expect([4, 5].contains(down[0]) && [4, 5].contains(down[1]))
    }

    /// Dalal's and Triggs's numbers are the undirected orientations four times, whatever the sign of an edge.
    @Test func undirectedOrientationsFourTimes() throws {
      let histograms = GradientHistograms(
        channels: 1, height: 16, width: 16, cellSize: 4, orientations: 9, variant: .dalalTriggs)
      #expect(histograms.featureCount == 4 * 9 * 16)
      let rising = try histograms(picture { _, column in column < 8 ? -1 : 1 })
      let falling = try histograms(picture { _, column in column < 8 ? 1 : -1 })
      #expect(try (rising - falling).absolute().maximum().item() < 1e-5)
      #expect(try rising.reshaped(4, 9, 16).sum(2).argmax(1).integers() == [0, 0, 0, 0])
    }

    @Test func histogramsCountCellsAndIgnoreContrast() throws {
      let histograms = GradientHistograms(channels: 1, height: 16, width: 16, cellSize: 0, orientations: 9)
      #expect(histograms.cellSize == 4 && histograms.featureCount == 31 * 16)
      #expect(GradientHistograms(channels: 3, height: 64, width: 128, cellSize: 0, orientations: 9).cellSize == 9)
      let ramp = try picture { row, column in Float(row * column) / 225 - 0.5 }
      let features = try histograms(ramp)
      #expect(features.shape == [1, 31 * 16])
      let paler = try histograms(ramp * 0.5)
      #expect(try (features - paler).absolute().maximum().item() < 1e-3)
      #expect(try histograms(picture { _, _ in 0.5 }).absolute().maximum().item() == 0)
      // Each picture is described by itself.
      let both = try histograms(.concatenate([picture { _, _ in 0.5 }, ramp]))
      #expect(try both.narrowed(1..<2).array(of: Float.self) == features.array(of: Float.self))
    }

    /// Two points at ±1 in one dimension: ½w² + 2C(1 − w)² is least at w = 4C/(1 + 4C), and b is 0.
    @Test func hyperplanesByHand() throws {
      for (cost, w) in [(1.0, Float(0.8)), (0.25, 0.5)] {
        let planes = try LinearSVM(
          features: Tensor([Float(1), -1], shape: [2, 1]), labels: [1, 0], classCount: 2, cost: cost, seed: 1)
        let (weights, biases) = (try planes.weight.array(of: Float.self), try planes.bias.array(of: Float.self))
        #expect(abs(weights[1] - w) < 0.01 && abs(weights[0] + w) < 0.01, "\(weights)")
        #expect(abs(biases[0]) < 0.01 && abs(biases[1]) < 0.01)
      }
      // Points at 1 and 0 and C = 1: the derivatives of ½(w² + b²) + (1 − w − b)² + (1 + b)² vanish where 3w + 2b = 2 and
      // 2w + 5b = 0.
      let moved = try LinearSVM(
        features: Tensor([Float(1), 0], shape: [2, 1]), labels: [1, 0], classCount: 2, cost: 1, seed: 1)
      #expect(try abs(moved.weight.array(of: Float.self)[1] - 10 / 11) < 0.01)
      #expect(try abs(moved.bias.array(of: Float.self)[1] + 4 / 11) < 0.01)
      #expect(throws: TorchError.self) {
        try LinearSVM(
          features: Tensor([Float(1), -1], shape: [2, 1]), labels: [1, 0], classCount: 3, cost: 1, seed: 1)
      }
      // Margins 2 and ½ for the truth, −1 and 1 for the other: (0 + 0 + ¼ + 4)/4.
      let hinge = try LinearSVM.squaredHinge(
        margins: Tensor([Float(2), -1, 1, 0.5], shape: [2, 2]), labels: Tensor(indices: [0, 1]))
      #expect(try hinge.item() == 4.25 / 4)
    }

    /// LibTorch takes its products of matrices from the first BLAS that the program brings along; LIBLINEAR's is Debian's
    /// reference, which takes ten times as long.
    @Test func noBLASStandsBeforeLibTorchs() throws {
      _ = try LinearSVM(
        features: Tensor([Float(1), -1], shape: [2, 1]), labels: [1, 0], classCount: 2, cost: 1, seed: 1)
      for product in ["sgemm_", "dgemm_", "cblas_sgemm"] {
        #expect(dlsym(nil, product) == nil, "\(product) is seen by every library that is opened later")
      }
    }

    /// Words of unit length along axes, patches near them: one upper left, two lower right.
    @Test func wordsAreCountedByRegion() throws {
      let words = try VisualWords(count: 2)
      func axis(_ index: Int) -> [Float] { (0..<128).map { $0 == index ? 1 : 0 } }
      try words.words.value.copy(from: Tensor(axis(3) + axis(7), shape: [2, 128]))
      var patches = PatchDescriptors()
      for (index, place) in [(7, SIMD2<Float>(0.2, 0.1)), (3, SIMD2(0.9, 0.8)), (3, SIMD2(0.6, 0.7))] {
        patches.values += axis(index)
        patches.places.append(place)
      }
      let (one, two) = ((Float(1) / 6).squareRoot(), (Float(2) / 6).squareRoot())
      let expected: [Float] = [two, one, 0, one, 0, 0, 0, 0, two, 0]
      for (found, wanted) in zip(try words.encode(patches), expected) { #expect(abs(found - wanted) < 1e-6) }
      #expect(try words.encode(PatchDescriptors()) == [Float](repeating: 0, count: 10))
    }

    @Test func patchesHaveUnitLengthAndNoneIsFlat() throws {
      let sift = try DenseSIFT(channels: 1, height: 16, width: 16, binSizes: [2, 3], step: 0)
      var count = 0
      try sift.forEach(picture { row, column in row > column ? 1 : -0.5 }) { patches in
        count = patches.count
        #expect(patches.values.count == 128 * count)
        for patch in 0..<count {
          // Square roots of shares: their squares sum to 1.
          let sum = patches.values[patch * 128..<(patch + 1) * 128].reduce(0) { $0 + $1 * $1 }
          #expect(abs(sum - 1) < 1e-4)
        }
        #expect(patches.places.allSatisfy { $0.x > 0 && $0.x < 1 && $0.y > 0 && $0.y < 1 })
      }
      #expect(count > 20)
      try sift.forEach(picture { _, _ in 0.2 }) { #expect($0.count == 0) }
    }
  }

  /// Whole recipes on pictures that any of them must tell apart.
  @Suite struct HandcraftedRecipes {
    init() { Machine.threadCount = 1 }

    private func fit<Method: Recipe & ImageClassifying & ExampleDescribing>(
      _ type: Method.Type, _ options: Method.Options, channels: Int = 1
    ) throws -> (accuracy: Double, logits: [Float], recipe: Method) {
      let train = try Stripes(count: 30, channels: channels, seed: 1)
      let test = try Stripes(count: 60, channels: channels, seed: 2)
      let facts = DataFacts(
        name: "stripes", shape: .image(channels: channels, height: 20, width: 20), classNames: train.dataset.classNames)
      let recipe = try Method(options, in: Setting(data: facts, seed: 4))
      let batches = try recipe.batches(from: TrainingData(train.dataset, seed: 4))
      let losses = try recipe.step(batches.next(), at: StepTime())
      #expect(losses.values.map(\.name) == ["squared-hinge"] && losses.imagePasses >= 30)
      #expect(try losses.values[0].value.item() < 1, "what no hyperplane at all loses")
      let logits = try recipe.classLogits(of: test.images)
      #expect(try recipe.features(of: test.images).shape[0] == 60)
      let right = try zip(logits.argmax().integers(), test.labels).count { $0 == $1 }
      return (Double(right) / 60, try logits.array(of: Float.self), recipe)
    }

    @Test(arguments: [1, 3]) func gradientsTellStripesApart(channels: Int) throws {
      let first = try fit(HandcraftedHOG.self, HandcraftedHOG.Options(), channels: channels)
      #expect(first.accuracy == 1)
      let stripes = try Stripes(count: 4, channels: channels, seed: 3).images
      let planes = try first.recipe.hyperplanes(first.recipe.features(of: stripes))
      #expect(try planes.bytes() == first.recipe.classLogits(of: stripes).bytes(), "what the hyperplanes see")
      #expect(first.recipe.networks.map(\.name) == ["hyperplanes"] && first.recipe.optimizers.isEmpty)
      #expect(try fit(HandcraftedHOG.self, HandcraftedHOG.Options(), channels: channels).logits == first.logits)
    }

    @Test(arguments: HandcraftedSIFT.Encoding.allCases, [1, 3])
    func patchesTellStripesApart(encoding: HandcraftedSIFT.Encoding, channels: Int) throws {
      var options = HandcraftedSIFT.Options()
      (options.encoding, options.vocabularySize, options.binSizes) = (encoding, encoding == .words ? 8 : 2, [2, 3])
      let first = try fit(HandcraftedSIFT.self, options, channels: channels)
      #expect(first.accuracy == 1)
      #expect(first.recipe.networks.map(\.name) == ["hyperplanes", "vocabulary"])
      #expect(try fit(HandcraftedSIFT.self, options, channels: channels).logits == first.logits, "the same seed")
    }

    @Test func whatCannotBeDescribedIsRefusedInOneLine() throws {
      func message<Method: Recipe>(
        _ type: Method.Type, _ shape: ExampleShape, _ change: (inout Method.Options) -> Void = { _ in }
      ) -> String {
        var options = Method.Options()
        change(&options)
        do {
          _ = try Method(options, in: Setting(shape: shape, classCount: 3, seed: 1))
          return ""
        } catch { return "\(error)" }
      }
      let small = ExampleShape.image(channels: 1, height: 12, width: 30)
      #expect(message(HandcraftedHOG.self, .vector(features: 9)).contains("describes pictures"))
      #expect(message(HandcraftedSIFT.self, .vector(features: 9)).contains("describes pictures"))
      #expect(message(HandcraftedHOG.self, small).contains("16×16 pixels and more"))
      let large = ExampleShape.image(channels: 1, height: 16, width: 16)
      #expect(message(HandcraftedHOG.self, large).isEmpty && message(HandcraftedSIFT.self, large).isEmpty)
      #expect(message(HandcraftedHOG.self, large) { $0.cellSize = 20 }.contains("options.cellSize is 20"))
      #expect(message(HandcraftedHOG.self, large) { $0.cellSize = 1 }.contains("options.cellSize"))
      #expect(message(HandcraftedHOG.self, large) { $0.cost = 0 }.contains("options.cost"))
      #expect(message(HandcraftedSIFT.self, large) { $0.binSizes = [2, 6] }.contains("use sizes below 6"))
      #expect(message(HandcraftedSIFT.self, large) { $0.binSizes = [] }.contains("options.binSizes"))
    }

    @Test func tooFewPatchesForAVocabularyAreNamed() throws {
      for encoding in HandcraftedSIFT.Encoding.allCases {
        var options = HandcraftedSIFT.Options()
        (options.encoding, options.vocabularySize, options.vocabularyImages) = (encoding, 4096, 1)
        #expect(throws: TorchError.self) { try fit(HandcraftedSIFT.self, options) }
      }
    }
  }
#endif
