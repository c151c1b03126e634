import ArgumentParser
import Foundation
import SparringDatasets
import SparringExperiments
import SparringPresets
import SparringReporting

struct DemoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo",
    abstract: "Compares ways to train a classifier with few labels, with a generator and without, seed by seed.",
    discussion: """
      On Fashion-MNIST, unless another data set is named:
      \(listed(arms(of: .fashion)))
      On MNIST and files like its own:
      \(listed(arms(of: .digits)))
      On CIFAR-10 and folders of photographs:
      \(listed(arms(of: .photographs)))

      All arms share the labelled images, seed by seed, and all but the ladder network, which has its own, the \
      classifier and its first weights; on digits the number of steps is equal, elsewhere about the time. What is measured is printed, whatever it is. `sparring presets NAME` \
      prints what an arm is.
      """)

  private static func arms(of demo: Presets.Demo) -> [(name: String, summary: String)] {
    demo.baselines.map { ("a baseline", $0) } + [("the method", demo.method)]
      + demo.ablations.map { ("an ablation", $0) }
  }

  @Argument(help: ArgumentHelp("\(KnownDataset.names), or a folder of images.", valueName: "name|folder"))
  var data: String?

  @Option(help: "Paired seeds, counted from --first-seed.")
  var seeds = Presets.Demo.seeds

  @Option(help: "The first seed.")
  var firstSeed: UInt64 = 1

  @Option(help: ArgumentHelp("The same as the argument.", valueName: "name|folder"))
  var dataset: String?

  @Flag(help: "Goes on without the pictures that cannot be read, and says which.")
  var skipUnreadable = false

  @Option(
    help: ArgumentHelp(
      "Training images whose label is shown; unless told otherwise \(Presets.Demo.labels) of a published data set, and all of one's own."
    ))
  var labels: Int?

  @Option(help: "cpu, cuda:0 or mps.")
  var device = "cpu"

  @Option(
    help: ArgumentHelp(
      "How many runs are trained side by side, each in a process of its own; one a processor and four at most, unless told otherwise.",
      valueName: "number"))
  var jobs: Int?

  @Flag(help: "Also trains the ablations.")
  var ablations = false

  @Option(
    name: .customLong("set"), parsing: .singleValue,
    help: ArgumentHelp("One value for every arm, such as training.steps=300; repeatable.", valueName: "key=value"))
  var settings: [String] = []

  @Option(name: .customLong("runs"), help: ArgumentHelp("Where the demo's folder goes.", valueName: "folder"))
  var runsFolder = "runs"

  @Option(help: ArgumentHelp("The demo's folder name; one that was stopped goes on where it was.", valueName: "name"))
  var name: String?

  /// The data set that was asked for.
  var source: String { data ?? dataset ?? Presets.Demo.dataset }
  private var known: KnownDataset? { try? KnownDataset.named(source) }
  /// 0 shows all.
  var labelCount: Int { labels ?? (known == nil ? 0 : Presets.Demo.labels) }
  /// What is compared on those data.
  var demo: Presets.Demo {
    if known?.name == "fashion-mnist" { return .fashion }
    if case .image(let channels, _, _)? = known?.shape { return channels == 1 ? .digits : .photographs }
    if case .idx? = try? DatasetSource(source) { return .digits }
    return .photographs
  }

  func validate() throws {
    guard data == nil || dataset == nil else {
      throw ValidationError("the data set is given twice: leave --dataset out")
    }
    guard (2...1000).contains(seeds) else {
      throw ValidationError("--seeds is \(seeds); use 2 to 1000, since an interval needs two")
    }
    guard name?.isEmpty != true else { throw ValidationError("--name is empty; it is the name of the demo's folder") }
    guard firstSeed <= UInt64(Int.max) - 1000 else {
      throw ValidationError("--first-seed is \(firstSeed); use a smaller number")
    }
    let own = ["seed=", "device=", "dataset."]
    if let setting = settings.first(where: { setting in own.contains { setting.hasPrefix($0) } }) {
      throw ValidationError(
        "the demo sets \(setting.prefix { $0 != "=" }) itself; use its options, or `sparring train`")
    }
  }

  func run() throws {
    // Everything that can be wrong with a value or with the data is said before anything is made.
    guard !((try? ExampleFile.holdsVectors(source)) ?? false) else {
      throw ToolError(
        "\(source) holds vectors, and the demo compares pictures: try `sparring study --dataset \(source) --recipes "
          + "supervised,consistency,few-labels-vectors`")
    }
    let jobs = jobs ?? StudyProcesses.usual(on: device)
    try StudyProcesses.require(jobs)
    let threads = StudyProcesses.threads(each: jobs)
    let study = try Study(
      plan(), device: device, threads: jobs > 1 ? threads : nil, progress: ReadingProgress().show,
      featureProgress: ReadingProgress("Computing features").show)
    try RunFolder.requireFree(nil, in: folder)
    let data = try study.data(for: study.plan.sources[0])
    complain(aboutUnreadable: data.unreadableSummary)
    try study.prepare(StudyFolder(folder))
    let pace = jobs > 1 ? ", \(jobs) runs side by side" : ""
    say("The demo trains in \(folder.relativePath)\(pace); Ctrl-C saves, and the same command goes on.")
    let console = StudyConsole(
      study: study, folder: StudyFolder(folder), device: device, jobs: jobs, threads: threads)
    let outcome = try console.run()
    try StudyConsole.require(outcome, in: StudyFolder(folder))
    let comparison = try comparison(of: outcome.finished, on: data, study.plan)
    try comparison.write(to: folder)
    let report = try Report.write(comparisonIn: folder)
    say("\n" + (try ComparisonTable.text(comparison)))
    say("\nReport: \(report.relativePath)")
  }

  /// A study of one data set and one number of labels, whose arms are the demo's presets.
  private func plan() throws -> StudyPlan {
    let arms = demo.baselines + [demo.method] + (ablations ? demo.ablations : [])
    var plan = StudyPlan(
      name: folder.lastPathComponent, sources: [.init(typed: source)], labels: [labelCount],
      arms: try arms.map { try StudyPlan.Arm($0, within: settings) }, seeds: (0..<seeds).map { Int(firstSeed) + $0 })
    (plan.settings, plan.skipsUnreadable, plan.hasShortNames) = (settings, skipUnreadable, true)
    return plan
  }

  private func comparison(of rows: [StudyRow], on data: ExperimentData, _ plan: StudyPlan) throws -> Comparison {
    let arms = plan.arms.map { arm in
      Comparison.Arm(
        arm.name, recipe: arm.recipe,
        rows: rows.filter { $0.arm == arm.name }.map { row in
          Comparison.Row(
            seed: row.seed, accuracy: row.accuracy ?? 0, seconds: row.seconds ?? 0, steps: row.steps ?? 0,
            imagePasses: row.imagePasses ?? 0, runFolder: row.runFolder)
        })
    }
    return try Comparison(
      dataset: known?.title ?? data.train.name, labelCount: labelCount > 0 ? labelCount : data.train.labelledCount,
      split: "test", imageCount: data.test?.count ?? 0, arms: arms, baseline: demo.baseline, method: demo.method,
      furtherBaselines: Array(demo.baselines.dropFirst()))
  }

  private var folder: URL {
    let place = URL(fileURLWithPath: source).lastPathComponent
    let count = labelCount > 0 ? "\(labelCount)" : "all"
    return URL(fileURLWithPath: runsFolder).appending(path: name ?? "demo-\(place)-\(count)-labels")
  }
}
