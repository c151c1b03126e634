internal import SparringEvaluation
internal import Foundation
internal import SparringDatasets

/// A page about one run.
struct RunPage {
  let title: String
  let style = ReportTemplate.style
  let level = 2
  let run: RunView

  init(_ run: RunView) {
    (title, self.run) = (run.name, run)
  }
}

/// A picture inside the page.
struct Picture {
  let data: String
  let caption: String
  let alt: String

  /// nil for a path that is not in the folder, or no PNG.
  init?(_ path: String, in folder: RunFolder, caption: String, alt: String) throws(ReportingError) {
    guard let url = folder.url.contained(path), let png = try contents(of: url),
      png.starts(with: [0x89, 0x50, 0x4e, 0x47])
    else { return nil }
    (data, self.caption, self.alt) = (png.base64EncodedString(), caption, alt)
  }
}

/// A name and what it stands for.
struct Fact {
  let name: String
  let value: String
}

/// What the template shows of a run; every text is ready to be shown.
struct RunView {
  let name: String
  let recipe: String
  let status: String
  /// What the run saw, in one line; empty in runs of older versions.
  let examples: String
  /// The command that made it, in one line.
  let command: String
  let headline: Headline?
  let facts: [Fact]
  let warnings: [Fact]
  let furtherWarnings: String
  let curves: [ChartFigure]
  let samples: [Picture]
  let confusion: ConfusionView?
  let restoration: RestorationView?
  /// What samples show.
  let samplesNote: String
  let mistakes: [Picture]
  /// Mistakes on examples that are no pictures.
  let mistakesInWords: [Fact]
  let configuration: String
  let environment: [Fact]

  struct Headline {
    let accuracy: String
    let detail: String
  }

  init(_ run: RunRecord) throws(ReportingError) {
    name = run.folder.name
    recipe = run.recipe ?? "unknown recipe"
    status = Self.status(run)
    examples = run.environment?.details["examples"] ?? ""
    let words = run.environment?.commandLine ?? []
    command = (["sparring"] + words.dropFirst().map(Placeless.word)).joined(separator: " ")
    let examples = run.facts?.shape.plural ?? "images"
    headline = run.evaluation.map {
      Headline(
        accuracy: Format.percent($0.accuracy),
        detail: "of \(Format.count($0.count)) \($0.split) \(examples) classified rightly; 95% interval "
          + "\(Format.percent($0.interval.low)) to \(Format.percent($0.interval.high)). It tells how far other "
          + "\($0.split) \(examples) would move the figure; other seeds move it, too.")
    }
    facts = Self.facts(run)
    warnings = run.warnings.prefix(12).map {
      Fact(name: "Step \(Format.count($0.step))", value: $0.message ?? "")
    }
    let further = run.warnings.count - warnings.count
    furtherWarnings = further > 0 ? "\(Format.count(further)) more in metrics.jsonl." : ""
    curves = RunCurves(run).figures
    samples = try Self.samples(run)
    confusion = run.evaluation.map(ConfusionView.init)
    if let record = run.restoration {
      restoration = try RestorationView(record, in: run.folder)
    } else {
      restoration = nil
    }
    samplesNote = Self.samplesNote(run)
    mistakes = try Self.mistakes(run)
    mistakesInWords = Self.mistakesInWords(run)
    configuration = Placeless.lines(run.configuration)
    environment = run.environment.map(Self.facts) ?? []
  }

  private static func samplesNote(_ run: RunRecord) -> String {
    guard !run.restores else {
      return
        "Damaged images, and below each row what was made of it: the same images each time, from the first to the last."
    }
    return
      (run.facts?.shape.isImage ?? true
      ? "" : "A strip for each vector, a cell for each feature, from dark (low) to bright (high). ")
      + "The same latent vectors each time, from the first to the last sample."
  }

  private static func status(_ run: RunRecord) -> String {
    let total = run.totalSteps.map { " of \(Format.count($0))" } ?? ""
    let steps = "\(Format.count(run.step))\(total) steps"
    guard let end = run.end else { return "Not finished: \(steps) recorded" }
    let time = end.seconds.map { " in \(Format.duration($0))" } ?? ""
    return end.isComplete == true ? "Finished: \(steps)\(time)" : "Interrupted, and can be resumed: \(steps)\(time)"
  }

  private static func facts(_ run: RunRecord) -> [Fact] {
    var facts = run.facts.map(Self.facts) ?? []
    if let passes = run.end?.imagePasses {
      facts.append(
        Fact(name: run.facts?.shape.isImage ?? true ? "Image passes" : "Vector passes", value: Format.count(passes)))
    }
    for (network, count) in run.parameterCounts.sorted(by: { $0.key < $1.key }) {
      facts.append(Fact(name: "Parameters, \(network)", value: Format.count(count)))
    }
    if let evaluation = run.evaluation {
      facts.append(Fact(name: "Balanced accuracy", value: Format.percent(evaluation.balancedAccuracy)))
      facts.append(Fact(name: "Expected calibration error", value: Format.percent(evaluation.calibrationError)))
    }
    for record in run.latestMeasures { facts += Self.facts(record) }
    return facts
  }

