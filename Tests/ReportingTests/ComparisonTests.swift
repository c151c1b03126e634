import SparringEvaluation
import Foundation
import Testing

@testable import SparringReporting

@Suite("Recipes compared over seeds")
struct ComparisonTests {
  func arm(_ recipe: String, _ accuracies: [Double], seconds: Double = 60) -> Comparison.Arm {
    Comparison.Arm(
      recipe: recipe,
      rows: accuracies.enumerated().map {
        .init(
          seed: $0.offset, accuracy: $0.element, seconds: seconds, steps: 100, imagePasses: 1000,
          runFolder: "\(recipe)-seed\($0.offset)")
      })
  }

  func comparison(_ baseline: [Double], _ method: [Double]) throws -> Comparison {
    try Comparison(
      dataset: "MNIST", labelCount: 100, split: "test", imageCount: 10_000,
      arms: [arm("supervised", baseline), arm("semi-supervised-gan", method, seconds: 125)], baseline: "supervised",
      method: "semi-supervised-gan")
  }

  @Test("the terminal's table")
  func table() throws {
    let text = try ComparisonTable.text(comparison([0.80, 0.81, 0.82], [0.91, 0.92, 0.935]))
    #expect(
      text == """
        MNIST, 100 labels; accuracy on 10,000 test images

        arm                  recipe               seeds  accuracy, 95% interval   time a run
        supervised           supervised               3  81.00% (78.52 to 83.48)        1:00
        semi-supervised-gan  semi-supervised-gan      3  92.17% (89.04 to 95.29)        2:05

        semi-supervised-gan − supervised: +11.17 points, 95% interval +10.45 to +11.88 \
        (3 paired seeds; paired t-test p < 0.001, Wilcoxon p = 0.25)
        """)
  }

  @Test("a null is reported as a null, and one seed makes no claim")
  func null() throws {
    let null = try ComparisonTable.text(comparison([0.80, 0.81, 0.82], [0.82, 0.80, 0.82]))
    #expect(null.hasSuffix("The interval includes zero: no difference was shown."))
    let single = try ComparisonTable.text(comparison([0.80], [0.82]))
    #expect(single.hasSuffix("semi-supervised-gan − supervised: +2.00 points (1 seed; no interval can be given)"))
  }

  @Test("a method may be measured against several baselines")
  func baselines() throws {
    let comparison = try Comparison(
      dataset: "MNIST", labelCount: 100, split: "test", imageCount: 10_000,
      arms: [
        arm("supervised", [0.80, 0.81, 0.82]), arm("consistency", [0.91, 0.93, 0.93]),
        arm("semi-supervised-gan", [0.91, 0.92, 0.935]),
      ], baseline: "supervised", method: "semi-supervised-gan", furtherBaselines: ["consistency"])
    let text = try ComparisonTable.text(comparison)
    #expect(text.contains("semi-supervised-gan − supervised: +11.17 points"))
    #expect(text.contains("semi-supervised-gan − consistency: −0.17 points"))
    try withTemporaryFolder { folder in
      try comparison.write(to: folder)
      #expect(try Comparison(loadingFrom: folder) == comparison)
      let page = try Report.html(comparison, in: folder)
      #expect(page.contains("paired difference to consistency") && page.contains("no difference to consistency"))
      #expect(page.contains("semi-supervised-gan against supervised and consistency"))
    }
    #expect(throws: ReportingError.self) {
      try Comparison(
        dataset: "d", labelCount: 1, split: "test", imageCount: 1, arms: comparison.arms, baseline: "supervised",
        method: "semi-supervised-gan", furtherBaselines: ["nobody"])
    }
  }

  @Test("only seeds that both have are paired")
  func pairing() throws {
    let comparison = try comparison([0.5, 0.6, 0.7], [0.6, 0.8])
    let paired = try comparison.paired()
    #expect(paired.seeds == [0, 1] && paired.baseline == [0.5, 0.6] && paired.method == [0.6, 0.8])
    #expect(comparison.seeds == [0, 1, 2])
    #expect(try comparison.representativeSeed() == 0)
  }

  @Test("two arms may share a recipe, not a name; a file that knows recipes only still reads")
  func names() throws {
    let rows = arm("supervised", [0.5]).rows
    let pair = [Comparison.Arm("a", recipe: "supervised", rows: rows), .init("b", recipe: "supervised", rows: rows)]
    func compared(_ arms: [Comparison.Arm]) throws -> Comparison {
      try Comparison(
        dataset: "MNIST", labelCount: 100, split: "test", imageCount: 1, arms: arms, baseline: "a", method: "b")
    }
    #expect(try ComparisonTable.text(compared(pair)).contains("b − a: 0.00 points"))
    #expect(throws: ReportingError.self) { try compared(pair + [pair[1]]) }
    let old = Data(#"{"recipe":"supervised","rows":[]}"#.utf8)
    #expect(
      try JSONDecoder().decode(Comparison.Arm.self, from: old) == .init("supervised", recipe: "supervised", rows: []))
  }

  @Test("saved and loaded; what makes no sense is refused")
  func file() throws {
    try withTemporaryFolder { folder in
      let comparison = try comparison([0.5, 0.6], [0.6, 0.8])
      try comparison.write(to: folder)
      #expect(try Comparison(loadingFrom: folder) == comparison)
      #expect(throws: ReportingError.self) { try Comparison(loadingFrom: folder.appendingPathComponent("none")) }
    }
    #expect(throws: ReportingError.self) { try comparison([], [0.5]) }
    #expect(throws: ReportingError.self) {
      try Comparison(
        dataset: "MNIST", labelCount: 100, split: "test", imageCount: 1, arms: [arm("a", [1])], baseline: "a",
        method: "b")
    }
  }
}
