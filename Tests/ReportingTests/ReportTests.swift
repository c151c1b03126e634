import Foundation
import SparringRecipes
import Testing

@testable import SparringReporting

@Suite("The report")
struct ReportTests {
  func text(_ url: URL) throws -> String { try String(contentsOf: url, encoding: .utf8) }

  @Test("a run's report has every section, and escapes what strangers named")
  func run() throws {
    try withTemporaryFolder { runs in
      let folder = try makeRun("mine", in: runs, classNames: ["<b>&", "one"])
      let html = try text(Report.write(run: folder))
      for heading in [
        "Warnings", "Learning curves", "Samples", "What was taken for what", "The surest mistakes",
        "How it was made",
      ] {
        #expect(html.contains("<h2>\(heading)</h2>"), "\(heading)")
      }
      #expect(html.contains("<span>66.67%</span>") && html.contains("of 3 test images"))
      #expect(html.contains("Finished: 1,000 of 1,000 steps in 1:01"))
      #expect(html.contains("the loss is &lt;not&gt; a number"))
      #expect(html.contains("&lt;b&gt;&amp;") && !html.contains("<b>&"))
      #expect(!html.contains("<script") && html.contains("A &amp; B"))
      // Ten samples are shown as six; one mistake.
      #expect(html.components(separatedBy: "data:image/png;base64,").count - 1 == 7)
      #expect(html.contains("step 100<") && html.contains("step 1,000<"))
      #expect(html.contains("one → &lt;b&gt;&amp;, 80.0%"))
      #expect(html.components(separatedBy: "<svg ").count - 1 == 2)
      #expect(!html.contains("{{") && !html.contains("nan"))
    }
  }

  @Test("runs side by side share a chart for what both measured, and show what each drew last")
  func runsSideBySide() throws {
    try withTemporaryFolder { runs in
      let folders = [try makeRun("plain", in: runs), try makeRun("<watched>", in: runs)]
      let html = RunsTable(folders).page(of: folders)
      #expect(html.contains("What was measured on the way") && html.components(separatedBy: "<svg ").count - 1 == 1)
      #expect(html.components(separatedBy: "<polyline").count - 1 == 2)
      #expect(html.contains("plain, step 1,000") && html.contains("&lt;watched>") && !html.contains("<watched>"))
      #expect(html.components(separatedBy: "data:image/png;base64,").count - 1 == 2)
      // One run alone shares nothing.
      #expect(!RunsTable([folders[0]]).page(of: [folders[0]]).contains("What was measured on the way"))
    }
  }

  @Test("nothing is loaded from elsewhere, and the page forbids it")
  func selfContained() throws {
    try withTemporaryFolder { runs in
      let html = try text(Report.write(run: makeRun("mine", in: runs)))
      for loader in ["<link", "@import", "url(", "src=\"http", "href=\"http", "//"] {
        #expect(!html.contains(loader), "\(loader)")
      }
      #expect(html.contains("default-src 'none'; img-src data:"))
    }
  }

  @Test("a run that has only begun can be shown")
  func begun() throws {
    try withTemporaryFolder { runs in
      let folder = try RunFolder.create(named: "mine", in: runs)
      try folder.write(configuration: "recipe: gan\n")
      let html = try text(Report.write(run: folder))
      #expect(html.contains("Not finished: 0 steps recorded") && !html.contains("Learning curves"))
    }
  }

  @Test("a comparison's report says what was shown, and looks at the median seed")
  func comparison() throws {
    try withTemporaryFolder { runs in
      let folder = try makeComparison(in: runs, baseline: [0.80, 0.81, 0.82], method: [0.91, 0.92, 0.935])
      let html = try text(Report.write(comparisonIn: folder))
      #expect(html.contains("the 95% interval of the difference is clear of zero (paired t-test p &lt; 0.001"))
      #expect(html.contains("<dd>+11.17</dd>") && html.contains("95% interval +10.45 to +11.88"))
      #expect(html.contains("semi-supervised-gan, seed 1, the run whose difference is the median"))
      #expect(html.contains("<a href=\"./supervised-seed0/report.html\">80.00%</a>"))
      #expect(html.contains("<h3>The surest mistakes</h3>") && !html.contains("verdict null"))
    }
  }

  @Test("a null is reported as a null; one seed as no evidence; a loss as a loss")
  func verdicts() throws {
    try withTemporaryFolder { runs in
      let null = try makeComparison(
        in: runs.appendingPathComponent("a"), baseline: [0.80, 0.81, 0.82], method: [0.82, 0.80, 0.82])
      #expect(
        try text(Report.write(comparisonIn: null)).contains("no difference was shown: its 95% interval includes zero"))
      let single = try makeComparison(in: runs.appendingPathComponent("b"), baseline: [0.8], method: [0.9])
      #expect(try text(Report.write(comparisonIn: single)).contains("it is no evidence for either arm"))
      let worse = try makeComparison(
        in: runs.appendingPathComponent("c"), baseline: [0.9, 0.91, 0.92], method: [0.8, 0.81, 0.825])
      #expect(
        try text(Report.write(comparisonIn: worse)).contains("semi-supervised-gan was less accurate than supervised"))
    }
  }

  @Test("runs that are gone cost their sections, not the table")
  func missingRuns() throws {
    try withTemporaryFolder { runs in
      let folder = try makeComparison(in: runs, baseline: [0.80, 0.81], method: [0.91, 0.92])
      for name in ["semi-supervised-gan-seed0", "semi-supervised-gan-seed1"] {
        try FileManager.default.removeItem(at: folder.appendingPathComponent(name))
      }
      let html = try text(Report.write(comparisonIn: folder))
      #expect(html.contains("<td>91.00%</td>") && !html.contains("One run, closer"))
    }
  }
}

