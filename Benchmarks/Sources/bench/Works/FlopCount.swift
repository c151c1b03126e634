import SparringModels
import SparringRecipes

/// Floating-point operations of convolutions and matrix products, a multiplication and an addition
/// counting as two; everything else is less than a hundredth of them.
///
/// A layer costs the same in its forward pass, for the gradient of its input, and for the gradient of
/// its weights. Counted is what a step needs, not what a library does beyond that: no gradient of an
/// image that nobody reads, no weight gradients of the network that is not being moved.
enum FlopCount {
  /// A stack of layers; each number is for one image.
  struct Network {
    let layers: [Double]

    var forward: Double { layers.reduce(0, +) }
    var weightGradients: Double { forward }
    /// Down to the first layer's output.
    var inputGradients: Double { forward - (layers.first ?? 0) }
    /// Down to the network's own input.
    var inputGradientsOfImage: Double { forward }
    /// Forward and backward, where the network itself is trained.
    var training: Double { forward + weightGradients + inputGradients }
  }

  /// - Returns: Operations of one repetition; nil where arithmetic is not the work.
  static func count(_ work: Work) -> Double? {
    let batch = Double(work.batchSize)
    switch work.kind {
    case .gan:
      guard let sizes = work.generator else { return nil }
      let (g, d) = (generator(sizes), discriminator(sizes))
      // The discriminator learns from real and generated images; the generator through it.
      return batch * (2 * d.training + d.inputGradientsOfImage + g.training)
    case .supervised: return work.classifier.map { batch * classifier($0).training }
    case .semiSupervised:
      guard let sizes = work.generator, let classes = work.classifier, let options = work.options else { return nil }
      let (g, c) = (generator(sizes), classifier(classes))
      let (labelled, unlabelled, generated) = (
        Double(options.labelledBatchSize), Double(options.unlabelledBatchSize), Double(options.generator.batchSize)
      )
      return (labelled + unlabelled) * c.training + unlabelled * c.forward
        + generated * (c.training + c.inputGradientsOfImage + g.training)
    case .generate: return work.generator.map { batch * generator($0).forward }
    case .classify: return work.classifier.map { batch * classifier($0).forward }
    case .loading, .assembly: return nil
    }
  }

  /// A projection, transposed convolutions of 4×4 that double the side, and one of 3×3.
  static func generator(_ sizes: GANSizes) -> Network {
    var side = sizes.imageSize == 28 ? 7 : 4
    var widths = [sizes.width]
    var doubled = side
    while doubled < sizes.imageSize {
      widths.insert(min(widths[0] * 2, sizes.maximumWidth), at: 0)
      doubled *= 2
    }
    var layers = [product(sizes.latentSize, side * side * widths[0])]
    for (input, output) in zip(widths, widths.dropFirst()) {
      // Each input pixel reaches 4×4 output pixels.
      layers.append(convolution(input, output, kernel: 4, side: side))
      side *= 2
    }
    return Network(layers: layers + [convolution(sizes.width, sizes.channels, kernel: 3, side: side)])
  }

  /// Convolutions of 3×3 that halve the side down to 4, and one unit.
  static func discriminator(_ sizes: GANSizes) -> Network {
    var (side, input, output) = (sizes.imageSize, sizes.channels, sizes.width)
    var layers: [Double] = []
    while side > 4 {
      side = (side + 1) / 2
      layers.append(convolution(input, output, kernel: 3, side: side))
      (input, output) = (output, min(output * 2, sizes.maximumWidth))
    }
    return Network(layers: layers + [product(side * side * input, 1)])
  }

  /// Convolutions of 4×4 that halve the side, and one matrix.
  static func classifier(_ sizes: ClassifierSizes) -> Network {
    var (side, input) = (sizes.imageSize, sizes.channels)
    var layers: [Double] = []
    for output in sizes.widths {
      side = (side + 1) / 2
      layers.append(convolution(input, output, kernel: 4, side: side))
      input = output
    }
    return Network(layers: layers + [product(side * side * input, sizes.classCount)])
  }

  /// - Parameter side: Of the smaller of the two maps.
  private static func convolution(_ input: Int, _ output: Int, kernel: Int, side: Int) -> Double {
    2 * Double(input * output) * Double(kernel * kernel) * Double(side * side)
  }

  private static func product(_ inputs: Int, _ outputs: Int) -> Double { 2 * Double(inputs) * Double(outputs) }
}
