import Foundation
import SparringDatasets
import SparringTorch
import SparringTraining

extension Experiment {
  /// What the run sees, in one line: `800 labels, 1,700 unlabelled, 200 test, 32×32 colour, 5 classes`.
  public var summary: String {
    let facts = data.facts
    func count(_ number: Int, _ word: String) -> String {
      "\(number.formatted(.number.locale(.init(identifier: "en_US")))) \(word)"
    }
    var parts: [String] = []
    if let split {
      let labels = split.labelled.count
      parts.append(count(labels, labels == 1 ? "label" : "labels"))
      let validation = split.validation.count + (data.validation?.count ?? 0)
      parts.append(count(data.train.count - labels - split.validation.count, "unlabelled"))
      if validation > 0 { parts.append(count(validation, "validation")) }
    } else {
      parts.append(count(data.train.count, facts.shape.plural))
    }
    if let test = data.test { parts.append(count(test.count, "test")) }
    parts.append(facts.shape.shortDescription)
    if facts.classCount > 0 { parts.append(count(facts.classCount, facts.classCount == 1 ? "class" : "classes")) }
    return parts.joined(separator: ", ")
  }

  /// What else should be known before it begins, a sentence each.
  public var remarks: [String] {
    var remarks: [String] = []
    if let origin = data.testOrigin, data.test != nil { remarks.append("The test part is \(origin).") }
    if let split, let labels = try? data.train.labels.integers(), configuration.dataset.labels > 0 {
      let counts = Dictionary(grouping: split.labelled) { labels[$0] }.values.map(\.count)
      if let least = counts.min(), let most = counts.max(), least < most {
        let why =
          configuration.dataset.labelFrequencies == .natural
          ? "follow the data's class frequencies" : "do not divide equally"
        remarks.append("The labels \(why): \(least) to \(most) a class.")
      }
    }
    return remarks
  }
}
