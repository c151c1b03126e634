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
        trunks[role] = try SavedRun(file: file).trunk(of: role.rawValue, in: file)
      } catch {
        throw TrainingError("model.\(role.rawValue).from: \(error)")
      }
    }
    return trunks
  }
}
