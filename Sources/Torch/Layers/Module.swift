/// A tensor that belongs to a module: a trained parameter, or a buffer that only rides along.
public final class Parameter {
  /// What becomes of the tensor in training.
  public enum Role: Sendable {
    /// Changed by an optimiser.
    case trained
    /// Kept in checkpoints and averages, never differentiated, such as a running mean.
    case buffer
    /// Neither differentiated nor kept: published weights that stay as they are, and stand in a file of their own.
    case reference
  }

  /// The tensor itself; it is changed in place and never replaced.
  public let value: Tensor
  /// Whether it is trained.
  public private(set) var role: Role

  /// Wraps a tensor, and asks for its gradients where it is trained.
  /// - Throws: ``TorchError`` when a trained parameter is not floating point.
  public init(_ value: Tensor, role: Role = .trained) throws(TorchError) {
    self.value = value
    self.role = role
    if role == .trained { try value.requiringGradient() }
  }

  /// Trains it no more: a buffer, or a reference, from now on. To be called before an optimiser is made.
  package func freeze(as role: Role) throws(TorchError) {
    self.role = role
    try value.requiringGradient(false)
  }
}

/// A part of a network. Stored properties that are modules, parameters, or arrays of them form its
/// tree, and their names form the parameters' paths.
///
/// A property's name is written in snake case in the path, so a checkpoint read in Python looks as
/// expected: `blocks.0.running_mean`.
public protocol Module: AnyObject {}

/// A module from one tensor to one tensor.
public protocol Layer: Module {
  /// The forward pass.
  func callAsFunction(_ input: Tensor) throws -> Tensor
}

/// A module that behaves differently while training, such as dropout.
public protocol ModeDependent: Module {
  /// Whether the layer is being trained; true at first.
  var isTraining: Bool { get set }
}

/// A parameter and where it stands: `trunk.conv1.weight`.
public struct NamedParameter {
  /// Property names from the root, joined by dots.
  public let path: String
  /// The parameter itself.
  public let parameter: Parameter
  /// The parameter's tensor.
  public var value: Tensor { parameter.value }

  /// A parameter under a name of its own.
  public init(path: String, parameter: Parameter) {
    (self.path, self.parameter) = (path, parameter)
  }
}

extension Module {
  /// Every parameter and buffer, depth first in the order of declaration.
  public var namedParameters: [NamedParameter] {
    var found: [NamedParameter] = []
    visit(self) { place, child in
      if let parameter = child as? Parameter { found.append(NamedParameter(path: place.path, parameter: parameter)) }
    }
    return found
  }

  /// What checkpoints and averages keep: everything but references.
  public var keptParameters: [NamedParameter] { namedParameters.filter { $0.parameter.role != .reference } }

  /// The tensors that an optimiser changes, in a stable order.
  public var trainedParameters: [NamedParameter] { namedParameters.filter { $0.parameter.role == .trained } }

  /// Every random generator that a layer draws from, such as a dropout's, once, where it is met first.
  public var namedGenerators: [(path: String, generator: RandomGenerator)] {
    var found: [(path: String, generator: RandomGenerator)] = []
    visit(self) { place, child in
      guard let generator = child as? RandomGenerator, !found.contains(where: { $0.generator === generator }) else {
        return
      }
      found.append((place.path, generator))
    }
    return found
  }

  /// The number of trained numbers.
  public var trainedParameterCount: Int { trainedParameters.reduce(0) { $0 + $1.value.count } }

  /// Leaves every parameter and every running statistic below as it is from now on. To be called before an optimiser
  /// is made.
  /// - Parameter isReference: Whether everything stands in a file of its own, so that checkpoints leave it out.
  public func freeze(asReference isReference: Bool = false) throws(TorchError) {
    for named in namedParameters { try named.parameter.freeze(as: isReference ? .reference : .buffer) }
    visit(self) { _, child in
      (child as? BatchNorm)?.freeze()
      (child as? SpectralNorm)?.isFrozen = true
    }
  }

  /// Whether the examples of a training batch see each other, as they do in batch normalisation.
  public var mixesExamples: Bool {
    var mixes = (self as? BatchNorm)?.usesBatchStatistics ?? false
    visit(self) { _, child in mixes = mixes || ((child as? BatchNorm)?.usesBatchStatistics ?? false) }
    return mixes
  }

