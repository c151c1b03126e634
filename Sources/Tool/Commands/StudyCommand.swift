import ArgumentParser
import Foundation
import SparringDatasets
import SparringExperiments
import SparringPresets
import SparringRecipes
import SparringReporting

struct StudyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "study",
    abstract: "Compares recipes over numbers of labels and seeds at equal cost, with intervals and corrected p-values.",
    discussion: """
      Studies that come with it:
      \(listed(Presets.Studies.names.map { ($0, Presets.Studies.summary(of: $0)) }))

        sparring study minutes-on-2-cores
        sparring study --dataset mnist --labels 40,100,1000 --recipes few-labels-supervised,few-labels-gan --seeds 6
        sparring study --dataset photos/ --labels 0 --recipes supervised,photographs --budget time=3m --dry-run
        sparring study every-recipe-on-2-cores --jobs 2
        sparring study hour-on-2-cores --prepare
        sparring study runs/study-hour-on-2-cores --shard 2/8
        sparring study merge runs/part-1 runs/part-2 --into runs/whole

      A study that was stopped goes on by the same command, and its grid may grow. Runs that fail are reported, and the \
      rest goes on. The page is study.html in the study's folder, every run a line of study.csv. Parts of a grid may share \
      a folder; those of other machines are merged. Where time is equal, begin by --prepare and copy the study's folder, so that \
      all parts have the same numbers of steps:

        parallel sparring study runs/study-hour-on-2-cores --shard {}/8 ::: 1 2 3 4 5 6 7 8
        srun sparring study minutes-on-one-gpu --device cuda:0 --shard $SLURM_ARRAY_TASK_ID/$SLURM_ARRAY_TASK_COUNT
      """,
    subcommands: [RunCommand.self, MergeCommand.self], defaultSubcommand: RunCommand.self)

  struct MergeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "merge", abstract: "Joins the parts of a study that were trained in different folders.",
      discussion: """
        Rows, samples and reports are copied, checkpoints are not. Parts have the same settings; their grids may differ.
        """)

    @Argument(help: ArgumentHelp("Folders of the parts.", valueName: "folders"))
    var parts: [String]

    @Option(help: ArgumentHelp("Where the whole goes; a part that is there already counts.", valueName: "folder"))
    var into: String

    func run() throws {
      let folder = StudyFolder(URL(fileURLWithPath: into))
      let record = try StudyMerge.merge(parts.map { URL(fileURLWithPath: $0) }, into: folder.url)
      let page = try Report.write(study: folder)
      say(try StudyTable.text(record))
      say("\n\(record.finished.count) of \(record.rows.count) runs are there.")
      if !record.failed.isEmpty { say("Failed: \(listed(record.failed.map(\.runFolder)))") }
      if !record.missing.isEmpty { say("Missing: \(listed(record.missing.map(\.name)))") }
      say("Page: \(page.relativePath)")
    }

    private func listed(_ names: [String]) -> String {
      names.prefix(12).joined(separator: ", ") + (names.count > 12 ? " and \(names.count - 12) more" : "")
    }
  }
}

