public import Foundation

/// The named configurations that ship with the package, one YAML file each.
public enum Presets {
  /// The folder that holds them.
  public static var folder: URL { Bundle.module.bundleURL.appending(path: "configurations") }

  /// The names in alphabetical order.
  public static var names: [String] { names(in: folder) }

  /// The YAML text of one preset; nil when there is none of that name.
  public static func text(named name: String) -> String? { text(named: name, in: folder) }

  /// The first comment of a preset: what it is, in one line.
  public static func summary(of name: String) -> String { summary(of: text(named: name)) }

  /// The names in a folder, in alphabetical order.
  static func names(in folder: URL) -> [String] {
    let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return files.filter { $0.hasSuffix(".yaml") }.map { String($0.dropLast(5)) }.sorted()
  }

  static func text(named name: String, in folder: URL) -> String? {
    guard names(in: folder).contains(name) else { return nil }
    return try? String(contentsOf: folder.appending(path: name + ".yaml"), encoding: .utf8)
  }

  static func summary(of text: String?) -> String {
    let first = text?.split(separator: "\n").first ?? ""
    return first.hasPrefix("# ") ? String(first.dropFirst(2)) : ""
  }
}

extension Presets {
  /// The studies that ship with the package, each named by what it needs; one YAML file each.
  public enum Studies {
    /// The folder that holds them.
    public static var folder: URL { Bundle.module.bundleURL.appending(path: "studies") }
    /// The names in alphabetical order.
    public static var names: [String] { Presets.names(in: folder) }
    /// The YAML text of one study; nil when there is none of that name.
    public static func text(named name: String) -> String? { Presets.text(named: name, in: folder) }
    /// The first comment of a study: what it is, in one line.
    public static func summary(of name: String) -> String { Presets.summary(of: text(named: name)) }
  }
}