  /// Whether the slope of any layer is bounded by spectral normalisation.
  public var isSpectrallyNormalized: Bool {
    var isNormalized = self is SpectralNorm
    visit(self) { _, child in isNormalized = isNormalized || child is SpectralNorm }
    return isNormalized
  }

  /// Switches the whole tree between training and inference.
  public func setTraining(_ training: Bool) {
    visit(self) { _, child in (child as? any ModeDependent)?.isTraining = training }
    (self as? any ModeDependent)?.isTraining = training
  }

  /// Runs `body` in inference mode and puts every layer back into the mode it was in.
  public func inInferenceMode<Result>(_ body: () throws -> Result) rethrows -> Result {
    var changed: [any ModeDependent] = []
    visit(self) { _, child in
      if let layer = child as? any ModeDependent, layer.isTraining { changed.append(layer) }
    }
    if let layer = self as? any ModeDependent, layer.isTraining { changed.append(layer) }
    for layer in changed { layer.isTraining = false }
    defer { for layer in changed { layer.isTraining = true } }
    return try body()
  }

  /// Runs `body` with batch normalisation in its training mode and everything else as it is.
  public func withBatchStatistics<Result>(_ body: () throws -> Result) rethrows -> Result {
    var changed: [BatchNorm] = []
    visit(self) { _, child in if let norm = child as? BatchNorm, !norm.isTraining { changed.append(norm) } }
    for norm in changed { norm.isTraining = true }
    defer { for norm in changed { norm.isTraining = false } }
    return try body()
  }

  /// The whole state by path, but for what stands in a file of its own (``Parameter/Role/reference``).
  public var state: [String: Tensor] {
    Dictionary(keptParameters.map { ($0.path, $0.value) }, uniquingKeysWith: { first, _ in first })
  }

  /// Overwrites every parameter and buffer of the ``state``.
  /// - Throws: ``TorchError`` naming the first path that is missing, unexpected or of another shape;
  ///   nothing is overwritten then.
  public func load(_ state: [String: Tensor]) throws(TorchError) {
    try overwrite(keptParameters.map { ($0.path, $0.value) }, with: state, whose: "network")
  }
}

/// Property names and positions from the root to one object; spelled out only when somebody asks.
private struct Place {
  var labels: [String] = []
  var path: String { labels.map(snakeCase).joined(separator: ".") }
  func appending(_ label: String) -> Place { Place(labels: labels + [label]) }
}

/// Visits modules, parameters and random generators below `object` by reflection.
private func visit(_ object: Any, at place: Place = Place(), _ body: (Place, Any) -> Void) {
  var mirrors: [Mirror] = []
  var mirror: Mirror? = Mirror(reflecting: object)
  while let level = mirror {
    mirrors.insert(level, at: 0)
    mirror = level.superclassMirror
  }
  for child in mirrors.flatMap(\.children) {
    guard let label = child.label else { continue }
    descend(child.value, at: place, label, body)
  }
}

private func descend(_ value: Any, at place: Place, _ label: String, _ body: (Place, Any) -> Void) {
  if value is Parameter || value is RandomGenerator {
    body(place.appending(label), value)
  } else if let module = value as? any Module {
    let place = place.appending(label)
    body(place, module)
    visit(module, at: place, body)
  } else if let list = value as? [Any], !list.isEmpty {
    let place = place.appending(label)
    for (index, element) in list.enumerated() { descend(element, at: place, String(index), body) }
  } else if let wrapped = value as? (any OptionalValue)?, let content = wrapped?.content {
    descend(content, at: place, label, body)
  }
}

/// Lets reflection look into an optional property, such as a bias that a layer may not have.
private protocol OptionalValue {
  var content: Any? { get }
}
extension Optional: OptionalValue {
  fileprivate var content: Any? { self }
}

private func snakeCase(_ name: String) -> String {
  // Most names are a single word, and what Unicode calls uppercase is slow to ask.
  guard name.utf8.contains(where: { !(UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) }) else { return name }
  var result = ""
  for character in name {
    if character.isUppercase {
      result += "_" + character.lowercased()
    } else {
      result.append(character)
    }
  }
  return result
}
