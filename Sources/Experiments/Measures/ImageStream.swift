import Foundation
public import SparringDatasets
import SparringRecipes
public import SparringReporting
import SparringTorch
import SparringTraining

/// Images that are looked at a batch at a time, and never all at once as numbers.
public struct ImageStream {
  /// What the images are, such as `test images of cifar10`.
  public let title: String
  /// How many there are.
  public let count: Int
  /// Images `[M, C, H, W]` of a range of places: bytes, or numbers on [-1, 1].
  let batch: (Range<Int>) throws -> Tensor

  /// The first images of a part of a data set.
  /// - Parameters:
  ///   - part: What the part is called, such as `test`.
  ///   - first: At most so many; nil takes all.
  /// - Throws: ``EvaluationError`` for vectors.
  public init(_ dataset: Dataset, part: String, first: Int? = nil) throws {
    guard dataset.shape.isImage else {
      throw DatasetError("\(dataset.name) holds \(dataset.shape.plural): only images are measured")
    }
    count = min(first ?? dataset.count, dataset.count)
    title = Self.title("\(part) images of \(dataset.name)", count, of: dataset.count)
    batch = { try dataset.examples.narrowed($0) }
  }

  /// The first pictures below a folder, in the order of their names, decoded as they are looked at.
  /// - Parameters:
  ///   - size: What they are brought to; nil takes the size of the first.
  ///   - first: At most so many; nil takes all.
  /// - Throws: ``DatasetError`` for a folder without pictures, a size beyond ``ReadingLimits``, and the first picture that cannot be read.
  public init(picturesBelow folder: String, size: ImageSize? = nil, first: Int? = nil) throws {
    if let size { try ReadingLimits.current.check(size, named: "the size of pictures") }
    let files = try PictureBatch.files(below: folder).pictures
    guard let sample = files.first else { throw DatasetError("\(folder) holds no pictures to measure") }
    let size =
      try size
      ?? {
        let picture = try ImageFile.decode(sample)
        return ImageSize(height: picture.height, width: picture.width)
      }()
    count = min(first ?? files.count, files.count)
    title = Self.title("pictures in \(folder)", count, of: files.count)
    batch = { range in
      let pictures = try PictureBatch(Array(files[range]), size: size, channels: 3)
      if let failure = pictures.failures.first { throw failure }
      return pictures.pixels
    }
  }

  /// Images that a trained generator makes from latents of a seed.
  public init(samplesOf run: TrainedRun, named name: String, count: Int, seed: UInt64) throws {
    guard let generator = run.recipe as? any ImageGenerating, run.facts.shape.isImage else {
      throw DatasetError("\(name) makes no images, so there is nothing to measure")
    }
    (self.count, title) = (count, "images made by \(name)")
    let random = try RandomGenerator(seed: seed, purpose: "generated latents")
    let latents = try Tensor.normal([count, generator.latentSize], using: random)
    batch = { range in
      let made = try generator.generateImages(from: latents.narrowed(range).to(run.device)).to(.cpu)
      guard try made.isFinite() else {
        throw DatasetError("\(name) makes numbers that are none: its weights are broken; train again")
      }
      // As a file would hold them.
      return try PixelImages(made).tensor()
    }
  }

  private static func title(_ images: String, _ count: Int, of all: Int) -> String {
    count < all ? "\(images) (the first of \(all))" : images
  }
}

extension ImageStream {
  /// The images that a word names: `cifar10:test`, a data set's part; a folder with CIFAR-10's or IDX files, or with
  /// `train` and `test`, and the part; or a folder, all pictures below it.
  ///
  /// - Parameter size: What pictures of a folder are brought to; nil takes the size of the first, and 32 for parts.
  /// - Throws: ``DatasetError`` for what is none of these.
  public init(
    _ word: String, size: ImageSize? = nil, first: Int? = nil, progress: DecodingProgress = { _, _ in }
  ) throws {
    let split = word.lastIndex(of: ":")
    let part = split.map { String(word[word.index(after: $0)...]) }
    guard let split, let part, ["train", "test", "validation"].contains(part) else {
      guard case .pictures(let folder) = try DatasetSource(word) else {
        throw DatasetError("\(word) has parts: write \(word):train or \(word):test")
      }
      try self.init(picturesBelow: folder, size: size, first: first)
      return
    }
    var options = DatasetOptions()
    if let size { options.folder.imageSize = size }
    options.folder.heldOutFraction = 0
    let name = String(word[..<split])
    let parts = try DatasetParts(of: name, options: options, progress: progress)
    try self.init(parts, part: part, of: name, first: first)
  }

  init(_ parts: DatasetParts, part: String, of name: String, first: Int?) throws {
    let found: Dataset? =
      switch part {
      case "train": parts.train
      case "validation": parts.validation
      default: parts.test
      }
    guard let found else { throw DatasetError("\(name) has no \(part) part") }
    try self.init(found, part: part, first: first)
  }
}

extension RunFolder {
  /// A part of the data that a run was trained on, or of others, read as its own were.
  /// - Parameters:
  ///   - part: `train` or `test`; nil takes the test part where there is one.
  ///   - other: A data set's name or path; nil takes the run's own.
  public func realImages(
    part: String?, of other: String? = nil, first: Int? = nil, progress: DecodingProgress = { _, _ in }
  ) throws -> ImageStream {
    func images<Method: Recipe>(_ type: Method.Type) throws -> ImageStream {
      var dataset = try savedConfiguration(of: type).dataset
      if let other {
        guard case .known = try DatasetSource(other) else {
          dataset.name = other
          (dataset.folder.heldOutFraction, dataset.file.heldOutFraction) = (0, 0)
          return try images(of: dataset)
        }
        dataset.name = other
      }
      return try images(of: dataset)
    }
    func images(of dataset: DatasetConfiguration) throws -> ImageStream {
      let parts = try DatasetParts(of: dataset.name, options: dataset.options, progress: progress)
      let name = URL(fileURLWithPath: dataset.name).lastPathComponent
      return try ImageStream(parts, part: part ?? (parts.test == nil ? "train" : "test"), of: name, first: first)
    }
    return try images(recipeType())
  }
}
