import Foundation
import SparringDatasets
import SparringModels
import SparringRecipes
import SparringTorch
import Testing

@testable import SparringExport

/// Names that a stranger chose must not become code in a page that somebody will run.
@Suite struct HostileNames {
  @Test(arguments: ["\"\"\"\nraise SystemExit(3)\n\"\"\"", "\\\"\"\"", "a\u{1B}[2J\u{2028}b", "\\N{BULLET", "\\"])
  func stayWords(name: String) throws {
    let page = try page(name)
    let (pieces, plain) = (
      page.components(separatedBy: "\"\"\""), try self.page("cats").components(separatedBy: "\"\"\"")
    )
    #expect(pieces.count == plain.count, "no quotes but the page's own: \(page.prefix(400))")
    let lines = pieces[1].split(separator: "\n", omittingEmptySubsequences: false).count
    #expect(
      !pieces[1].contains("\\") && lines == plain[1].split(separator: "\n", omittingEmptySubsequences: false).count)
    let classes = try #require(page.split(separator: "\n").first { $0.hasPrefix("CLASSES = ") })
    #expect(try JSONDecoder().decode([String].self, from: Data(classes.dropFirst(10).utf8)) == [name, "b"])
  }

  private func page(_ name: String) throws -> String {
    let facts = DataFacts(name: name, shape: .vector(features: 2), classNames: [name, "b"])
    var family = FullyConnectedFamily()
    family.widths = [3]
    let recipe = try Supervised(
      in: Setting(shape: facts.shape, classCount: 2, classifier: TrunkConfiguration(family), seed: 1))
    return try ModelExport(recipe, facts: facts, fit: .crop, notes: ["run": name]).pythonText
  }
}
