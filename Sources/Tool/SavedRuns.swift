import Foundation
import SparringReporting
import SparringTraining

/// The configuration that a run folder was made with.
func savedConfiguration<Chosen: Experiment>(
  of experiment: Chosen.Type, in folder: RunFolder
) throws -> Chosen.Configuration {
  try configuration(of: experiment, yaml: savedText(in: folder), source: folder.configuration.relativePath)
}

func configuration<Chosen: Experiment>(
  of experiment: Chosen.Type, yaml: String, source: String
) throws -> Chosen.Configuration {
  var tree = try ConfigurationTree(defaults: Chosen.defaults)
  try tree.overlay(yaml: yaml, source: source)
  return try tree.decoded()
}

/// The recipe named in a run folder's configuration.
func recipeName(of folder: RunFolder) throws -> String {
  try recipeName(yaml: savedText(in: folder), source: folder.configuration.relativePath)
}

func recipeName(yaml: String, source: String) throws -> String {
  for line in yaml.split(separator: "\n") where line.hasPrefix("recipe:") {
    return line.dropFirst("recipe:".count).trimmingCharacters(in: CharacterSet(charactersIn: " '\""))
  }
  throw ToolError("\(source) names no recipe, so it is no run's configuration")
}

/// The newest checkpoint of a run.
func newestCheckpoint(in folder: RunFolder) throws -> URL {
  guard let newest = Checkpoint.files(in: folder.checkpoints).last else {
    throw ToolError("\(folder.url.relativePath) has no checkpoint yet: train it, or resume it, first")
  }
  return newest
}

private func savedText(in folder: RunFolder) throws -> String {
  do {
    return try String(contentsOf: folder.configuration, encoding: .utf8)
  } catch {
    throw ToolError("\(folder.configuration.relativePath) cannot be read")
  }
}
