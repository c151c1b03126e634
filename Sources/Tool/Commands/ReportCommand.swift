import ArgumentParser
import Foundation
import SparringReporting

struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "Writes report.html again from what a run's or a demo's folder holds.")

  @Argument(help: "The folder of a run or of a demo.")
  var folder: String

  func run() throws {
    let url = URL(fileURLWithPath: folder)
    if FileManager.default.fileExists(atPath: Comparison.url(in: url).path) {
      say("Report: \(try Report.write(comparisonIn: url).relativePath)")
    } else {
      say("Report: \(try Report.write(run: RunFolder.open(url)).relativePath)")
    }
  }
}
