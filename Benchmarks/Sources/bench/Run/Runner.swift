import Foundation

/// Measures one work after the other.
struct Runner {
  let site: Site
  /// Everything temporary lies here.
  let folder: URL
  /// Nil stands for all.
  let peers: Set<String>?
  let rounds: Int
  /// How long one form works before the next takes its turn.
  let secondsPerTurn: Double

  func result(of plan: Plan) throws -> Results.WorkResult {
    let place = folder.appending(path: plan.name, directoryHint: .isDirectory)
    try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
    try JSONEncoder().encode(plan.work).write(to: place.appending(path: "work.json"))
    let needsData = plan.work.kind == .loading || plan.work.kind == .assembly
    let entries: [Results.Entry]
    if needsData, site.cifar10 == nil {
      let problem = "CIFAR-10 was not found: ./sparring data fetch cifar10"
      entries = [Results.Entry(form: ownForm(of: plan).name, problem: problem)]
    } else {
      switch plan.manner {
      case .alternating: entries = try AlternatingMeasurement(runner: self, plan: plan, place: place).entries()
      case .start, .memory: entries = try FreshMeasurement(runner: self, plan: plan, place: place).entries()
      }
    }
    return Results.WorkResult(
      name: plan.name, title: plan.title, unit: plan.unit,
      gigaflop: plan.manner == .alternating ? FlopCount.count(plan.work).map { $0 / 1e9 } : nil, entries: entries,
      note: Form.absence(of: plan.work.kind))
  }

  func forms(of plan: Plan) -> [Form] {
    plan.forms(bFloat16: site.multipliesBFloat16).filter { !$0.isPeer || peers?.contains($0.name) != false }
  }

  /// The form that the others are compared with.
  func ownForm(of plan: Plan) -> Form { forms(of: plan).first ?? site.ownForm }
}

/// Every form alive at once, each taking its turn in every round.
struct AlternatingMeasurement {
  let runner: Runner
  let plan: Plan
  let place: URL

  private struct Participant {
    let child: Child
    let deviation: Double?
    /// Repetitions in one turn.
    let steps: Int
    /// Rounds in which it takes part.
    let turns: Int
    var rounds: [Double] = []
  }

  func entries() throws -> [Results.Entry] {
    let reference = try writeReference()
    var problems: [String: Results.Entry] = [:]
    var participants: [Participant] = []
    defer { for participant in participants { participant.child.stop() } }
    for form in runner.forms(of: plan) {
      do {
        participants.append(try join(form, reference))
      } catch {
        note("  \(form.name): \(error)")
        problems[form.name] = Results.Entry(form: form.name, problem: "\(error)")
      }
    }
    for round in 0..<runner.rounds {
      for place in participants.indices {
        let index = (place + round) % participants.count
        if round < participants[index].turns { try takeTurn(&participants[index]) }
      }
    }
    let own = participants.first { $0.child.form == runner.ownForm(of: plan) }?.rounds
    return runner.forms(of: plan).compactMap { form in
      participants.first { $0.child.form == form }.map { entry(of: $0, own: own) } ?? problems[form.name]
    }
  }

  /// What Sparring finds in fp32 from the weights and inputs that every form will get.
  private func writeReference() throws -> [[Double]] {
    let needsData = plan.work.kind == .loading || plan.work.kind == .assembly
    guard !needsData else { return [] }
    let child = try Child(.sparringPlain, in: place, site: runner.site)
    defer { child.stop() }
    try child.waitUntilReady()
    try child.ask(.reference)
    return try child.check(Work.givenBatches)
  }

