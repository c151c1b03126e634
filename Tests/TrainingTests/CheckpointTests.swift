import SparringDatasets
import Foundation
import SparringRecipes
import Testing
import SparringTorch

@testable import SparringTraining

/// What becomes of checkpoints that are damaged, foreign, or of a run that has broken.
@Suite(.serialized) struct Checkpoints {
  init() { Machine.threadCount = 1 }

  private func names(_ fixture: TrainerFixture) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: fixture.folder.path)) ?? []).sorted()
  }

  /// Trains to step 12, with checkpoints of steps 5, 10 and 12.
  private func trained(_ fixture: TrainerFixture) throws -> SemiSupervisedGAN {
    var configuration = fixture.configuration(steps: 12)
    configuration.keepCheckpoints = 3
    let recipe = try fixture.recipe()
    try Trainer(recipe, batches: fixture.batches(), configuration: configuration, checkpointFolder: fixture.folder)
      .run()
    return recipe
  }

  /// Goes on from what lies in the folder.
  private func resumed(
    _ fixture: TrainerFixture, keeping count: Int = 3
  ) throws -> (recipe: SemiSupervisedGAN, warnings: [String]) {
    var configuration = fixture.configuration(steps: 12)
    configuration.keepCheckpoints = count
    let recipe = try fixture.recipe()
    var warnings: [String] = []
    let trainer = try Trainer(
      recipe, batches: fixture.batches(), configuration: configuration, checkpointFolder: fixture.folder,
      observers: [{ if case .warned(let warning) = $0 { warnings.append(warning.message) } }])
    try trainer.restoreNewest()
    #expect(try trainer.run().step == 12)
    return (recipe, warnings)
  }

  @Test(arguments: [0.2, 0.6, 0.95]) func aFlippedBitIsNoticedAndAnOlderCheckpointServes(place: Double) throws {
    let fixture = try TrainerFixture()
    let whole = try trained(fixture)
    let newest = fixture.folder.appending(path: "step-000012.safetensors")
    var bytes = try Data(contentsOf: newest)
    bytes[Int(Double(bytes.count) * place)] ^= 0x10
    try bytes.write(to: newest)
    let (recipe, warnings) = try resumed(fixture)
    #expect(try fixture.weights(recipe) == fixture.weights(whole))
    #expect(warnings.count == 1 && warnings[0].hasPrefix("step-000012.safetensors cannot be used and was set aside: "))
    #expect(!warnings[0].contains(fixture.folder.path), "a place of this machine")
    #expect(names(fixture).contains("step-000012.safetensors.damaged"))
  }

  @Test func damageThroughoutIsAnErrorAndNothingIsMoved() throws {
    let fixture = try TrainerFixture()
    _ = try trained(fixture)
    let before = names(fixture)
    for name in before { try Data("nonsense".utf8).write(to: fixture.folder.appending(path: name)) }
    #expect(throws: (any Error).self) { try resumed(fixture) }
    #expect(names(fixture) == before)
  }

  /// A file that somebody copied to a later step's name neither is resumed from nor outlives newer ones.
  @Test func aCheckpointUnderAnotherStepsNameIsSetAside() throws {
    let fixture = try TrainerFixture()
    let whole = try trained(fixture)
    try FileManager.default.copyItem(
      at: fixture.folder.appending(path: "step-000005.safetensors"),
      to: fixture.folder.appending(path: "step-999999.safetensors"))
    let (recipe, warnings) = try resumed(fixture)
    #expect(try fixture.weights(recipe) == fixture.weights(whole))
    #expect(
      warnings == [
        "step-999999.safetensors cannot be used and was set aside: it is not what it is called: it holds step 5"
      ])
  }

  /// A process killed between writing a checkpoint and removing the oldest leaves one too many.
  @Test func oneTooManyIsRemovedWhenTheRunGoesOn() throws {
    let fixture = try TrainerFixture()
    _ = try trained(fixture)
    _ = try resumed(fixture, keeping: 1)
    #expect(names(fixture) == ["step-000012.safetensors"])
  }

  @Test func anotherNumberOfThreadsIsSaid() throws {
    let fixture = try TrainerFixture()
    _ = try trained(fixture)
    Machine.threadCount = 2
    defer { Machine.threadCount = 1 }
    let warnings = try resumed(fixture).warnings
    #expect(warnings.count == 1 && warnings[0].contains("had 1 threads, from here it has 2"), "\(warnings)")
  }

  /// The losses of a step are computed before its weights change, so they may be the last to show.
  @Test func weightsThatAreNoNumbersNeverReplaceASoundCheckpoint() throws {
    let fixture = try TrainerFixture()
    let recipe = try fixture.recipe()
    var configuration = fixture.configuration(steps: 10)
    configuration.keepCheckpoints = 1
    let trainer = try Trainer(
      recipe, batches: fixture.batches(), configuration: configuration, checkpointFolder: fixture.folder,
      observers: [
        { event in
          guard case .checkpointed(5, _) = event, let weight = recipe.generator.network.namedParameters.first else {
            return
          }
          try withoutGradients { try weight.value.fill(.infinity) }
        }
      ])
    do {
      try trainer.run()
      Issue.record("a broken run went on to its end")
    } catch {
      #expect("\(error)".contains("the last checkpoint, of step 5, is intact"), "\(error)")
    }
    #expect(names(fixture) == ["step-000005.safetensors"])
    _ = try SavedRun(file: fixture.folder.appending(path: "step-000005.safetensors"))
  }

  @Test func aRunThatBreaksBeforeItsFirstCheckpointSaysSo() throws {
    let fixture = try TrainerFixture()
    let recipe = try fixture.recipe()
    try withoutGradients { try recipe.generator.network.namedParameters[0].value.fill(.nan) }
    #expect(throws: Checkpoint.BrokenNumber.self) {
      try Checkpoint.write(
        recipe, batches: fixture.batches(), progress: .init(), configuration: "",
        to: fixture.folder.appending(path: "c.safetensors"))
    }
    let trainer = try Trainer(
      recipe, batches: fixture.batches(), configuration: fixture.configuration(steps: 4),
      checkpointFolder: fixture.folder)
    do {
      try trainer.run()
      Issue.record("a broken run went on to its end")
    } catch {
      #expect("\(error)".contains("no checkpoint was saved before"), "\(error)")
    }
    #expect(names(fixture).isEmpty)
  }

  /// Files of strangers, or of a version that did not watch the weights.
  @Test func aCheckpointWithoutNumbersIsRefused() throws {
    let fixture = try TrainerFixture()
    let file = fixture.folder.appending(path: "c.safetensors")
    try Checkpoint.write(
      fixture.recipe(), batches: fixture.batches(), progress: .init(), configuration: "", to: file)
    var (tensors, metadata) = try Safetensors.read(file)
    let name = try #require(tensors.keys.first { $0.hasPrefix("classifier.") && $0.hasSuffix("weight") })
    tensors[name] = try #require(tensors[name]).onesLike() * .nan
    metadata["format"] = "sparring checkpoint 3"
    try Safetensors.write(tensors, metadata: metadata, to: file)
    do {
      try Checkpoint.restoreNetworks(of: fixture.recipe(), from: file)
      Issue.record("weights that are no numbers were taken")
    } catch {
      #expect("\(error)".contains("holds numbers that are none ('\(name)')"), "\(error)")
    }
  }

  @Test(arguments: [
    #""step":-1"#, #""step":9223372036854775807"#, #""imagePasses":-5"#, #""seconds":-1"#, #""epochCount":-1"#,
    #""epochSums":[1]"#, #""patientSince":-3"#, #""rateScale":0"#, #""interventions":-1"#,
  ])
  func oddCountersAreRefused(_ odd: String) throws {
    let fixture = try TrainerFixture()
    let file = fixture.folder.appending(path: "c.safetensors")
    try Checkpoint.write(fixture.recipe(), batches: fixture.batches(), progress: .init(), configuration: "", to: file)
    let (tensors, saved) = try Safetensors.read(file)
    var metadata = saved
    let loop = try #require(metadata["loop"])
    let key = try #require(odd.split(separator: ":").first)
    let place = try #require(loop.range(of: key + ":"))
    let end = loop[place.upperBound...].firstIndex { $0 == "," || $0 == "}" } ?? loop.endIndex
    metadata["loop"] = loop[..<place.lowerBound] + odd + loop[end...]
    metadata["format"] = "sparring checkpoint 3"
    try Safetensors.write(tensors, metadata: metadata, to: file)
    #expect(throws: TrainingError.self) {
      try Checkpoint.restore(fixture.recipe(), batches: fixture.batches(), from: file)
    }
  }
}

