/// One way to do a piece of work.
struct Form: Hashable {
  enum Program: String {
    case sparring, pytorch, keras
  }

  let name: String

  static let sparring = Form(name: "sparring-bf16")
  static let sparringPlain = Form(name: "sparring-fp32")

  var program: Program {
    name.hasPrefix("sparring") ? .sparring : name.hasPrefix("keras") ? .keras : .pytorch
  }
  var isPeer: Bool { program != .sparring }
  var isBFloat16: Bool {
    name.hasSuffix("bf16") || (name != "pytorch-eager" && Self.pytorch.contains(name))
  }

  /// Relative to the largest number of the step, how far a form may be from Sparring in fp32.
  ///
  /// In fp32 only the order of sums differs, and where Adam adds its ε. In bf16 each product carries 8 bits.
  var tolerance: Double { isBFloat16 ? 3e-2 : 2e-3 }

  private static let pytorch = ["pytorch-eager", "pytorch-tuned", "pytorch-compile", "pytorch-compile-max"]
  private static let keras = ["keras-fp32", "keras-jit-fp32", "keras-bf16", "keras-jit-bf16"]
  private static let sparringForms = ["sparring-bf16", "sparring-fp32"]

  /// The forms of a work, in the order of the table.
  static func all(of kind: Work.Kind) -> [Form] {
    let names: [String]
    switch kind {
    case .gan, .supervised, .generate, .classify: names = sparringForms + pytorch + keras
    case .semiSupervised: names = sparringForms + pytorch
    case .loading, .assembly:
      names = ["sparring", "pytorch-dataloader-0", "pytorch-dataloader-2", "pytorch-tensors"]
    }
    return names.map(Form.init)
  }

  /// The forms whose first step and memory are measured, each in fresh processes.
  static let fresh = [
    "sparring-bf16", "sparring-fp32", "pytorch-eager", "pytorch-tuned", "pytorch-compile", "keras-fp32",
  ].map(Form.init)

  /// Peers known by name, for `--peers`.
  static var peerNames: [String] {
    pytorch + keras + all(of: .loading).filter(\.isPeer).map(\.name)
  }

  /// Why a form that one would expect is not in the table.
  static func absence(of kind: Work.Kind) -> String? {
    switch kind {
    case .semiSupervised: "Keras: not run, this step has no Keras form yet"
    case .loading, .assembly: "Keras: not run, its tf.data pipeline is not part of this bench"
    default: nil
    }
  }
}
