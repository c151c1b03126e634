import Testing
import SparringTorch

@testable import SparringDatasets

@Suite("Augmentation")
struct AugmentationTests {
  private func images(_ shape: [Int], dtype: DType = .float32) throws -> Tensor {
    try Tensor.uniform(shape, low: -1, high: 1, using: RandomGenerator(seed: 3)).to(dtype)
  }

  /// One channel of one image, moved by hand.
  private func moved(
    _ pixels: [Float], height: Int, width: Int, across: Int, down: Int, mirrored: Bool, fill: Augmentation.Fill
  ) -> [Float] {
    func inside(_ position: Int, _ length: Int) -> Int? {
      if (0..<length).contains(position) { return position }
      switch fill {
      case .black: return nil
      case .edge: return min(max(position, 0), length - 1)
      case .mirror: return position < 0 ? -position : 2 * (length - 1) - position
      }
    }
    return (0..<height * width).map { place in
      let column = mirrored ? width - 1 - place % width : place % width
      guard let y = inside(place / width - down, height), let x = inside(column - across, width) else { return -1 }
      return pixels[y * width + x]
    }
  }

  @Test func scalingWeakensEverything() {
    let weak = Augmentation.photographs.scaled(by: 0.5)
    #expect(weak.maximumShift == 2 && weak.horizontalFlip && weak.cutout == 0 && weak.saturation == 0.2)
    #expect(weak.fill == .mirror && Augmentation.photographs.scaled(by: 0) == .none)
  }

  @Test func nothingSwitchedOnChangesNothing() throws {
    let batch = try images([2, 3, 4, 4])
    let generator = try RandomGenerator(seed: 0)
    let before = try generator.state().bytes()
    #expect(try Augmentation.none(batch, using: generator) === batch)
    #expect(try generator.state().bytes() == before)
  }

  @Test(arguments: Augmentation.Fill.allCases) func wholePixelShiftsEqualThoseMadeByHand(fill: Augmentation.Fill) throws
  {
    let (count, height, width) = (200, 3, 4)
    let batch = try images([count, 2, height, width])
    let augmentation = Augmentation(maximumShift: 1, horizontalFlip: true, fill: fill)
    let changed = try augmentation(batch, using: RandomGenerator(seed: 4))
    var seen: Set<[Int]> = []
    for image in 0..<count {
      var matches: [[[Int]]] = []
      for channel in 0..<2 {
        let before = try batch[.at(image), .at(channel)].array(of: Float.self)
        let after = try changed[.at(image), .at(channel)].array(of: Float.self)
        var found: [[Int]] = []
        for across in -1...1 {
          for down in -1...1 {
            for flip in [0, 1]
            where after
              == moved(
                before, height: height, width: width, across: across, down: down, mirrored: flip == 1, fill: fill)
            {
              found.append([across, down, flip])
            }
          }
        }
        matches.append(found)
      }
      #expect(matches[0].count == 1 && matches[0] == matches[1], "image \(image), the same for both channels")
      seen.formUnion(matches[0])
    }
    #expect(seen.count == 18, "every shift and flip is drawn")
  }

  @Test func flipsMirrorAboutHalfTheImages() throws {
    let batch = try images([100, 1, 2, 3])
    let changed = try Augmentation(horizontalFlip: true)(batch, using: RandomGenerator(seed: 1))
    var flipped = 0
    for image in 0..<100 {
      let (before, after) = (try batch[.at(image)], try changed[.at(image)])
      let isSame = try before.bytes() == after.bytes()
      #expect(try isSame || before.flipped(2).bytes() == after.bytes())
      flipped += isSame ? 0 : 1
    }
    #expect((30...70).contains(flipped))
  }

  /// The image under one affine map, given in pixels.
  private func mapped(
    _ image: Tensor, angle: Float = 0, size: Float = 1, slant: Float = 0, across: Float = 0, down: Float = 0,
    mirror: Float = 1, fill: Augmentation.Fill = .black
  ) throws -> [Float] {
    let theta = try Augmentation.affineMaps(
      angle: Tensor([angle]), size: Tensor([size]), slant: Tensor([slant]), across: Tensor([across]),
      down: Tensor([down]), mirror: Tensor([mirror]), height: Double(image.size(2)), width: Double(image.size(3)))
    return try Augmentation(fill: fill).sampled(image, theta).array(of: Float.self)
  }

