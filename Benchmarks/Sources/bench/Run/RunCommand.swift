import ArgumentParser
import Foundation

struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "measure", abstract: "Measures every work in every form, turn by turn (the default).")

  @Option(help: "Only these works, with commas: \(Plan.names.joined(separator: ", ")).")
  var only: String?

  @Option(help: "Only these peers, with commas, or 'none': \(Form.peerNames.joined(separator: ", ")).")
  var peers: String?

  @Option(help: "How often every form takes its turn.")
  var rounds = 7

  @OptionGroup var options: MachineOptions

  @Flag(help: "A trial of two short rounds, whose numbers mean little.")
  var quick = false

  /// One line for what cannot be; the parser's own validation would add its usage.
  private func check() throws {
    guard (1...1000).contains(rounds) else { throw BenchError("--rounds is \(rounds): use 1 to 1000") }
    guard (1...1024).contains(options.threads) else {
      throw BenchError("--threads is \(options.threads): use 1 to 1024")
    }
    guard options.device == "cpu" || options.device.hasPrefix("cuda") else {
      throw BenchError("--device is '\(options.device)': use cpu or cuda:0")
    }
  }

  func run() throws {
    try check()
    let (chosen, peers) = (try plans(), try chosenPeers())
    let results = try withWorkerFolder { try measured(chosen, peers: peers, in: $0) }
    let table = ResultTable(results).text
    // A part of the works, or a trial, does not replace what a whole run found.
    let isPart = quick || only != nil || self.peers != nil
    try results.write(to: options.site.results, table: table, suffix: quick ? "-quick" : isPart ? "-part" : "")
    print(table)
  }

  private func measured(_ chosen: [Plan], peers: Set<String>?, in folder: URL) throws -> Results {
    let site = options.site
    let runner = Runner(
      site: site, folder: folder, peers: peers, rounds: quick ? 2 : rounds,
      secondsPerTurn: quick ? 0.1 : 1)
    var results = Results(
      machine: options.machine, date: Date.now.formatted(.iso8601), rounds: runner.rounds)
    results.ceilings = try Ceilings.measured(at: site)
    for plan in chosen {
      note("\(plan.title)")
      results.works.append(try runner.result(of: plan))
    }
    // The machine may have been busy the first time.
    results.ceilings = try results.ceilings?.best(with: Ceilings.measured(at: site))
    results.relate(to: chosen)
    return results
  }

  private func plans() throws -> [Plan] {
    guard let only else { return try Plan.standard() }
    let all = try Plan.all()
    return try names(in: only).map { name in
      guard let plan = all.first(where: { $0.name == name }) else {
        throw BenchError("there is no work '\(name)'; choose \(Plan.names.joined(separator: ", "))")
      }
      return plan
    }
  }

  /// Nil stands for all.
  private func chosenPeers() throws -> Set<String>? {
    guard let peers else { return nil }
    if peers == "none" { return [] }
    return try Set(
      names(in: peers).map { name in
        guard Form.peerNames.contains(name) else {
          throw BenchError("there is no peer '\(name)'; choose \(Form.peerNames.joined(separator: ", "))")
        }
        return name
      })
  }

  private func names(in list: String) -> [String] {
    list.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
  }
}

/// One line on standard error: standard output belongs to the table.
func note(_ text: String) {
  FileHandle.standardError.write(Data((text + "\n").utf8))
}
