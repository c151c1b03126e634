import Foundation
import Testing
import SparringTorch

/// A folder that disappears with the test.
final class TemporaryFolder {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appending(path: "torch-tests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func file(_ name: String) -> URL { url.appending(path: name) }
}

/// Whether two tensors agree in shape and, element by element, within absolute + relative · |expected|.
func isClose(
  _ found: Tensor, _ expected: Tensor, relative: Double = 1e-5, absolute: Double = 1e-6
) throws -> Bool {
  guard found.shape == expected.shape else { return false }
  let pairs = try zip(found.array(of: Double.self), expected.array(of: Double.self))
  return pairs.allSatisfy { ($0 - $1).magnitude <= absolute + relative * $1.magnitude }
}

/// As above, for numbers written in the test.
func isClose(
  _ found: Tensor, _ expected: [Double], relative: Double = 1e-5, absolute: Double = 1e-6
) throws -> Bool {
  try isClose(found, Tensor(expected, shape: found.shape), relative: relative, absolute: absolute)
}

/// The message of the `TorchError` that `body` has to throw.
func torchMessage<Result>(_ body: () throws -> Result) -> String {
  do {
    _ = try body()
    return "(nothing was thrown)"
  } catch let error as TorchError {
    return error.message
  } catch {
    return "(another error: \(error))"
  }
}

/// A parameter under a name, as a network would hand it out.
func named(_ path: String, _ value: Tensor, role: Parameter.Role = .trained) throws -> NamedParameter {
  NamedParameter(path: path, parameter: try Parameter(value, role: role))
}