  private func isNear(_ left: [Float], _ right: [Float], _ tolerance: Float = 1e-5) -> Bool {
    left.count == right.count && zip(left, right).allSatisfy { abs($0 - $1) < tolerance }
  }

  @Test func affineMapsAreInPixels() throws {
    let image = try images([1, 1, 4, 6])
    let pixels = try image.array(of: Float.self)
    #expect(isNear(try mapped(image), pixels))
    // Showing what lies 2 to the right and 1 below moves the image left and up.
    let byHand = moved(pixels, height: 4, width: 6, across: -2, down: -1, mirrored: false, fill: .black)
    #expect(isNear(try mapped(image, across: 2, down: 1), byHand))
    #expect(isNear(try mapped(image, mirror: -1), try image.flipped(3).array(of: Float.self)))
    // Half a turn mirrors both axes, also where height and width differ.
    #expect(isNear(try mapped(image, angle: .pi), try image.flipped(2, 3).array(of: Float.self)))
    let square = try images([1, 1, 5, 5])
    #expect(isNear(try mapped(square, angle: .pi / 2), try square.transposed().flipped(2).array(of: Float.self)))
    // A quarter turn of a wide image leaves its central square, turned.
    let centre = try image.narrowed(1..<5, along: 3)
    let turned = try Tensor(mapped(image, angle: .pi / 2), shape: [1, 1, 4, 6]).narrowed(1..<5, along: 3)
    #expect(isNear(try turned.array(), try centre.transposed().flipped(2).array(of: Float.self)))
  }

  @Test func scaleAndShearMoveWhatTheyShould() throws {
    // One bright column, 2 pixels right of the centre of a 9×9 image.
    var pixels = [Float](repeating: -1, count: 81)
    for row in 0..<9 { pixels[row * 9 + 6] = 1 }
    let image = try Tensor(pixels, shape: [1, 1, 9, 9])
    let doubled = try mapped(image, size: 2)
    #expect(abs(doubled[4 * 9 + 8] - 1) < 1e-5, "twice the size moves it to 4 pixels from the centre")
    let sheared = try mapped(image, slant: 0.5)
    // Input column = output column + row/2, so two rows lower it appears one column further left.
    #expect(abs(sheared[6 * 9 + 5] - 1) < 1e-5)
    #expect(abs(sheared[2 * 9 + 7] - 1) < 1e-5)
  }

  @Test func outsideIsBlackOrContinuesTheImage() throws {
    let white = try Tensor.ones([8, 1, 6, 6])
    var augmentation = Augmentation(maximumShift: 3, rotation: 40)
    let black = try augmentation(white, using: RandomGenerator(seed: 2))
    #expect(try black.minimum().item() == -1)
    for fill in [Augmentation.Fill.edge, .mirror] {
      augmentation.fill = fill
      let kept = try augmentation(white, using: RandomGenerator(seed: 2))
      #expect(try (kept - 1).absolute().maximum().item() < 1e-5)
    }
  }

  /// What is right for 32 pixels is right for 64, twice as large.
  @Test func shiftsAndCutoutsGrowWithTheImages() throws {
    let sized = Augmentation(maximumShift: 4, cutout: 8, brightness: 0.2, referenceSize: 32)
    #expect(sized.sized(for: 64) == Augmentation(maximumShift: 8, cutout: 16, brightness: 0.2))
    #expect(sized.sized(for: 20) == Augmentation(maximumShift: 3, cutout: 5, brightness: 0.2))
    let images = try Tensor.uniform([3, 3, 48, 64], low: -1, using: RandomGenerator(seed: 1))
    let plain = Augmentation(maximumShift: 6, cutout: 12, brightness: 0.2)
    let (one, other) = (try RandomGenerator(seed: 5), try RandomGenerator(seed: 5))
    #expect(try sized(images, using: one).bytes() == plain(images, using: other).bytes())
    #expect(message { _ = try Augmentation(referenceSize: -1)(images, using: one) }.contains("referenceSize"))
  }

