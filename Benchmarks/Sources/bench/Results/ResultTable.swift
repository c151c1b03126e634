import Foundation

/// The results in Markdown.
struct ResultTable {
  private let results: Results

  init(_ results: Results) {
    self.results = results
  }

  var text: String {
    ([heading, targets] + results.works.map(section)).filter { !$0.isEmpty }.joined(separator: "\n\n") + "\n"
  }

  private var heading: String {
    let machine = results.machine
    var lines = [
      "# \(machine.name)", "",
      "\(machine.cores) cores, \(machine.threads) threads in use, device \(machine.device), \(machine.system); "
        + "\(results.date); \(results.rounds) rounds.",
    ]
    if let ceilings = results.ceilings {
      lines.append(
        "Ceilings: matrix product \(decimal(ceilings.matmulFP32, 0)) GFLOP/s in fp32, "
          + (ceilings.matmulBF16.map { "\(decimal($0, 0)) in bf16" } ?? "bf16 not multiplied here, its forms left out")
          + "; copies \(decimal(ceilings.copyBandwidth, 1)) GB/s.")
    }
    return lines.joined(separator: "\n")
  }

  private var targets: String {
    guard !results.targets.isEmpty else { return "" }
    let rows = results.targets.map { target in
      [
        target.title, target.against, target.target, target.value, target.range,
        target.isReached.map { $0 ? "yes" : "**no**" } ?? "not measured",
      ]
    }
    return table(["work", "against", "target", "median of the rounds", "lowest to highest", "reached"], rows)
  }

  private func section(_ work: Results.WorkResult) -> String {
    let flop = work.gigaflop.map { " · \(decimal($0, 1)) GFLOP a repetition" } ?? ""
    let rows = work.entries.map { row($0) }
    let parts = [
      "## \(work.title)\(flop)",
      table(
        ["form", work.unit, "lowest to highest", "times Sparring's", "GFLOP/s", "of the ceiling", "largest deviation"],
        rows),
      work.note ?? "",
    ]
    return parts.filter { !$0.isEmpty }.joined(separator: "\n\n")
  }

  private func row(_ entry: Results.Entry) -> [String] {
    guard entry.problem == nil, let summary = entry.summary else {
      let problem = entry.problem ?? "no number"
      return [entry.form, problem.hasPrefix("disagrees") ? problem : "not run: \(problem)", "", "", "", "", ""]
    }
    return [
      entry.form, number(summary.median), "\(number(summary.low)) to \(number(summary.high))",
      entry.ratio.map { "\(decimal($0.median, 2)) [\(decimal($0.low, 2)) to \(decimal($0.high, 2))]" } ?? "",
      entry.gigaflops.map { decimal($0, 0) } ?? "", entry.ceilingShare.map { decimal($0 * 100, 0) + "%" } ?? "",
      entry.deviation.map { decimal($0 * 100, 3) + "%" } ?? "",
    ]
  }

  private func number(_ value: Double) -> String { decimal(value, value < 10 ? 3 : value < 1000 ? 1 : 0) }
}

/// A table in Markdown.
func table(_ header: [String], _ rows: [[String]]) -> String {
  let lines = [header, header.map { _ in "---" }] + rows
  return lines.map { line in
    "| " + line.map { $0.replacing("|", with: "\\|") }.joined(separator: " | ") + " |"
  }.joined(separator: "\n")
}

func decimal(_ number: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", number) }

extension Results {
  /// Writes both files.
  func write(to folder: URL, table: String, suffix: String) throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    let file = folder.appending(path: machine.slug + suffix)
    try encoder.encode(self).write(to: file.appendingPathExtension("json"), options: .atomic)
    try Data(table.utf8).write(to: file.appendingPathExtension("md"), options: .atomic)
  }
}
