/// What is measured of a work, and in which unit it is told.
struct Plan {
  enum Manner {
    /// Repetitions in workers that stay alive and take turns.
    case alternating
    /// Fresh processes: seconds to the first finished step.
    case start
    /// Fresh processes: the most memory after ten steps.
    case memory
  }

  let name: String
  let title: String
  let work: Work
  var manner = Manner.alternating
  /// Repetitions that make one unit of what is told.
  var repetitionsPerUnit = 1
  var unit = "ms"

  /// Sparring's first, with which the others are compared.
  /// - Parameter bFloat16: Whether the device multiplies bf16; otherwise those forms take minutes a step and are left out.
  func forms(bFloat16: Bool) -> [Form] {
    (manner == .alternating ? Form.all(of: work.kind) : Form.fresh).filter { bFloat16 || !$0.isBFloat16 }
  }

  /// In the order of the table.
  static func all() throws -> [Plan] {
    [
      Plan(name: "dcgan-64", title: "(a) DCGAN step, batch 64", work: try .dcgan(batchSize: 64)),
      Plan(name: "dcgan-128", title: "(a) DCGAN step, batch 128", work: try .dcgan(batchSize: 128)),
      Plan(name: "semi-supervised", title: "(b) semi-supervised step", work: try .semiSupervised()),
      Plan(name: "supervised", title: "(c) supervised step", work: try .supervised()),
      Plan(name: "generate", title: "(d) generation of 10,000 images", work: try .generate(), repetitionsPerUnit: 20),
      Plan(
        name: "classify", title: "(e) classification of 10,000 images", work: try .classify(), repetitionsPerUnit: 20),
      Plan(name: "loading", title: "(f) CIFAR-10 from disk to the first batch", work: .loading),
      Plan(name: "assembly", title: "(f) assembly of a batch of 64", work: .assembly),
      Plan(
        name: "start", title: "(g) process start to first finished step", work: try .dcgan(batchSize: 64),
        manner: .start),
      Plan(
        name: "memory", title: "(h) peak memory after ten steps", work: try .dcgan(batchSize: 64), manner: .memory,
        unit: "MB"),
      Plan(name: "dcgan-1024", title: "(a) DCGAN step, batch 1,024", work: try .dcgan(batchSize: 1024)),
    ]
  }

  /// As typed.
  static var names: [String] { (try? all().map(\.name)) ?? [] }

  /// What is measured unless something else is asked for.
  static func standard() throws -> [Plan] { try all().filter { $0.name != "dcgan-1024" } }
}
