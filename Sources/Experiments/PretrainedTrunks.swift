import Foundation
import SparringModels
import SparringRecipes
import SparringReporting
import SparringTorch
import SparringTraining

extension ModelConfiguration {
  /// The trunks that networks begin with, where the configuration names another run for them.
  /// - Throws: ``TrainingError`` that names the key, and what is wrong with the run.
  func pretrainedTrunks(for roles: [NetworkRole]) throws -> [NetworkRole: [String: Tensor]] {
    var trunks: [NetworkRole: [String: Tensor]] = [:]
    for role in roles {
      guard let source = self[trunkOf: role]?.from, !source.isEmpty else { continue }
      do {
        let url = URL(fileURLWithPath: source)
        let file = source.hasSuffix(".safetensors") ? url : try RunFolder.open(url).resultCheckpoint()
        trunks[role] = try Self.trunk(of: role.rawValue, in: file)
      } catch {
        throw TrainingError("model.\(role.rawValue).from: \(error)")
      }
    }
    return trunks
  }

  /// A checkpoint's trunk, or the tensors of a file that another program wrote, under PyTorch's names: without the last
  /// layer, which is for other classes, and without counters that only training there needs.
  private static func trunk(of name: String, in file: URL) throws -> [String: Tensor] {
    let contents = try Safetensors.read(file)
    guard contents.metadata["format"]?.hasPrefix("sparring") != true else {
      return try SavedRun(contents, of: file).trunk(of: name, in: file)
    }
    // What frameworks put in front of a model that they wrap.
    let prefixes = ["module.", "model.", "backbone.", "encoder."]
    var found: [String: Tensor] = [:]
    for (path, tensor) in contents.tensors {
      let prefix = prefixes.first { path.hasPrefix($0) } ?? ""
      let bare = String(path.dropFirst(prefix.count))
      guard !bare.hasSuffix("num_batches_tracked"), !bare.hasPrefix("fc.") else { continue }
      found[bare] = try tensor.to(.float32)
    }
    return found
  }
}