  @Test func cutoutBlanksOneSquare() throws {
    let white = try Tensor.ones([100, 3, 8, 8])
    let changed = try Augmentation(cutout: 3, fill: .edge)(white, using: RandomGenerator(seed: 5))
    let blank = try changed.isEqual(to: 0).to(.float32)
    let sizes = try blank.sum(2, 3).array(of: Float.self)
    #expect(Set(sizes).isSubset(of: [4, 6, 9]), "3×3, or what the border leaves of it")
    #expect(try blank.sum().item() + changed.sum().item() == Double(white.count))
    #expect(try Set(blank.sum(0, 1).array(of: Float.self)).contains(0) == false, "every place is blanked sometimes")
    let black = try Augmentation(cutout: 3)(white, using: RandomGenerator(seed: 5))
    #expect(try black.minimum().item() == -1)
  }

  @Test func colourChangesKeepWhatTheyShould() throws {
    let batch = try images([50, 3, 4, 4])
    let brighter = try Augmentation(brightness: 0.2)(batch, using: RandomGenerator(seed: 1)) - batch
    #expect(try brighter.variance(1, 2, 3).maximum().item() < 1e-10, "one number for each image")
    #expect(try brighter.absolute().maximum().item() <= 0.2001)
    #expect(try brighter.mean(1, 2, 3).variance().item() > 1e-3)
    let saturated = try Augmentation(saturation: 0.5)(batch, using: RandomGenerator(seed: 1))
    #expect(try (saturated.mean(1) - batch.mean(1)).absolute().maximum().item() < 1e-5, "greys stay")
    let ratio = try saturated.variance(1) / batch.variance(1)
    #expect(try ratio.minimum().item() > 0.249 && ratio.maximum().item() < 2.251)
    let contrasted = try Augmentation(contrast: 0.5)(batch, using: RandomGenerator(seed: 1))
    #expect(try (contrasted.mean(1, 2, 3) - batch.mean(1, 2, 3)).absolute().maximum().item() < 1e-5)
    #expect(try (contrasted - batch).absolute().maximum().item() > 0.1)
  }

  @Test(arguments: [Augmentation.photographs, .digits]) func gradientsEqualFiniteDifferences(preset: Augmentation)
    throws
  {
    var augmentation = preset
    (augmentation.maximumShift, augmentation.cutout) = (1, 2)
    let batch = try images([2, 3, 5, 5], dtype: .float64)
    let weights = try images([2, 3, 5, 5], dtype: .float64)
    func score(_ batch: Tensor) throws -> Tensor {
      let changed = try augmentation(batch, using: RandomGenerator(seed: 6))
      return try (changed.squared() * weights).sum()
    }
    let input = try batch.cloned().requiringGradient()
    let gradient = try gradients(of: score(input), withRespectTo: [input])[0].array(of: Double.self)
    let values = try batch.array(of: Double.self)
    for place in stride(from: 0, to: values.count, by: 7) {
      var (up, down) = (values, values)
      up[place] += 1e-5
      down[place] -= 1e-5
      let difference =
        try (score(Tensor(up, shape: batch.shape)).item() - score(Tensor(down, shape: batch.shape)).item()) / 2e-5
      #expect(abs(difference - gradient[place]) < 1e-6)
    }
    #expect(gradient.contains { abs($0) > 0.1 })
  }

  @Test func oneSeedRepeatsAndImagesDiffer() throws {
    let batch = try images([1, 1, 6, 6]).expanded([4, 1, 6, 6])
    let first = try Augmentation.digits(batch, using: RandomGenerator(seed: 8))
    #expect(try first.bytes() == Augmentation.digits(batch, using: RandomGenerator(seed: 8)).bytes())
    #expect(try first.bytes() != Augmentation.digits(batch, using: RandomGenerator(seed: 9)).bytes())
    #expect(try first[0].bytes() != first[1].bytes())
  }

  @Test func impossibleSettingsAreNamed() throws {
    let batch = try images([1, 1, 2, 2])
    let generator = try RandomGenerator(seed: 0)
    #expect(
      message { _ = try Augmentation(scale: 1)(batch, using: generator) }
        == "augmentation.scale is 1.0: choose between 0.0 and 0.99")
    #expect(message { _ = try Augmentation(maximumShift: -1)(batch, using: generator) }.contains("maximumShift"))
    #expect(message { _ = try Augmentation(rotation: .nan)(batch, using: generator) }.contains("rotation"))
    #expect(message { _ = try Augmentation.digits(batch[0], using: generator) }.contains("[N, C, H, W]"))
  }
}
