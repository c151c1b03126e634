import Foundation
import SparringDatasets
import SparringExperiments
import SparringPresets
import SparringReporting

extension StudyCommand.RunCommand {
  /// What is asked for, and where it goes.
  func plan() throws -> (StudyPlan, StudyFolder) {
    if let study, let beside {
      return (
        try JSONDecoder().decode(StudyPlan.self, from: Data(beside.utf8)), StudyFolder(URL(fileURLWithPath: study))
      )
    }
    if let study, !Presets.Studies.names.contains(study), !study.hasSuffix(".yaml") {
      let folder = StudyFolder(URL(fileURLWithPath: study))
      if var plan = try folder.savedPlan() {
        guard isUnchanged, name == nil else {
          throw ToolError(
            "\(study) goes on with its own plan: leave all but --baseline, --device, --threads, --jobs and --shard out")
        }
        plan.baseline = baseline ?? plan.baseline
        return (plan, folder)
      }
    }
    var preset = StudyPreset()
    if let study {
      preset =
        try study.hasSuffix(".yaml")
        ? StudyPreset(yaml: Self.text(of: study), source: study) : StudyPreset(named: study)
    }
    try change(&preset)
    let own = preset.datasets.map { URL(fileURLWithPath: $0).lastPathComponent }.joined(separator: "-")
    let base = study.map { URL(fileURLWithPath: $0).deletingPathExtension().lastPathComponent } ?? own
    let name = name ?? "study-\(base)"
    var plan = try preset.plan(named: name)
    plan.skipsUnreadable = skipUnreadable
    return (plan, StudyFolder(URL(fileURLWithPath: runsFolder).appending(path: name)))
  }

  private var isUnchanged: Bool {
    dataset.isEmpty && settings.isEmpty && !skipUnreadable && seeds == nil && firstSeed == nil
      && heldOut == nil && [labels, recipes, augmentation, equal, budget].allSatisfy { $0 == nil }
  }

  /// Options take the place of what the preset says.
  private func change(_ preset: inout StudyPreset) throws {
    func list(_ text: String) -> [String] {
      text.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    }
    if !dataset.isEmpty {
      preset.datasets = dataset.flatMap { FileManager.default.fileExists(atPath: $0) ? [$0] : list($0) }
    }
    if let labels {
      preset.labels = try list(labels).map { word in
        guard let number = Int(word) else {
          throw ToolError("--labels is '\(labels)'; use numbers, such as 40,100,1000")
        }
        return number
      }
    } else if preset.labels.isEmpty, preset.datasets.allSatisfy({ (try? KnownDataset.named($0)) == nil }) {
      preset.labels = [0]
    }
    if let recipes { preset.arms = list(recipes).map { .init($0) } }
    if let augmentation {
      preset.augmentation = try list(augmentation).map { word in
        guard let level = AugmentationLevel(rawValue: word) else {
          throw ToolError("--augmentation is '\(augmentation)'; use none, weak, strong, or several")
        }
        return level
      }
    }
    if let seeds { preset.seeds = seeds }
    if let firstSeed { preset.firstSeed = firstSeed }
    if let equal {
      guard let cost = StudyCost(rawValue: equal) else {
        throw ToolError("--equal is '\(equal)'; use \(StudyCost.allCases.map(\.rawValue).joined(separator: ", "))")
      }
      // Another quantity than the preset's makes its amount void.
      if budget == nil, let own = preset.budget, !own.hasPrefix(equal + "=") { preset.budget = nil }
      preset.equal = cost
    }
    if let budget {
      preset.budget = budget
      if equal == nil { preset.equal = nil }
    }
    preset.settings += settings
    if let heldOut { preset.heldOut = heldOut }
    if let baseline { preset.baseline = baseline }
  }

  private static func text(of path: String) throws -> String {
    do {
      return try String(contentsOfFile: path, encoding: .utf8)
    } catch {
      throw ToolError("\(path) cannot be read as text: name a study's YAML file")
    }
  }
}
