internal import CSparringTorch

/// An operator of LibTorch's dispatcher, found once by its name and overload.
///
/// - Invariant: the pointer refers to an immutable record that lives as long as the process, so
///   sharing it between tasks is safe.
struct Operator: @unchecked Sendable {
  private let found: Result<ct_operator, TorchError>
  private let name: String

  /// Finds `library::name.overload`; a name that does not exist is thrown by the call.
  init(_ name: String, _ overload: String = "", library: String = "aten") {
    self.name = "\(library)::\(name)"
    var handle: ct_operator?
    do throws(TorchError) {
      try check(ct_operator_find("\(library)::\(name)", overload, &handle))
      guard let handle else { throw TorchError("no operator \(name)") }
      found = .success(handle)
    } catch {
      found = .failure(error)
    }
  }

  /// Calls the operator and returns its first tensor.
  @discardableResult
  func callAsFunction(_ arguments: Argument...) throws(TorchError) -> Tensor {
    guard let first = try call(arguments, capacity: 8).first else {
      throw TorchError("the operator returned no tensor")
    }
    return first
  }

  /// Calls the operator and returns every tensor of its result; lists are flattened.
  func results(_ arguments: Argument..., capacity: Int = 8) throws(TorchError) -> [Tensor] {
    try call(arguments, capacity: capacity)
  }

  private func call(_ arguments: [Argument], capacity: Int) throws(TorchError) -> [Tensor] {
    let handle = try found.get()
    var packed = PackedArguments(arguments)
    var count = capacity
    let results = UnsafeMutablePointer<ct_tensor?>.allocate(capacity: capacity)
    defer { results.deallocate() }
    let message = packed.withValues { ct_call(handle, $0.baseAddress, $0.count, results, &count) }
    try withExtendedLifetime(arguments) { () throws(TorchError) in try check(message) }
    let tensors = (0..<count).compactMap { results[$0].map(Tensor.init(owning:)) }
    OperatorTrace.current?.add(name, arguments, tensors)
    return tensors
  }
}

/// One argument of an ``Operator``; left-out trailing arguments take the schema's defaults.
enum Argument {
  case `default`
  case none
  case tensor(Tensor)
  case int(Int)
  case double(Double)
  case bool(Bool)
  case string(String)
  case ints([Int])
  case doubles([Double])
  case bools([Bool])
  case tensors([Tensor])
  case optionalTensors([Tensor?])
  case device(Device)
  case generator(RandomGenerator)

  static func optional(_ tensor: Tensor?) -> Argument { tensor.map(Argument.tensor) ?? .none }
  static func optional(_ generator: RandomGenerator?) -> Argument { generator.map(Argument.generator) ?? .none }
  static func dtype(_ type: DType) -> Argument { .int(Int(type.rawValue)) }
}

extension Argument: ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral, ExpressibleByBooleanLiteral {
  init(integerLiteral value: Int) { self = .int(value) }
  init(floatLiteral value: Double) { self = .double(value) }
  init(booleanLiteral value: Bool) { self = .bool(value) }
}

/// Arguments laid out as the shim reads them: lists live in three shared arrays.
private struct PackedArguments {
  private var values: [ct_value] = []
  private var integers: [Int64] = []
  private var reals: [Double] = []
  private var handles: [ct_tensor?] = []
  private var text: [CChar] = []
  private var offsets: [Int] = []

  init(_ arguments: [Argument]) {
    values.reserveCapacity(arguments.count)
    for argument in arguments { append(argument) }
  }

  private mutating func append(_ argument: Argument) {
    var value = ct_value()
    var offset = 0
    switch argument {
    case .default: value.kind = CT_DEFAULT
    case .none: value.kind = CT_NONE
    case .tensor(let tensor): (value.kind, value.value.tensor) = (CT_TENSOR, tensor.handle)
    case .int(let number): (value.kind, value.value.integer) = (CT_INT, Int64(number))
    case .double(let number): (value.kind, value.value.real) = (CT_DOUBLE, number)
    case .bool(let flag): (value.kind, value.value.integer) = (CT_BOOL, flag ? 1 : 0)
    case .generator(let generator): (value.kind, value.value.generator) = (CT_GENERATOR, generator.handle)
    case .string(let string): (value.kind, offset, value.count) = store(text: string, as: CT_STRING)
    case .device(let device): (value.kind, value.value.device) = (CT_DEVICE, device.reference)
    case .ints(let list):
      (value.kind, offset, value.count) = (CT_INTS, integers.count, Int64(list.count))
      integers += list.map(Int64.init)
    case .bools(let list):
      (value.kind, offset, value.count) = (CT_BOOLS, integers.count, Int64(list.count))
      integers += list.map { $0 ? 1 : 0 }
    case .doubles(let list):
      (value.kind, offset, value.count) = (CT_DOUBLES, reals.count, Int64(list.count))
      reals += list
    case .tensors(let list):
      (value.kind, offset, value.count) = (CT_TENSORS, handles.count, Int64(list.count))
      handles += list.map(\.handle)
    case .optionalTensors(let list):
      (value.kind, offset, value.count) = (CT_OPTIONAL_TENSORS, handles.count, Int64(list.count))
      handles += list.map { $0?.handle }
    }
    values.append(value)
    offsets.append(offset)
  }

  private mutating func store(text string: String, as kind: ct_kind) -> (ct_kind, Int, Int64) {
    let offset = text.count
    text += string.utf8.map { CChar(bitPattern: $0) }
    return (kind, offset, Int64(text.count - offset))
  }

  mutating func withValues<Result>(_ body: (UnsafeBufferPointer<ct_value>) -> Result) -> Result {
    integers.withUnsafeBufferPointer { integers in
      reals.withUnsafeBufferPointer { reals in
        handles.withUnsafeBufferPointer { handles in
          text.withUnsafeBufferPointer { text in
            for index in values.indices {
              let offset = offsets[index]
              switch values[index].kind {
              case CT_INTS, CT_BOOLS: values[index].value.integers = integers.baseAddress.map { $0 + offset }
              case CT_DOUBLES: values[index].value.reals = reals.baseAddress.map { $0 + offset }
              case CT_TENSORS, CT_OPTIONAL_TENSORS:
                values[index].value.tensors = handles.baseAddress.map { $0 + offset }
              case CT_STRING: values[index].value.text = text.baseAddress.map { $0 + offset }
              default: break
              }
            }
            return values.withUnsafeBufferPointer(body)
          }
        }
      }
    }
  }
}
