/// What a run must know of a data set, as one value: known before networks are built, and saved beside the run, so that
/// what was trained can be used without the data.
public struct DataFacts: Sendable, Hashable {
  /// How many examples there are.
  public struct Counts: Codable, Sendable, Hashable {
    /// What may be trained on.
    public let training: Int
    /// Those of them that have a label.
    public let labelled: Int
    /// What is only measured on; nil where there is no test part.
    public let test: Int?

    /// Counts given by hand.
    public init(training: Int, labelled: Int, test: Int? = nil) {
      (self.training, self.labelled, self.test) = (training, labelled, test)
    }
  }

  /// Such as `mnist`, or the folder's or file's name.
  public let name: String
  /// The shape of one example.
  public let shape: ExampleShape
  /// What the numbers in an example mean.
  public let scaling: Scaling
  /// The classes in the order of their labels.
  public let classNames: [String]
  /// What each feature of a vector is called; nil for images, and where nobody says.
  public let featureNames: [String]?
  /// nil where nobody counted.
  public let counts: Counts?

  /// Facts given by hand.
  /// - Parameter scaling: nil takes bytes for images, and numbers as they are for vectors.
  public init(
    name: String, shape: ExampleShape, scaling: Scaling? = nil, classNames: [String], featureNames: [String]? = nil,
    counts: Counts? = nil
  ) {
    (self.name, self.shape, self.classNames) = (name, shape, classNames)
    (self.featureNames, self.counts) = (featureNames, counts)
    self.scaling = scaling ?? (shape.isImage ? .bytes : .none)
  }

  /// How many classes there are.
  public var classCount: Int { classNames.count }

  /// - Throws: ``DatasetError`` for what no data set has; facts are also read from files.
  public func validate() throws(DatasetError) {
    try shape.validate(name: name)
    try scaling.validate(shape, name: name)
    guard classNames.count <= 1_000_000, featureNames.map({ $0.count == shape.numberCount }) ?? true else {
      throw DatasetError("\(name): \(classNames.count) classes, \(featureNames?.count ?? 0) names of features")
    }
  }
}

extension DataFacts: Codable {
  private enum CodingKeys: String, CodingKey {
    case name, shape, scaling, classNames, featureNames, counts
    // How images were described before there was anything else.
    case channels, height, width
  }

  /// Reads facts, also those written when all examples were images.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    let shape: ExampleShape
    if let found = try values.decodeIfPresent(ExampleShape.self, forKey: .shape) {
      shape = found
    } else {
      let (height, width) = (try values.decode(Int.self, forKey: .height), try values.decode(Int.self, forKey: .width))
      shape = .image(channels: try values.decode(Int.self, forKey: .channels), height: height, width: width)
    }
    self.init(
      name: try values.decode(String.self, forKey: .name), shape: shape,
      scaling: try values.decodeIfPresent(Scaling.self, forKey: .scaling),
      classNames: try values.decode([String].self, forKey: .classNames),
      featureNames: try values.decodeIfPresent([String].self, forKey: .featureNames),
      counts: try values.decodeIfPresent(Counts.self, forKey: .counts))
  }

  /// Writes every fact.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(name, forKey: .name)
    try values.encode(shape, forKey: .shape)
    try values.encode(scaling, forKey: .scaling)
    try values.encode(classNames, forKey: .classNames)
    try values.encodeIfPresent(featureNames, forKey: .featureNames)
    try values.encodeIfPresent(counts, forKey: .counts)
  }
}

extension Dataset {
  /// What is known of a training set by itself.
  public var facts: DataFacts { facts(testCount: nil) }

  func facts(testCount: Int?) -> DataFacts {
    DataFacts(
      name: name, shape: shape, scaling: scaling, classNames: classNames, featureNames: featureNames,
      counts: .init(training: count, labelled: labelledCount, test: testCount))
  }
}
