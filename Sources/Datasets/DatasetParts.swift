import Foundation
public import SparringTorch

/// The parts of a data set, read together.
public struct DatasetParts {
  /// What may be trained on.
  public let train: Dataset
  /// What only validates choices, such as when to stop; nil where nobody brought such examples.
  public let validation: Dataset?
  /// What is only measured on; nil where there is none.
  public let test: Dataset?
  /// Where the test part comes from, as a clause; nil where that goes without saying.
  public let testOrigin: String?
  /// What was wrong with the pictures that were left out, where that was allowed.
  public let unreadable: [DatasetError]
  /// Files that no example comes from.
  public let leftOut: [LeftOutFile]

  init(
    train: Dataset, validation: Dataset? = nil, test: Dataset?, unreadable: [DatasetError] = [],
    leftOut: [LeftOutFile] = [], testOrigin: String? = nil
  ) {
    (self.train, self.validation, self.test) = (train, validation, test)
    (self.unreadable, self.leftOut, self.testOrigin) = (unreadable, leftOut, testOrigin)
  }

  /// What is known of all parts.
  public var facts: DataFacts { train.facts(testCount: test?.count) }

  /// How many pictures were left out, and the first of them: a few lines' worth in one.
  public var unreadableSummary: String? {
    let pictures = Self.summary(
      unreadable.map(\.message), one: "unreadable picture was left out", many: "unreadable pictures were left out")
    // A note of one's own beside the pictures is nothing to tell.
    let others = Self.summary(
      leftOut.filter { PictureFormat.unread[($0.path as NSString).pathExtension.lowercased()] != nil }.map {
        "\($0.path) is \($0.reason)"
      }, one: "file is no picture that can be read", many: "files are no pictures that can be read")
    let found = [pictures, others].compactMap(\.self)
    return found.isEmpty ? nil : found.joined(separator: "; ")
  }

  private static func summary(_ messages: [String], one: String, many: String) -> String? {
    guard !messages.isEmpty else { return nil }
    let further = messages.count > 3 ? "; and \(messages.count - 3) more" : ""
    return "\(messages.count) \(messages.count == 1 ? one : many): "
      + messages.prefix(3).joined(separator: "; ") + further
  }

  /// The same parts without the one that is only measured on.
  public var withoutTest: DatasetParts {
    DatasetParts(train: train, validation: validation, test: nil, unreadable: unreadable, leftOut: leftOut)
  }

  /// All parts on another device.
  public func to(_ device: Device) throws -> DatasetParts {
    DatasetParts(
      train: try train.to(device), validation: try validation?.to(device), test: try test?.to(device),
      unreadable: unreadable, leftOut: leftOut, testOrigin: testOrigin)
  }
}

/// How a data set's files are read, by what they are.
public struct DatasetOptions: Hashable, Sendable {
  /// For a folder of pictures.
  public var folder = ImageFolder.Options()
  /// For a file of examples.
  public var file = ExampleFile.Options()
  /// Where decoded pictures are kept for the next time; nil keeps none.
  public var cacheFolder: String? = SearchPath.userCache + "/pictures"

  /// The defaults, to be changed one by one.
  public init() {}
}
