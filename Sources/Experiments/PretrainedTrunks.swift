import Foundation
import SparringDatasets
import SparringModels
import SparringRecipes
import SparringReporting
import SparringTorch
import SparringTraining

extension ModelConfiguration {
  /// The trunks that networks begin with, where the configuration names another run, or published weights, for them.
  /// - Parameter references: Whether only those are wanted that a checkpoint leaves out: published weights that stay as
  ///   they are.
  /// - Throws: ``TrainingError`` that names the key, and what is wrong with the run.
  func pretrainedTrunks(
    for roles: [NetworkRole], onlyReferences references: Bool = false
  ) throws -> [NetworkRole: [String: Tensor]] {
    var trunks: [NetworkRole: [String: Tensor]] = [:]
    for role in roles {
      guard let trunk = self[trunkOf: role], !trunk.from.isEmpty else { continue }
      let source = trunk.from
      do {
        if let weights = try KnownWeights.referred(by: source) {
          if references, !trunk.frozen { continue }
          trunks[role] = try Safetensors.read(URL(fileURLWithPath: SearchPath.standard.require(weights))).tensors
          continue
        }
        if references { continue }
        let url = URL(fileURLWithPath: source)
        let file = source.hasSuffix(".safetensors") ? url : try RunFolder.open(url).resultCheckpoint()
        trunks[role] = try Self.trunk(of: role.rawValue, in: file)
      } catch {
        throw TrainingError("model.\(role.rawValue).from: \(error)")
      }
    }
    return trunks
  }

  /// Names published weights by their checksum, too, so that a run says which it was trained on.
  mutating func pinWeights() throws {
    for path in [\ModelConfiguration.classifier, \.discriminator, \.encoder] {
      guard let weights = try KnownWeights.referred(by: self[keyPath: path].from) else { continue }
      self[keyPath: path].from = weights.reference
    }
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