@Suite("Charts")
struct ChartTests {
  @Test("ticks are round and lie inside")
  func ticks() {
    let axis = Axis(covering: [0.123, 0.87], tickCount: 5, from: 100, to: 0)
    #expect(axis.low == 0 && axis.high == 1 && axis.ticks.count == 6 && axis.digits == 1)
    #expect(axis.position(0) == 100 && axis.position(1) == 0 && axis.position(7) == 0)
    let open = Axis(covering: [0, 3400], tickCount: 4, rounds: false, from: 0, to: 34)
    #expect(open.ticks == [0, 1000, 2000, 3000] && open.high == 3400 && open.digits == 0)
    let flat = Axis(covering: [0.7, 0.7], tickCount: 5, from: 0, to: 1)
    #expect(flat.low < 0.7 && flat.high > 0.7)
    #expect(Axis(covering: [], tickCount: 5, from: 0, to: 1).ticks.count > 1)
  }

  @Test("a spike is cut off and said to be; steady values are not")
  func spikes() {
    let steady = (0..<100).map { Double($0 % 10) }
    #expect(!LineChart.limits(steady).cutsSpikes)
    let spiked = LineChart.limits(steady + [500])
    #expect(spiked.cutsSpikes && (spiked.limits.last ?? 0) < 10)
    #expect(!LineChart.limits([0, 0, 500]).cutsSpikes)
  }

  @Test("long curves are thinned to means; what is not finite is left out")
  func thinning() throws {
    let points = (1...3000).map { (step: $0, value: Double($0)) }
    let thinned = LineChart.thinned(points)
    #expect(thinned.count == 300 && thinned[0].step == 10 && thinned[0].value == 5.5)
    let chart = LineChart(
      title: "Losses", unit: .nats, better: .lower,
      series: [.init(name: "a<b", points: [(1, 0.5), (2, .nan), (3, 0.25)])])
    let figure = try #require(chart.figure())
    #expect(figure.svg.contains("Losses over training steps: a&lt;b ends at 0.2500"))
    #expect(figure.svg.components(separatedBy: "<circle").count - 1 == 2)
    #expect(!figure.svg.contains("nan"))
    #expect(figure.note == "Lower is better." && figure.svg.contains(">nats<"))
    let empty = LineChart(title: "", unit: .share, better: .higher, series: [.init(name: "a", points: [(1, .nan)])])
    #expect(empty.figure() == nil)
  }
}

@Suite("Learning curves")
struct CurveTests {
  /// The figures of a run with these lines in its metrics.
  func figures(_ lines: [String]) throws -> [ChartFigure] {
    try withTemporaryFolder { runs in
      let folder = try RunFolder.create(named: "mine", in: runs)
      try folder.write(configuration: "recipe: any\n")
      try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: folder.metrics)
      return try RunCurves(RunRecord(folder)).figures
    }
  }

  @Test("what a recipe calls its quantities decides titles, units and charts; no name is guessed at")
  func ownQuantities() throws {
    let figures = try figures([
      #"{"kind":"quantity","step":1,"quantity":{"name":"z","title":"zeal","short":"z","unit":"nats","better":"lower"}}"#,
      #"{"kind":"quantity","step":1,"quantity":{"name":"a","title":"ardour","short":"a","unit":"nats","better":"lower"}}"#,
      #"{"kind":"quantity","step":1,"quantity":{"name":"inaccuracy","title":"inaccuracy","short":"i","unit":"plain","better":"lower"}}"#,
      #"{"kind":"quantity","step":1,"quantity":{"name":"k","title":"share kept","short":"k","unit":"share","better":"neither"}}"#,
      #"{"kind":"step","step":1,"losses":{"a":3,"inaccuracy":0.5,"k":0.25,"z":2}}"#,
      #"{"kind":"step","step":2,"losses":{"a":1,"inaccuracy":0.5,"k":0.75,"z":2}}"#,
    ])
    #expect(figures.map(\.title) == ["Zeal and ardour", "Share kept", "Inaccuracy"])
    #expect(figures[0].legend.map(\.name) == ["zeal", "ardour"] && figures[0].note == "Lower is better.")
    #expect(figures[1].legend.map(\.value) == ["75.00%"] && figures[1].note.isEmpty)
    #expect(figures[2].legend.map(\.value) == ["0.5000"])
  }

  @Test("the metrics of an older version, which did not explain its names, still make the charts")
  func olderMetrics() throws {
    let figures = try figures([
      #"{"kind":"start","step":0,"parameterCounts":{"classifier":93322},"recipe":"supervised","totalSteps":2}"#,
      #"{"kind":"step","step":1,"losses":{"classifier":2.3}}"#,
      #"{"kind":"step","step":2,"losses":{"classifier":1.3}}"#,
      #"{"kind":"measurement","step":1,"split":"validation","values":{"accuracy":0.5}}"#,
      #"{"kind":"measurement","step":2,"split":"test","values":{"accuracy":0.75,"odd":3}}"#,
    ])
    #expect(figures.map(\.title) == ["Classifier loss", "Accuracy", "Odd"])
    #expect(figures[1].legend.map(\.name) == ["test", "validation"])
    #expect(figures[1].legend.map(\.value) == ["75.00%", "50.00%"] && figures[1].note == "Higher is better.")
  }
}
