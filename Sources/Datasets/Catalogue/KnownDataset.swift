/// A published data set: what its files are called, what they must hold, and where they are at home.
public struct KnownDataset: Hashable, Sendable {
  /// A file by its contents after decompression, so that a copy that someone compressed anew counts.
  public struct File: Hashable, Sendable {
    /// Without `.gz`.
    public let name: String
    /// Bytes and SHA-256 after decompression.
    public let byteCount: Int
    /// In hexadecimal, after decompression.
    public let sha256: String
  }

  /// How the home offers the files.
  enum Packing: Hashable, Sendable {
    /// Each one gzipped, `NAME.gz`.
    case gzipped
    /// All in one archive, in a folder.
    case archive(name: String, byteCount: Int, sha256: String)
  }

  enum Format: Hashable, Sendable {
    case idx
    case cifar10
  }

  /// As typed: `mnist`.
  public let name: String
  /// As printed: `MNIST`.
  public let title: String
  /// One line: what the images show, and who published them.
  public let summary: String
  /// The classes in the order of their labels.
  public let classNames: [String]
  /// The shape of one image.
  public let shape: ExampleShape
  /// What has to be there.
  public let files: [File]
  /// Base addresses, tried in turn.
  public let homes: [String]
  /// The folders it is usually found in, below a folder of data sets; the first is where fetching puts it.
  public let folders: [String]
  let packing: Packing
  let format: Format

  /// The data set of that name.
  /// - Throws: ``DatasetError`` that lists the known names.
  public static func named(_ name: String) throws(DatasetError) -> KnownDataset {
    guard let found = all.first(where: { $0.name == name.lowercased() || $0.folders.contains(name) }) else {
      throw DatasetError(
        "no data set is called '\(name)': choose \(all.map(\.name).joined(separator: ", ")), or give the path of a folder "
          + "or a file")
    }
    return found
  }

  /// Every data set known by name.
  public static let all = [mnist, fashionMNIST, cifar10]

  /// 60,000 and 10,000 digits of 28×28 grey pixels.
  public static let mnist = KnownDataset(
    name: "mnist", title: "MNIST", summary: "handwritten digits (LeCun, Cortes and Burges 1998)",
    classNames: (0...9).map(String.init), shape: .image(channels: 1, height: 28, width: 28),
    files: idxFiles([
      "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
      "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
      "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
      "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    ]),
    homes: ["https://ossci-datasets.s3.amazonaws.com/mnist/", "https://storage.googleapis.com/cvdf-datasets/mnist/"],
    folders: ["mnist", "MNIST", "MNIST/raw"], packing: .gzipped, format: .idx)

  /// 60,000 and 10,000 articles of 28×28 grey pixels.
  public static let fashionMNIST = KnownDataset(
    name: "fashion-mnist", title: "Fashion-MNIST", summary: "articles of clothing (Xiao, Rasul and Vollgraf 2017)",
    classNames: [
      "T-shirt/top", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot",
    ], shape: .image(channels: 1, height: 28, width: 28),
    files: idxFiles([
      "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
      "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
      "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
      "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
    ]),
    homes: [
      "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
      "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/",
    ],
    folders: ["fashion-mnist", "FashionMNIST", "FashionMNIST/raw"], packing: .gzipped, format: .idx)

  /// 50,000 and 10,000 photographs of 32×32 pixels in colour.
  public static let cifar10 = KnownDataset(
    name: "cifar10", title: "CIFAR-10", summary: "small photographs of animals and vehicles (Krizhevsky 2009)",
    classNames: CIFAR10.classNames, shape: .image(channels: 3, height: 32, width: 32),
    files: zip(
      CIFAR10.trainFiles + CIFAR10.testFiles,
      [
        "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5",
        "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed",
        "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67",
        "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48",
        "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add",
        "8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b",
      ]
    ).map { File(name: $0, byteCount: 30_730_000, sha256: $1) },
    homes: ["https://www.cs.toronto.edu/~kriz/"],
    folders: ["cifar-10-batches-bin", "cifar10", "cifar-10"],
    packing: .archive(
      name: "cifar-10-binary.tar.gz", byteCount: 170_052_171,
      sha256: "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd"),
    format: .cifar10)

  /// The four files of MNIST's family with their SHA-256s in the order of ``idxNames``.
  private static func idxFiles(_ digests: [String]) -> [File] {
    let sizes = [47_040_016, 60_008, 7_840_016, 10_008]
    return zip(zip(idxNames, sizes), digests).map { File(name: $0.0, byteCount: $0.1, sha256: $1) }
  }
}

extension KnownDataset {
  static let idxNames = [
    "train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte",
  ]

  /// The files that one half is read from.
  func files(of split: Dataset.Split) -> [File] {
    switch format {
    case .idx: Array(split == .train ? files.prefix(2) : files.suffix(2))
    case .cifar10: split == .train ? files.dropLast() : files.suffix(1)
    }
  }

  /// Reads one half from a folder that holds the files, whatever their checksums.
  func read(_ split: Dataset.Split, folder: String) throws -> Dataset {
    switch format {
    case .cifar10: return try CIFAR10.load(folder: folder, split: split, name: name)
    case .idx:
      let paths = files(of: split).map { FileReading.plainOrGzipped($0.name, in: folder) ?? folder + "/" + $0.name }
      return try IDX.load(images: paths[0], labels: paths[1], classNames: classNames, name: name, split: split)
    }
  }
}
