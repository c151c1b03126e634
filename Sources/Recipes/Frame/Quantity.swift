/// Something that is measured while a recipe trains, such as a loss or the accuracy, with all that a display has to know
/// of it. A recipe declares its own in its own file:
///
/// ```swift
/// extension Quantity {
///   static let kept = Quantity("kept", title: "share of pseudo-labels kept", short: "kept", unit: .share)
/// }
/// ```
public struct Quantity: Sendable, Hashable, Codable {
  /// What a value is counted in; curves of one unit share a chart.
  public enum Unit: String, Sendable, Hashable, Codable, CaseIterable {
    /// Information in natural units, as cross-entropies are.
    case nats
    /// A part of a whole from 0 to 1, shown as per cent.
    case share
    /// A number and no more.
    case plain
  }

  /// Which way is better.
  public enum Direction: String, Sendable, Hashable, Codable, CaseIterable {
    case higher
    case lower
    /// Neither way by itself, as for the losses of two networks that play against each other.
    case neither
  }

  /// The key in files, such as `generator`; two quantities of a recipe never share one.
  public let name: String
  /// What people read, such as `generator loss`.
  public let title: String
  /// The same where there is little room, such as `loss G`.
  public let short: String
  /// What a value is counted in.
  public let unit: Unit
  /// Which way is better.
  public let better: Direction

  /// - Parameters:
  ///   - title: nil takes the name.
  ///   - short: nil takes the title.
  public init(
    _ name: String, title: String? = nil, short: String? = nil, unit: Unit = .plain, better: Direction = .neither
  ) {
    (self.name, self.title, self.unit, self.better) = (name, title ?? name, unit, better)
    self.short = short ?? self.title
  }

  /// The same quantity in another unit, as another objective of the same network has.
  public func measured(in unit: Unit) -> Quantity {
    Quantity(name, title: title, short: short, unit: unit, better: better)
  }
}

extension Quantity {
  /// The cross-entropy of labelled images.
  public static let classifier = Quantity(
    "classifier", title: "classifier loss", short: "loss classifier", unit: .nats, better: .lower)
  /// How badly real and generated images are told apart; near zero, they always are.
  public static let discriminator = Quantity("discriminator", title: "discriminator loss", short: "loss D", unit: .nats)
  /// What a generator minimises.
  public static let generator = Quantity("generator", title: "generator loss", short: "loss G", unit: .nats)
  /// Images classified rightly.
  public static let accuracy = Quantity("accuracy", unit: .share, better: .higher)

  /// The mean over classes of the share of each that was classified rightly.
  public static let balancedAccuracy = Quantity(
    "balanced-accuracy", title: "balanced accuracy", unit: .share, better: .higher)

  /// The quantity above of that name: what a file that declares none means by it.
  public static func standard(named name: String) -> Quantity? {
    [classifier, discriminator, generator, accuracy, balancedAccuracy].first { $0.name == name }
  }
}