@Suite struct Explosions {
  @Test func aLossThatGrowsAMillionfoldIsSaidOnce() throws {
    var watch = StabilityWatch(signs: [])
    func said(_ value: Double) throws -> [StabilityWatch.Finding] {
      try watch.look(at: [MeasuredValue(.classifier, value)])
    }
    #expect(try said(2.3).isEmpty && said(1e-9).isEmpty && said(2.3).isEmpty)
    let warning = try said(6e25)
    #expect(warning.count == 1 && warning[0].message.contains("has grown to 6e+25, more than a millionfold"))
    #expect(try said(7e25).isEmpty)
  }

  @Test func whatIsNoNumberIsCalledNan() throws {
    var watch = StabilityWatch(signs: [])
    let odd = Double(nan: 0x3e, signaling: false)
    let broken = try #require(throws: StabilityWatch.Broken.self) {
      try watch.look(at: [MeasuredValue(.classifier, odd)])
    }
    #expect(broken.reason == "the classifier loss is nan")
  }
}

@Suite struct Aliases {
  @Test(arguments: [
    "a: &x 1\nb: *x", "a: &x [1]\n? *x\n: 2", "a: [1, *x]", "- *x", "{a: *x}", "? 'x\n ' : *b", "a: 'it''s'\nb : *x",
    "*x: 1",
    "[\u{85}*x]", "a: b\u{2028}*x", "{? [\u{85}*a7] : 1}",
  ])
  func areRefused(_ yaml: String) throws {
    #expect(throws: TrainingError.self) { try textValue(of: "a", inYAML: yaml, source: "config.yaml") }
    #expect(YAMLAliases.firstLine(in: yaml) != nil)
  }

  /// A value on several lines would be taken for something else by whoever looks at single lines.
  @Test func aLongValueStaysOnItsLine() throws {
    var configuration = RunConfiguration<Supervised>()
    configuration.dataset.name = "/a folder " + String(repeating: "with a long name ", count: 20)
    #expect(try configuration.text().split(separator: "\n").contains { $0.contains("name: ") && $0.utf8.count > 300 })
    #expect(throws: TrainingError.self) {
      try textValue(of: "a", inYAML: String(repeating: "a: 1\n", count: 100_000), source: "config.yaml")
    }
  }

  @Test(arguments: ["a: 2 * 3", "# * a list\na: 1", "a: R*D", "a: cats & dogs", "a: '**'"])
  func starsElsewhereAreNone(_ yaml: String) throws {
    #expect(YAMLAliases.firstLine(in: yaml) == nil)
  }
}
