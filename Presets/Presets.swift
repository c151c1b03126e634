public import Foundation

/// The named configurations that ship with the package, one YAML file each.
public enum Presets {
  /// The folder that holds them.
  public static var folder: URL { Bundle.module.bundleURL.appending(path: "configurations") }

  /// The names in alphabetical order.
  public static var names: [String] {
    let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return files.filter { $0.hasSuffix(".yaml") }.map { String($0.dropLast(5)) }.sorted()
  }

  /// The YAML text of one preset; nil when there is none of that name.
  public static func text(named name: String) -> String? {
    guard names.contains(name) else { return nil }
    return try? String(contentsOf: folder.appending(path: name + ".yaml"), encoding: .utf8)
  }

  /// The first comment of a preset: what it is, in one line.
  public static func summary(of name: String) -> String {
    let first = text(named: name)?.split(separator: "\n").first ?? ""
    return first.hasPrefix("# ") ? String(first.dropFirst(2)) : ""
  }
}