extension StudyCommand {
  struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "run", abstract: "Runs a study, or goes on with one; the word may be left out.")

    @Argument(
      help: ArgumentHelp(
        "A study that comes with it, a .yaml file, or the folder of a study to go on with.",
        valueName: "study|file|folder"), completion: .list(Presets.Studies.names))
    var study: String?

    @Option(
      parsing: .singleValue,
      help: ArgumentHelp(
        "\(KnownDataset.names), a folder of images, or a file of examples; repeatable.", valueName: "names|path"))
    var dataset: [String] = []

    @Option(
      help: ArgumentHelp(
        "Numbers of training examples whose label is shown, such as 40,100,1000; 0 for all. Unless told otherwise 100, and "
          + "all of data of one's own.", valueName: "numbers"))
    var labels: String?

    @Option(
      help: ArgumentHelp("What is compared: recipes and presets, parted by commas.", valueName: "names"),
      completion: .list(AllRecipes.names + Presets.names))
    var recipes: String?

    @Option(
      help: ArgumentHelp(
        "none, weak, strong, or several: the same for every arm. Left out, each arm keeps its own.", valueName: "levels"
      ))
    var augmentation: String?

    @Option(help: "Paired seeds, counted from --first-seed; 6 unless told otherwise.")
    var seeds: Int?

    @Option(help: "The first seed; 1 unless told otherwise.")
    var firstSeed: Int?

    @Option(
      help: ArgumentHelp(
        "What every run costs alike: steps, images, time or flops; without --budget as much as the first arm takes that is not "
          + "fitted at once.",
        valueName: "cost"))
    var equal: String?

    @Option(
      help: ArgumentHelp(
        "How much: steps=1600, images=200000, time=3m or flops=2e13.", valueName: "cost=amount"))
    var budget: String?

    @Option(
      name: .customLong("set"), parsing: .singleValue,
      help: ArgumentHelp(
        "One value for every arm, such as training.learningRate=1e-3; repeatable.", valueName: "key=value"))
    var settings: [String] = []

    @Option(
      help: ArgumentHelp(
        "Scores so many held-out training examples instead of the test part: for choosing options.",
        valueName: "number"))
    var heldOut: Int?

    @Option(
      help: ArgumentHelp(
        "The arm that all others are measured against; left out, the supervised one and the strongest without a generator.",
        valueName: "arm"))
    var baseline: String?

    @Flag(help: "Goes on without the pictures that cannot be read, and says which.")
    var skipUnreadable = false

    @Option(help: ArgumentHelp("cpu, cuda:0 or mps."), completion: .list(["cpu", "cuda:0", "mps"]))
    var device = "cpu"

    @Option(help: "Threads within one operation; 0 for all processors.")
    var threads: Int?

    @Option(
      help: ArgumentHelp(
        "How many runs are trained side by side, each in a process of its own with its share of the processors.",
        valueName: "number"))
    var jobs = 1

    @Option(name: .customLong("runs"), help: ArgumentHelp("Where the study's folder goes.", valueName: "folder"))
    var runsFolder = "runs"

    @Option(help: ArgumentHelp("The study's folder name.", valueName: "name"))
    var name: String?

    @Option(
      help: ArgumentHelp(
        "Trains one of so many equal parts of the grid, such as 2/8, so that a scheduler spreads it over machines.",
        valueName: "i/n"))
    var shard: String?

    @Flag(help: "Only says what would be trained and how long that takes here; saves nothing.")
    var dryRun = false

    @Flag(
      help: ArgumentHelp(
        "Only saves the plan and times the arms, so that copies of the folder, each with its --shard, train equally long."
      ))
    var prepare = false

    /// The plan of the process that started this one to train a part beside it.
    @Option(help: .private)
    var beside: String?

    func run() throws {
      try StudyProcesses.require(jobs)
      guard jobs == 1 || shard == nil else {
        throw ToolError("--jobs and --shard: give one of them, for each of the jobs takes a part")
      }
      let (plan, folder) = try self.plan()
      let part = try shard.map(Self.part)
      let threads = threads ?? (jobs > 1 ? StudyProcesses.threads(each: jobs) : nil)
      let study = try Study(
        plan, device: device, threads: threads, progress: ReadingProgress().show,
        featureProgress: ReadingProgress("Computing features").show)
      if beside != nil { return try StudyConsole(study: study, folder: folder).help(part: part) }
      let cells = part.map { plan.cells(ofPart: $0.index, of: $0.count) } ?? plan.cells
      if dryRun { return try show(study.estimate(cells, in: folder), plan, cells, in: folder) }
      try RunFolder.requireFree(nil, in: folder.url)
      // What is wrong with the first data set is said before anything is made.
      complain(aboutUnreadable: try study.data(for: plan.sources[0]).unreadableSummary)
      if prepare {
        let unmeasured = try study.measure(in: folder) { say("Measuring steps of \($0) on \($1.phrase)") }
        say("\(folder.url.relativePath) is ready: copy it to where its shards are trained.")
        return try StudyConsole.requireMeasured(unmeasured)
      }
      try study.prepare(folder)
      say(
        "The study trains \(cells.count) runs in \(folder.url.relativePath); Ctrl-C saves, and the same command goes on."
      )
      let console = StudyConsole(study: study, folder: folder, device: device, jobs: jobs, threads: threads ?? 1)
      let outcome = try console.run(part: part)
      say("\n" + (try StudyTable.text(StudyRecord(folder))))
      say("\nPage: \(folder.page.relativePath)\nRows: \(folder.table.relativePath)")
      try StudyConsole.require(outcome, in: folder)
    }

    private func show(
      _ estimate: StudyEstimate, _ plan: StudyPlan, _ cells: [StudyPlan.Cell], in folder: StudyFolder
    ) throws {
      func list(_ items: [String]) -> String { items.joined(separator: ", ") }
      say("data      \(list(plan.sources.map(\.name)))")
      say("labels    \(list(plan.labels.map { $0 == 0 ? "all" : "\($0)" }))")
      if let levels = plan.augmentations { say("augmented \(list(levels.map(\.rawValue)))") }
      say("arms      \(list(plan.arms.map(\.name)))")
      say("seeds     \(list(plan.seeds.map(String.init)))")
      if let count = plan.heldOut { say("scored    \(count) held-out training examples") }
      say("cost      \(plan.budgetText)")
      say("folder    \(folder.url.relativePath)\n")
      for line in estimate.lines {
        say(
          "\(line.arm) on \(line.condition.phrase): \(line.runs) \(line.runs == 1 ? "run" : "runs") of \(line.steps) "
            + "\(line.steps == 1 ? "step" : "steps"), "
            + String(format: "%.0f images, %.3g operations, %.0f s", line.images, line.operations, line.seconds))
      }
      let time =
        estimate.seconds < 5400
        ? String(format: "%.1f minutes", estimate.seconds / 60) : String(format: "%.1f hours", estimate.seconds / 3600)
      say("\n\(cells.count) runs, about \(time) here, one after another, without looks at the scored examples")
      try StudyConsole.requireMeasured(estimate.unmeasured)
    }

    private static func part(_ text: String) throws -> (index: Int, count: Int) {
      let parts = text.split(separator: "/").map { Int($0) }
      guard parts.count == 2, let index = parts[0], let count = parts[1], (1...10_000).contains(count),
        (1...count).contains(index)
      else { throw ToolError("--shard is '\(text)'; use 1/8 to 8/8 for eight parts") }
      return (index, count)
    }
  }
}
