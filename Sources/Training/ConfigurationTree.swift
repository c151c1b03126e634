import Yams

/// A typed configuration built from layers: the type's own defaults, then YAML texts, then
/// `key=value` settings. A key that the type does not know is an error that suggests the nearest.
package struct ConfigurationTree<Configuration: Codable> {
  private var root: Node
  /// Everything that the type holds, hidden keys included.
  private var whole: Node
  private let hidden: [String: String]
  private let alternatives: [Alternatives]
  /// For each key that a layer gave, what to call the layer where the key was not typed as it is.
  private var origins: [String: String?] = [:]

  /// Begins with the values of `defaults`; their keys are all that there are.
  /// - Parameter hidden: Keys that would do nothing, such as `training.sampleEvery`, each with the reason that somebody
  ///   who sets it is told; they keep their defaults and are not written out.
  /// - Parameter alternatives: Sections whose keys depend on one of their values.
  package init(
    defaults: Configuration, hiding hidden: [String: String] = [:], alternatives: [Alternatives] = []
  ) throws {
    guard let node = try Yams.compose(yaml: YAMLEncoder().encode(defaults)) else {
      throw TrainingError("the default configuration is empty")
    }
    (whole, self.hidden, self.alternatives) = (node, hidden, alternatives)
    root = hidden.keys.reduce(node) { $0.removing($1.split(separator: ".").map(String.init)[...]) }
  }

  /// The configuration as YAML, every key that does something written out.
  package func text() throws -> String { try Yams.serialize(node: root, width: -1) }

  /// A whole configuration's text as a tree, to look at.
  package init(text: String, of type: Configuration.Type) throws {
    guard let node = try composed(text, source: "the configuration") else {
      throw TrainingError("the configuration is empty")
    }
    (root, whole, hidden, alternatives) = (node, node, [:], [])
  }

  /// Every key that does something with its value, in the order of ``text()``.
  package var values: [(path: String, value: String)] {
    keys.map { path in
      let node = root.at(path.split(separator: ".").map(String.init)[...])
      let list = node?.sequence.map { "[\($0.compactMap(\.string).joined(separator: ", "))]" }
      return (path, list ?? node?.string ?? "")
    }
  }

  /// Every key that does something, such as `training.steps`, in the order of ``text()``.
  package var keys: [String] { root.leaves(under: "") }

  /// Lays a YAML text over what is there.
  /// - Parameters:
  ///   - source: What to call the text in messages, such as a file's path.
  ///   - omitted: Keys or sections of the text that are passed over.
  package mutating func overlay(yaml: String, source: String, omitting omitted: [String] = []) throws {
    let layer = try composed(yaml, source: source)
    guard let layer else { return }
    guard layer.mapping != nil else { throw TrainingError("\(source) must hold keys and values") }
    let rest = omitted.reduce(layer) { $0.removing($1.split(separator: ".").map(String.init)[...]) }
    try lay(rest, source: source, origin: source)
  }

  /// Sections first take on the keys that the layer's choices bring.
  private mutating func lay(_ layer: Node, source: String, origin: String?) throws {
    for section in alternatives {
      let path = section.path.split(separator: ".").map(String.init)[...]
      guard let chosen = layer.at(path + [section.key])?.string, let present = root.at(path),
        present.mapping?[Node(section.key)]?.string != chosen
      else { continue }
      guard let other = try section.defaults(chosen) else {
        throw TrainingError(
          "\(source): there is no \(section.path).\(section.key) '\(chosen)'; use \(section.names.joined(separator: ", "))"
        )
      }
      let kept = section.commonKeys.compactMap { key in present.mapping?[Node(key)].map { (Node(key), $0) } }
      let node = other.overlaid(by: Node(kept))
      root = root.replacing(
        path,
        with: hidden.keys.filter { $0.hasPrefix(section.path + ".") }.reduce(node) {
          $0.removing($1.dropFirst(section.path.count + 1).split(separator: ".").map(String.init)[...])
        })
      whole = whole.replacing(path, with: node)
    }
    root = try merged(root, with: layer, path: "", source: source)
    note(origin, of: layer, path: "")
  }

  private mutating func note(_ origin: String?, of layer: Node, path: String) {
    for (key, value) in layer.mapping ?? [:] {
      let full = path.isEmpty ? key.string ?? "" : "\(path).\(key.string ?? "")"
      if value.mapping == nil { origins[full] = .some(origin) } else { note(origin, of: value, path: full) }
    }
  }

  /// Applies one `section.key=value`.
  package mutating func set(_ setting: String) throws {
    let parts = setting.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty else {
      throw TrainingError("--set takes key=value, such as training.learningRate=2e-4, not '\(setting)'")
    }
    let value: Node
    do {
      value = try composed(String(parts[1]), source: "the value") ?? Node("")
    } catch {
      throw TrainingError("--set \(setting): the value is not valid YAML")
    }
    try set(String(parts[0]), to: value, source: "--set \(setting)", origin: nil)
  }

  /// Sets one key to a plain word, taken as it is: a path may hold characters that mean something in YAML.
  package mutating func set(_ key: String, toText text: String, source: String) throws {
    try set(key, to: Node(text), source: source, origin: source)
  }

  private mutating func set(_ key: String, to value: Node, source: String, origin: String?) throws {
    var layer = value
    for part in key.split(separator: ".", omittingEmptySubsequences: false).reversed() {
      layer = Node([(Node(String(part)), layer)])
    }
    try lay(layer, source: source, origin: origin)
  }

  /// The configuration as its type.
  /// - Parameter check: Says what is wrong with a value, in a text that begins with its key.
  /// - Throws: ``TrainingError`` naming the key whose value does not fit, and the layer that gave it where the key was
  ///   not typed as it is: a file, a preset, an option such as `--labels`.
  package func decoded(checking check: (Configuration) throws -> Void = { _ in }) throws -> Configuration {
    do {
      let configuration = try typed()
      try check(configuration)
      return configuration
    } catch {
      let text = "\(error)"
      let key = origins.keys.filter { text.hasPrefix("\($0) ") }.max { $0.count < $1.count }
      guard let key, let origin = origins[key] ?? nil else { throw error }
      throw TrainingError("\(origin): \(text)")
    }
  }

  private func typed() throws -> Configuration {
    do {
      return try YAMLDecoder().decode(Configuration.self, from: whole.overlaid(by: root))
    } catch let DecodingError.typeMismatch(type, context) {
      throw TrainingError(
        "\(dotted(context.codingPath)) takes a value of type \(type), not '\(scalar(at: context.codingPath))'")
    } catch let DecodingError.dataCorrupted(context) {
      // What a `NamedChoice` says lists the words there are.
      let hint = context.debugDescription.hasPrefix("use ") ? "; \(context.debugDescription)" : ""
      throw TrainingError("\(dotted(context.codingPath)) cannot be '\(scalar(at: context.codingPath))'" + hint)
    } catch {
      throw TrainingError("the configuration cannot be read: \(firstLine(of: error))")
    }
  }

  private func merged(_ base: Node, with layer: Node, path: String, source: String) throws -> Node {
    guard let known = base.mapping else {
      if layer.mapping != nil { throw TrainingError("\(source): '\(path)' is one value, not a section") }
      return layer
    }
    guard let added = layer.mapping else { throw TrainingError("\(source): '\(path)' is a section, not one value") }
    var result = known
    for (key, value) in added {
      let name = key.string ?? "?"
      let full = path.isEmpty ? name : path + "." + name
      guard let old = known[key] else {
        if let (path, reason) = hidden.first(where: { full == $0.key || full.hasPrefix($0.key + ".") }) {
          throw TrainingError("\(source): '\(path)' would do nothing: \(reason)")
        }
        if let message = try keyOfAnother(name, path: path, base) { throw TrainingError("\(source): \(message)") }
        let near = suggestedKeys(for: name, inPlaceOf: full, beside: known.keys.compactMap(\.string))
        let hint = near.isEmpty ? "" : "; did you mean '\(near.joined(separator: "' or '"))'?"
        throw TrainingError("\(source): unknown key '\(full)'" + hint)
      }
      result[key] = try merged(old, with: value, path: full, source: source)
    }
    return .mapping(result)
  }

  /// The keys of that name elsewhere, or the one that is spelled nearly so: in the same section, or anywhere.
  private func suggestedKeys(for name: String, inPlaceOf full: String, beside siblings: [String]) -> [String] {
    func last(_ key: String) -> String { key.split(separator: ".").last.map(String.init) ?? key }
    let sameName = keys.filter { last($0) == name }
    guard sameName.isEmpty else { return sameName }
    guard let nearest = nearestName(to: name, among: siblings + keys.map(last)) else {
      return nearestName(to: full, among: keys).map { [$0] } ?? []
    }
    if siblings.contains(nearest) { return [String(full.dropLast(name.count)) + nearest] }
    return keys.filter { last($0) == nearest }
  }

  /// Says whose key it is where another choice in the same section would bring it.
  private func keyOfAnother(_ name: String, path: String, _ base: Node) throws -> String? {
    guard let section = alternatives.first(where: { $0.path == path }),
      let chosen = base.mapping?[Node(section.key)]?.string
    else { return nil }
    let others = try section.names.filter { try section.defaults($0)?.mapping?[Node(name)] != nil }
    guard !others.isEmpty else { return nil }
    return
      "'\(path).\(name)' would do nothing with \(path).\(section.key) '\(chosen)'; it belongs to \(others.joined(separator: " and "))"
  }

  private func dotted(_ path: [any CodingKey]) -> String { path.map(\.stringValue).joined(separator: ".") }

  private func scalar(at path: [any CodingKey]) -> String {
    var node = root
    for key in path {
      guard let next = node.mapping?[Node(key.stringValue)] else { return "?" }
      node = next
    }
    return node.scalar?.string ?? "a list"
  }
}

