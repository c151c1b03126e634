/// A ratio to be reached.
struct Target {
  enum Against {
    /// How many times as long this form takes.
    case form(String)
    /// The same of the fastest of the peers whose name begins so.
    case best(of: String)
    /// The share of the machine's bf16 matrix product.
    case ceiling
    /// The share of another work's time.
    case share(of: String)
    /// Of memory: this much of what the form takes.
    case part(of: String)
  }

  let work: String
  let against: Against
  let ratio: Double

  /// Whether less is better.
  var isLimit: Bool {
    switch against {
    case .form, .best, .ceiling: false
    case .share, .part: true
    }
  }

  static func all(isGPU: Bool) -> [Target] { isGPU ? gpu : cpu }

  private static let cpu: [Target] =
    ["dcgan-64", "dcgan-128"].flatMap { name in
      [
        Target(work: name, against: .form("pytorch-eager"), ratio: 2.2),
        Target(work: name, against: .best(of: ""), ratio: 1.3),
        Target(work: name, against: .ceiling, ratio: 0.8),
      ]
    } + [
      Target(work: "semi-supervised", against: .best(of: ""), ratio: 1.3),
      Target(work: "supervised", against: .best(of: ""), ratio: 1.3),
      Target(work: "generate", against: .best(of: "pytorch"), ratio: 1.5),
      Target(work: "classify", against: .best(of: "pytorch"), ratio: 1.5),
      Target(work: "assembly", against: .share(of: "dcgan-64"), ratio: 0.02),
      Target(work: "start", against: .form("pytorch-eager"), ratio: 5),
      Target(work: "memory", against: .part(of: "pytorch-eager"), ratio: 0.6),
    ]

  private static let gpu = [
    Target(work: "dcgan-64", against: .form("pytorch-eager"), ratio: 5),
    Target(work: "dcgan-64", against: .form("pytorch-compile-max"), ratio: 1.2),
    Target(work: "dcgan-1024", against: .best(of: ""), ratio: 1.2),
  ]
}
