/// The operators that were called in a scope, in order: how a network's forward pass becomes a graph that other programs
/// can run.
///
/// - Invariant: only the scope that records adds to it, from one task, so that it may pass through a task's local value.
package final class OperatorTrace: @unchecked Sendable {
  /// One call.
  package struct Call {
    /// `library::name`, such as `aten::linear`.
    package let name: String
    /// As they were given; left-out ones are not there.
    package let arguments: [Value]
    /// What came of it.
    package let results: [Tensor]
  }

  /// An argument of a call.
  package enum Value {
    case none
    case tensor(Tensor)
    case tensors([Tensor])
    case integer(Int)
    case integers([Int])
    case real(Double)
    case flag(Bool)
    /// A kind that no network's forward pass needs.
    case other

    init(_ argument: Argument) {
      self =
        switch argument {
        case .default, .none: .none
        case .tensor(let tensor): .tensor(tensor)
        case .tensors(let list): .tensors(list)
        case .int(let number): .integer(number)
        case .ints(let list): .integers(list)
        case .double(let number): .real(number)
        case .bool(let flag): .flag(flag)
        default: .other
        }
    }
  }

  @TaskLocal static var current: OperatorTrace?

  /// In the order of the calls.
  package private(set) var calls: [Call] = []

  /// Everything that `body` computes, and what it returns.
  package static func recording<Result>(_ body: () throws -> Result) throws -> (trace: OperatorTrace, result: Result) {
    let trace = OperatorTrace()
    return (trace, try $current.withValue(trace) { try body() })
  }

  func add(_ name: String, _ arguments: [Argument], _ results: [Tensor]) {
    calls.append(Call(name: name, arguments: arguments.map(Value.init), results: results))
  }
}

extension Tensor {
  /// Whether two are the same tensor of LibTorch's, not only equal in their numbers.
  package func isSame(as other: Tensor) -> Bool { identity == other.identity }
  /// Tells tensors apart while they live.
  package var identity: UnsafeRawPointer { UnsafeRawPointer(handle) }
}