/// A section whose keys depend on one of its values, such as `model.classifier` on its `family`.
package struct Alternatives {
  let path: String
  let key: String
  let names: [String]
  let commonKeys: [String]
  fileprivate let defaults: (String) throws -> Node?

  /// - Parameters:
  ///   - path: The section, such as `model.classifier`.
  ///   - key: The value that chooses.
  ///   - names: What it may be.
  ///   - commonKeys: Keys that stay as they are when another is chosen.
  ///   - defaults: The whole section as it begins for a name; nil for a name that is none.
  package init(
    at path: String, by key: String, names: [String], keeping commonKeys: [String],
    defaults: @escaping (String) -> (any Encodable)?
  ) {
    (self.path, self.key, self.names, self.commonKeys) = (path, key, names, commonKeys)
    self.defaults = { name in
      func node<Section: Encodable>(_ section: Section) throws -> Node? {
        try Yams.compose(yaml: YAMLEncoder().encode(section))
      }
      guard let section = defaults(name) else { return nil }
      return try node(section)
    }
  }
}

/// A word or number in a YAML text, by its key such as `dataset.name`; nil where it says nothing of the key.
/// - Parameter source: What to call the text in messages.
/// - Throws: ``TrainingError`` when the text is not YAML.
package func textValue(of key: String, inYAML text: String, source: String) throws -> String? {
  var node = try composed(text, source: source)
  for part in key.split(separator: ".") { node = node?.mapping?[Node(String(part))] }
  return node?.scalar?.string
}

