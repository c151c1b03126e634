/// A ratio to be reached.
struct Bar {
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
  let target: Double

  /// Whether less is better.
  var isLimit: Bool {
    switch against {
    case .form, .best, .ceiling: false
    case .share, .part: true
    }
  }

  static func bars(isGPU: Bool) -> [Bar] { isGPU ? gpu : cpu }

  private static let cpu: [Bar] =
    ["dcgan-64", "dcgan-128"].flatMap { name in
      [
        Bar(work: name, against: .form("pytorch-eager"), target: 2.2),
        Bar(work: name, against: .best(of: ""), target: 1.3),
        Bar(work: name, against: .ceiling, target: 0.8),
      ]
    } + [
      Bar(work: "semi-supervised", against: .best(of: ""), target: 1.3),
      Bar(work: "supervised", against: .best(of: ""), target: 1.3),
      Bar(work: "generate", against: .best(of: "pytorch"), target: 1.5),
      Bar(work: "classify", against: .best(of: "pytorch"), target: 1.5),
      Bar(work: "assembly", against: .share(of: "dcgan-64"), target: 0.02),
      Bar(work: "start", against: .form("pytorch-eager"), target: 5),
      Bar(work: "memory", against: .part(of: "pytorch-eager"), target: 0.6),
    ]

  private static let gpu = [
    Bar(work: "dcgan-64", against: .form("pytorch-eager"), target: 5),
    Bar(work: "dcgan-64", against: .form("pytorch-compile-max"), target: 1.2),
    Bar(work: "dcgan-1024", against: .best(of: ""), target: 1.2),
  ]
}