  /// Starts a form, compares its first losses and finds out how many repetitions make a turn.
  private func join(_ form: Form, _ reference: [[Double]]) throws -> Participant {
    let child = try Child(form, in: place, site: runner.site)
    do {
      try child.waitUntilReady()
      let deviation = try reference.isEmpty ? nil : compare(child.check(reference.count), reference, form)
      _ = try child.measure(2)
      let seconds = try child.measure(1)
      let steps = max(1, Int((runner.secondsPerTurn / max(seconds, 1e-6)).rounded(.up)))
      let shown = deviation.map { ", within \(decimal($0 * 100, 3))% of Sparring in fp32" } ?? ""
      note("  \(form.name): \(decimal(seconds * Double(plan.repetitionsPerUnit) * 1000, 2)) ms\(shown)")
      // Hours are not worth a few digits of a form that is far behind.
      let turns = seconds > 3 ? min(3, runner.rounds) : runner.rounds
      return Participant(child: child, deviation: deviation, steps: steps, turns: turns)
    } catch {
      child.stop()
      throw error
    }
  }

  /// - Returns: The largest distance, relative to the largest number of its step.
  private func compare(_ values: [[Double]], _ reference: [[Double]], _ form: Form) throws -> Double {
    guard values.map(\.count) == reference.map(\.count) else { throw BenchError("disagrees: other losses") }
    var largest = 0.0
    for (step, (own, given)) in zip(values, reference).enumerated() {
      let scale = given.map(abs).max() ?? 1
      let distance = zip(own, given).map { abs($0 - $1) / scale }.reduce(0) { $1 <= $0 ? $0 : $1 }
      guard distance <= form.tolerance else {
        let (shown, expected) = (own.prefix(3).map { decimal($0, 5) }, given.prefix(3).map { decimal($0, 5) })
        throw BenchError(
          "disagrees in step \(step + 1): \(shown.joined(separator: ", ")) for \(expected.joined(separator: ", "))")
      }
      largest = max(largest, distance)
    }
    return largest
  }

  private func takeTurn(_ participant: inout Participant) throws {
    let seconds = try participant.child.measure(participant.steps)
    participant.rounds.append(seconds / Double(participant.steps) * Double(plan.repetitionsPerUnit) * 1000)
  }

  private func entry(of participant: Participant, own: [Double]?) -> Results.Entry {
    var entry = Results.Entry(form: participant.child.form.name, version: participant.child.version)
    entry.rounds = participant.rounds
    entry.summary = Summary(participant.rounds)
    entry.deviation = participant.deviation
    entry.ratio = own.flatMap { Summary(zip(participant.rounds, $0).map { $0 / $1 }) }
    return entry
  }
}

/// A new process for every number.
struct FreshMeasurement {
  let runner: Runner
  let plan: Plan
  let place: URL

  /// Slow starts are not repeated as often.
  private var rounds: Int { min(runner.rounds, plan.manner == .memory ? 1 : 3) }

  func entries() throws -> [Results.Entry] {
    let first = try Child(.sparringPlain, in: place, site: runner.site)
    try first.waitUntilReady()
    try first.ask(.reference)
    first.stop()
    let forms = runner.forms(of: plan)
    var numbers: [String: [Double]] = [:]
    var versions: [String: String] = [:]
    var problems: [String: String] = [:]
    for round in 0..<rounds {
      for offset in forms.indices {
        let form = forms[(offset + round) % forms.count]
        guard problems[form.name] == nil else { continue }
        do {
          let (number, version) = try measure(form)
          numbers[form.name, default: []].append(number)
          versions[form.name] = version
        } catch {
          problems[form.name] = "\(error)"
        }
      }
    }
    let own = numbers[runner.ownForm(of: plan).name]
    return forms.map { form in
      var entry = Results.Entry(form: form.name, version: versions[form.name], problem: problems[form.name])
      guard let rounds = numbers[form.name], entry.problem == nil else { return entry }
      entry.rounds = rounds
      entry.summary = Summary(rounds)
      entry.ratio = own.flatMap { Summary(zip(rounds, $0).map { $0 / $1 }) }
      return entry
    }
  }

  private func measure(_ form: Form) throws -> (number: Double, version: String) {
    let start = ContinuousClock.now
    let child = try Child(form, in: place, firstStep: true, site: runner.site)
    defer { child.stop() }
    try child.waitUntilReady()
    let milliseconds = (ContinuousClock.now - start) / .milliseconds(1)
    guard plan.manner == .memory else { return (milliseconds, child.version) }
    _ = try child.measure(9)
    return (Double(try child.memory()) / 1e6, child.version)
  }
}