func composed(_ yaml: String, source: String) throws(TrainingError) -> Node? {
  guard yaml.utf8.count <= YAMLAliases.mostBytes else {
    throw TrainingError(
      "\(source) has \(yaml.utf8.count) bytes, and no configuration has more than \(YAMLAliases.mostBytes)")
  }
  if let line = YAMLAliases.firstLine(in: yaml) {
    throw TrainingError("\(source) has an alias in line \(line) (*name): write out what it stands for")
  }
  do {
    return try Yams.compose(yaml: yaml)
  } catch {
    throw TrainingError("\(source) is not valid YAML: \(firstLine(of: error))")
  }
}

extension Node {
  fileprivate func at(_ path: ArraySlice<String>) -> Node? {
    guard let first = path.first else { return self }
    return mapping?[Node(first)]?.at(path.dropFirst())
  }

  fileprivate func replacing(_ path: ArraySlice<String>, with node: Node) -> Node {
    guard let first = path.first else { return node }
    guard var mapping, let child = mapping[Node(first)] else { return self }
    mapping[Node(first)] = child.replacing(path.dropFirst(), with: node)
    return .mapping(mapping)
  }

  /// The node without the value at a path.
  fileprivate func removing(_ path: ArraySlice<String>) -> Node {
    guard var mapping, let first = path.first, let child = mapping[Node(first)] else { return self }
    mapping[Node(first)] = path.count == 1 ? nil : child.removing(path.dropFirst())
    return .mapping(mapping)
  }

  /// The paths of all values below.
  fileprivate func leaves(under path: String) -> [String] {
    guard let mapping else { return [path] }
    return mapping.flatMap { key, value in
      value.leaves(under: path.isEmpty ? key.string ?? "" : "\(path).\(key.string ?? "")")
    }
  }

  /// The node with every value of `layer` in its place.
  fileprivate func overlaid(by layer: Node) -> Node {
    guard var mapping, let added = layer.mapping else { return layer }
    for (key, value) in added { mapping[key] = mapping[key]?.overlaid(by: value) ?? value }
    return .mapping(mapping)
  }
}

private func firstLine(of error: any Error) -> String {
  "\(error)".split(separator: "\n").first.map(String.init) ?? "\(error)"
}
