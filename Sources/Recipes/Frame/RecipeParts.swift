public import SparringTorch

/// Everything about a recipe that changes while it trains, found in its stored properties: a checkpoint of these
/// continues it bit for bit.
///
/// A ``Player`` gives a network, an optimiser and an average under its property's name. Modules, optimisers, averages
/// and random generators may also stand by themselves; what random generators the networks hold (a dropout's) are found,
/// too. An object that is reached twice counts where it is reached first.
public struct RecipeParts {
  /// Networks, and modules that only remember something.
  public private(set) var networks: [Named<any Module>] = []
  /// In the order of the properties.
  public private(set) var optimizers: [Named<any Optimizer>] = []
  /// In the order of the properties.
  public private(set) var averages: [Named<ExponentialMovingAverage>] = []
  /// Every source of draws.
  public private(set) var generators: [Named<RandomGenerator>] = []
  private var seen: Set<ObjectIdentifier> = []

  /// Looks through the stored properties of `recipe` and of its superclasses.
  public init(of recipe: AnyObject) {
    var levels: [Mirror] = []
    var level: Mirror? = Mirror(reflecting: recipe)
    while let mirror = level {
      levels.insert(mirror, at: 0)
      level = mirror.superclassMirror
    }
    for child in levels.flatMap(\.children) {
      if let label = child.label { add(child.value, label) }
    }
  }

  private mutating func add(_ value: Any, _ name: String) {
    if let player = value as? any AnyPlayer {
      guard isNew(player) else { return }
      add(player.module, name)
      add(player.optimizer, name)
      if let average = player.average { add(average, name) }
    } else if let module = value as? any Module {
      guard isNew(module) else { return }
      networks.append(Named(name, module))
      for (path, generator) in module.namedGenerators { add(generator, "\(name).\(path)") }
    } else if let optimizer = value as? any Optimizer {
      if isNew(optimizer) { optimizers.append(Named(name, optimizer)) }
    } else if let average = value as? ExponentialMovingAverage {
      if isNew(average) { averages.append(Named(name, average)) }
    } else if let generator = value as? RandomGenerator {
      if isNew(generator) { generators.append(Named(name, generator)) }
    } else {
      descend(value, name)
    }
  }

  /// Into optionals, lists and plain values that group some of the above.
  private mutating func descend(_ value: Any, _ name: String) {
    let mirror = Mirror(reflecting: value)
    switch mirror.displayStyle {
    case .optional: for child in mirror.children { add(child.value, name) }
    case .collection: for (index, child) in mirror.children.enumerated() { add(child.value, "\(name).\(index)") }
    case .struct, .tuple: for child in mirror.children { add(child.value, "\(name).\(child.label ?? "")") }
    default: break
    }
  }

  private mutating func isNew(_ object: AnyObject) -> Bool { seen.insert(ObjectIdentifier(object)).inserted }
}

extension Recipe {
  /// Found anew at each call, by reflection: not for use within a step.
  public var parts: RecipeParts { RecipeParts(of: self) }
  /// Networks, and modules that only remember something, by the names of the recipe's properties.
  public var networks: [Named<any Module>] { parts.networks }
  /// By the names of the recipe's properties.
  public var optimizers: [Named<any Optimizer>] { parts.optimizers }
  /// By the names of the recipe's properties.
  public var averages: [Named<ExponentialMovingAverage>] { parts.averages }
  /// Every source of draws.
  public var generators: [Named<RandomGenerator>] { parts.generators }
}

/// Something with a name, in a list whose order matters.
public struct Named<Value> {
  /// What it goes by in files and displays.
  public let name: String
  /// What is named.
  public let value: Value

  /// `value` under the name `name`.
  public init(_ name: String, _ value: Value) {
    (self.name, self.value) = (name, value)
  }
}
