import Foundation
import SparringDatasets
import SparringEvaluation
import SparringModels
import SparringRecipes
import SparringReporting
import SparringTorch

@testable import SparringExperiments
@testable import SparringTraining

extension HostileFormat {
  /// Files of runs: a run's folder may be sent by a stranger, to be looked at, used or gone on with.
  static let runs: [HostileFormat] = [
    checkpoint, trunk, configuration, inRun("config.yaml"), inRun("data.json"), inRun("environment.json"),
    inRun("metrics.jsonl"), inRun("evaluation.json"), inRun("measures.json"), comparison,
    inStudy("study.json"), inStudy("costs.json"), inStudy("rows/d-4-a-seed1.json"),
  ]

  /// A run of two steps with everything that a folder may hold.
  private static func makeRun(in runs: URL) throws -> RunFolder {
    Machine.threadCount = 1
    var configuration = RunConfiguration<Supervised>()
    let file = runs.appending(path: "vectors.csv")
    try Data("a,b,label\n1,2,x\n3,4,y\n5,6,x\n7,8,y\n9,1,x\n2,2,y\n8,1,x\n1,9,y\n".utf8).write(to: file)
    (configuration.dataset.name, configuration.dataset.labels, configuration.threads) = (file.path, 0, 1)
    configuration.dataset.file.heldOutFraction = 0.5
    configuration.model = configuration.model.forVectors
    var family = FullyConnectedFamily()
    family.widths = [4]
    configuration.model.classifier = TrunkConfiguration(family)
    configuration.options.batchSize = 2
    (configuration.training.steps, configuration.training.logEvery) = (2, 1)
    let experiment = try Experiment(configuration)
    let folder = try experiment.run(
      in: experiment.makeFolder(named: "run-\(UUID().uuidString.prefix(6))", in: runs)
    ).folder
    let features = try Tensor.normal([24, 2], using: RandomGenerator(seed: 1))
    let measures = try GeneratorMeasures(
      generated: features, reference: features + 1, extractor: "none", referenceSplit: "test images")
    try folder.add(MeasureRecord(checkpoint: "step-000002.safetensors", step: 2, seed: 1, measures: measures))
    return folder
  }

  private static let checkpoint = HostileFormat(name: "checkpoint") { folder in
    let sound = try makeRun(in: folder).newestCheckpoint()
    // One with a digest, and one of the older format, whose contents are believed.
    let (tensors, saved) = try Safetensors.read(sound)
    var metadata = saved
    let file = folder.appending(path: "step-000002.safetensors")
    metadata["format"] = "sparring checkpoint 3"
    try Safetensors.write(tensors, metadata: metadata, to: file)
    let samples = try [Data(contentsOf: sound), Data(contentsOf: file)]
    return Reader(samples: samples, file: file, isText: true) {
      let run = try TrainedRun(checkpoint: file)
      guard let classifier = run.recipe as? any ImageClassifying else { return Reading() }
      _ = try classifier.classLogits(of: Tensor.ones([1] + run.facts.shape.sizes))
      return Reading()
    }
  }

  /// What `model.classifier.from` takes.
  private static let trunk = HostileFormat(name: "trunk") { folder in
    let file = folder.appending(path: "from.safetensors")
    try Data(contentsOf: makeRun(in: folder).newestCheckpoint()).write(to: file)
    return Reader(samples: [try Data(contentsOf: file)], file: file, hasChecksum: true) {
      var model = Supervised.model
      model.classifier.from = file.path
      _ = try model.pretrainedTrunks(for: [.classifier])
      return Reading()
    }
  }

  private static let configuration = HostileFormat(name: "configuration") { folder in
    let file = folder.appending(path: "config.yaml")
    let samples = try [RunConfiguration<GAN>().text(), RunConfiguration<ConsistencyGAN>().text()].map { Data($0.utf8) }
    return Reader(samples: samples, file: file, isText: true) {
      let text = String(decoding: try Data(contentsOf: file), as: UTF8.self)
      if let gan = try? RunConfiguration<GAN>(saved: text, source: "config.yaml") {
        try gan.validate()
      } else {
        try RunConfiguration<ConsistencyGAN>(saved: text, source: "config.yaml").validate()
      }
      return Reading()
    }
  }

  /// A file of a run's folder, as `sparring report` reads it.
  private static func inRun(_ name: String) -> HostileFormat {
    HostileFormat(name: name) { folder in
      let run = try makeRun(in: folder)
      let file = run.url.appending(path: name)
      return Reader(
        samples: [try Data(contentsOf: file)], file: file, isText: true,
        refuses: !["config.yaml", "metrics.jsonl"].contains(name)
      ) {
        let page = try Report.write(run: run)
        _ = RunsTable([run]).text
        return Reading(byteCount: try Data(contentsOf: page).count)
      }
    }
  }

  private static let comparison = HostileFormat(name: "comparison.json") { folder in
    _ = try makeRun(in: folder)
    let rows = (1...3).map {
      Comparison.Row(seed: $0, accuracy: 0.5, seconds: 1, steps: 2, imagePasses: 4, runFolder: "run")
    }
    let comparison = try Comparison(
      dataset: "d", labelCount: 4, split: "test", imageCount: 4,
      arms: [.init("a", recipe: "supervised", rows: rows), .init("b", recipe: "gan", rows: rows)], baseline: "a",
      method: "b")
    try comparison.write(to: folder)
    let file = Comparison.url(in: folder)
    return Reader(samples: [try Data(contentsOf: file)], file: file, isText: true) {
      Reading(byteCount: try Data(contentsOf: Report.write(comparisonIn: folder)).count)
    }
  }

  /// A file of a study's folder, as `sparring report` and `sparring study` read it.
  private static func inStudy(_ name: String) -> HostileFormat {
    HostileFormat(name: (name as NSString).lastPathComponent) { folder in
      let arms = [("a", false), ("b", true)].map {
        StudyPlan.Arm(name: $0.0, recipe: "supervised", preset: nil, hasGenerator: $0.1)
      }
      var plan = StudyPlan(
        name: "study", sources: [.init("d")], labels: [4, 8], arms: arms, seeds: [1, 2])
      (plan.equal, plan.budget) = (.steps, 2)
      let study = StudyFolder(folder)
      try study.write(plan)
      var costs = StudyCosts()
      costs.entries = arms.map {
        .init(.init(dataset: "d", labels: 1), arm: $0.name, ownSteps: 2, imagesPerStep: 4, operationsPerStep: 8)
      }
      try study.write(costs)
      for cell in plan.cells {
        var row = StudyRow(cell)
        (row.accuracy, row.seconds, row.steps, row.imagePasses) = (0.5 + Double(cell.seed) / 10, 1, 2, 8)
        try study.write(row, of: cell)
      }
      let file = folder.appending(path: name)
      return Reader(samples: [try Data(contentsOf: file)], file: file, isText: true) {
        let page = try Report.write(study: study)
        let record = try StudyRecord(study)
        _ = try StudyTable.text(record)
        _ = record.costs.steps(of: "a", in: .init(dataset: "d", labels: 1), record.plan)
        return Reading(byteCount: try Data(contentsOf: page).count)
      }
    }
  }
}
