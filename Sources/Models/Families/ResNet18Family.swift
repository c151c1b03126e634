public import SparringTorch

/// The standard ResNet-18 (He et al. 2015), tensor for tensor as torchvision has it, so that weights trained elsewhere on
/// many photographs can be loaded (`model.classifier.from: resnet18.safetensors`) and fine-tuned, or frozen.
///
/// Images on [-1, 1] are shifted to ImageNet's mean and spread within the network; grey ones are shown as colour. Sizes of
/// 64 and more suit it; 32 works, with a last map of one pixel.
public struct ResNet18Family: TrunkFamily {
  /// As configurations call it.
  public static let name = "resnet18"

  /// The one size that there is.
  public init() {}

  /// Nothing can be out of range.
  public func validate(under key: String) {}

  /// A trunk with fresh weights.
  public func makeTrunk(
    exampleShape: [Int], using weights: RandomGenerator, noise: RandomGenerator
  ) throws(TorchError) -> any Trunk {
    try ResNet18Trunk(ImageSize(exampleShape, family: Self.name), using: weights)
  }
}

/// The properties bear torchvision's names: they are what its files say.
final class ResNet18Trunk: Trunk {
  let conv1: Conv2d
  let bn1: BatchNorm
  let layer1: [BasicBlock]
  let layer2: [BasicBlock]
  let layer3: [BasicBlock]
  let layer4: [BasicBlock]
  let featureCount = 512
  private let isGrey: Bool
  /// From [-1, 1] to what the published weights were trained on, `[1, 3, 1, 1]`.
  private let (scale, shift): (Tensor, Tensor)

  init(_ images: ImageSize, using weights: RandomGenerator) throws(TorchError) {
    isGrey = images.channels == 1
    let (mean, deviation): ([Float], [Float]) = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
    scale = try Tensor(deviation.map { 0.5 / $0 }, shape: [1, 3, 1, 1]).to(weights.device)
    shift = try Tensor(zip(mean, deviation).map { (0.5 - $0) / $1 }, shape: [1, 3, 1, 1]).to(weights.device)
    conv1 = try Conv2d(
      inputChannels: 3, outputChannels: 64, kernelSize: 7, stride: 2, padding: .explicit(3), hasBias: false,
      initializer: .heNormal(slope: 0), using: weights)
    bn1 = try BatchNorm(features: 64, device: weights.device)
    func stage(_ input: Int, _ output: Int, stride: Int) throws(TorchError) -> [BasicBlock] {
      [
        try BasicBlock(inputChannels: input, outputChannels: output, stride: stride, using: weights),
        try BasicBlock(inputChannels: output, outputChannels: output, stride: 1, using: weights),
      ]
    }
    layer1 = try stage(64, 64, stride: 1)
    layer2 = try stage(64, 128, stride: 2)
    layer3 = try stage(128, 256, stride: 2)
    layer4 = try stage(256, 512, stride: 2)
  }

  func callAsFunction(_ images: Tensor, countsInStatistics: Bool) throws -> Tensor {
    let colour = isGrey ? try Tensor.concatenate([images, images, images], along: 1) : images
    var maps = try (colour * scale + shift).contiguous(channelsLast: true)
    maps = try conv1(maps, normalizedBy: bn1, leakyReLUSlope: 0, countsInStatistics: countsInStatistics)
      .maxPooled(kernelSize: 3, stride: 2, padding: 1)
    for block in layer1 + layer2 + layer3 + layer4 { maps = try block(maps, countsInStatistics: countsInStatistics) }
    return try maps.globallyAveraged()
  }
}

/// Two convolutions beside the identity, or beside a projection where sizes change.
final class BasicBlock: Module {
  let conv1: Conv2d
  let bn1: BatchNorm
  let conv2: Conv2d
  let bn2: BatchNorm
  /// A convolution and its normalisation; none where input and output are alike.
  let downsample: [any Module]

  init(inputChannels: Int, outputChannels: Int, stride: Int, using weights: RandomGenerator) throws(TorchError) {
    func convolution(_ input: Int, kernel: Int, stride: Int) throws(TorchError) -> Conv2d {
      try Conv2d(
        inputChannels: input, outputChannels: outputChannels, kernelSize: kernel, stride: stride,
        padding: .explicit(kernel / 2), hasBias: false, initializer: .heNormal(slope: 0), using: weights)
    }
    conv1 = try convolution(inputChannels, kernel: 3, stride: stride)
    bn1 = try BatchNorm(features: outputChannels, device: weights.device)
    conv2 = try convolution(outputChannels, kernel: 3, stride: 1)
    bn2 = try BatchNorm(features: outputChannels, device: weights.device)
    downsample =
      stride == 1 && inputChannels == outputChannels
      ? []
      : [
        try convolution(inputChannels, kernel: 1, stride: stride),
        try BatchNorm(features: outputChannels, device: weights.device),
      ]
  }

  /// `[N, inputChannels, H, W]` to `[N, outputChannels, ⌈H/stride⌉, ⌈W/stride⌉]`.
  func callAsFunction(_ maps: Tensor, countsInStatistics: Bool) throws -> Tensor {
    let first = try conv1(maps, normalizedBy: bn1, leakyReLUSlope: 0, countsInStatistics: countsInStatistics)
    let second = try conv2(first, normalizedBy: bn2, leakyReLUSlope: 1, countsInStatistics: countsInStatistics)
    var shortcut = maps
    if downsample.count == 2, let projection = downsample[0] as? Conv2d, let norm = downsample[1] as? BatchNorm {
      shortcut = try projection(
        maps, normalizedBy: norm, leakyReLUSlope: 1, countsInStatistics: countsInStatistics)
    }
    return try (second + shortcut).leakyReLU(slope: 0)
  }
}