  private static func facts(_ record: MeasureRecord) -> [Fact] {
    let measures = record.measures
    func number(_ value: Double) -> String { Format.number(value) }
    return [
      Fact(name: measures.distanceTitle, value: "\(number(measures.frechetDistance)) (\(measures.compared))"),
      Fact(
        name: "Kernel distance, precision, recall",
        value: "\(number(measures.kernelDistance)), \(Format.percent(measures.precision)), "
          + Format.percent(measures.recall)),
      Fact(
        name: "Density, coverage", value: "\(number(measures.density)), \(Format.percent(measures.coverage))"),
    ]
  }

  private static func facts(_ data: DataFacts) -> [Fact] {
    let classes = data.classCount == 0 ? "" : ", \(Format.count(data.classCount)) classes"
    var facts = [Fact(name: "Data", value: "\(data.name): \(data.shape.plural) of \(data.shape)\(classes)")]
    if let counts = data.counts {
      let labelled =
        counts.labelled == counts.training ? "all labelled" : "\(Format.count(counts.labelled)) of them labelled"
      facts.append(
        Fact(
          name: "Training \(data.shape.plural)",
          value: Format.count(counts.training) + (data.classCount == 0 ? "" : ", \(labelled)")))
      if let test = counts.test { facts.append(Fact(name: "Test \(data.shape.plural)", value: Format.count(test))) }
    }
    if !data.shape.isImage { facts.append(Fact(name: "Scaling", value: data.scaling.kind.rawValue)) }
    return facts
  }

  private static func facts(_ environment: RunEnvironment) -> [Fact] {
    var facts = [
      Fact(name: "Command", value: environment.commandLine.map(Placeless.word).joined(separator: " ")),
      Fact(name: "Date", value: environment.date.formatted(.iso8601)),
      Fact(name: "Processor", value: environment.cpu),
      Fact(name: "Device", value: environment.device),
      Fact(name: "Threads", value: "\(environment.threads)"),
    ]
    let others = environment.versions.sorted { $0.key < $1.key } + environment.details.sorted { $0.key < $1.key }
    facts += others.map { Fact(name: $0.key, value: $0.value) }
    return facts
  }

  /// The first, the last and those evenly spread between: six or three, which fill rows.
  private static func samples(_ run: RunRecord) throws(ReportingError) -> [Picture] {
    let all = run.samples
    let shown = all.count >= 6 ? 6 : min(3, all.count)
    var pictures: [Picture] = []
    for place in 0..<shown {
      let sample = all[shown == 1 ? 0 : place * (all.count - 1) / (shown - 1)]
      let step = "step \(Format.count(sample.step))"
      if let picture = try Picture(
        "samples/\(sample.url.lastPathComponent)", in: run.folder, caption: step,
        alt: "\(run.restores ? "Damaged and restored images" : "Images generated") at \(step)")
      {
        pictures.append(picture)
      }
    }
    return pictures
  }

  private static func mistakes(_ run: RunRecord) throws(ReportingError) -> [Picture] {
    guard let evaluation = run.evaluation else { return [] }
    let names = evaluation.classNames
    func name(_ index: Int) -> String { names.indices.contains(index) ? names[index] : "\(index)" }
    var pictures: [Picture] = []
    for pictured in evaluation.mistakes {
      let mistake = pictured.mistake
      let caption =
        "\(name(mistake.truth)) → \(name(mistake.prediction)), \(Format.percent(mistake.confidence, digits: 1))"
        + (pictured.source.map { " · \(URL(fileURLWithPath: $0).lastPathComponent)" } ?? "")
      let alt = "Image \(mistake.index): \(name(mistake.truth)), taken for \(name(mistake.prediction))"
      if let path = pictured.picture,
        let picture = try Picture(path, in: run.folder, caption: caption, alt: alt)
      {
        pictures.append(picture)
      }
    }
    return pictures
  }

  private static func mistakesInWords(_ run: RunRecord) -> [Fact] {
    guard let evaluation = run.evaluation else { return [] }
    let names = evaluation.classNames
    func name(_ index: Int) -> String { names.indices.contains(index) ? names[index] : "\(index)" }
    return evaluation.mistakes.filter { $0.picture == nil }.map { pictured in
      let mistake = pictured.mistake
      return Fact(
        name: "\(run.facts?.shape.singular ?? "example") \(mistake.index)",
        value:
          "\(name(mistake.truth)) → \(name(mistake.prediction)), \(Format.percent(mistake.confidence, digits: 1))")
    }
  }
}
