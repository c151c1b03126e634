import ArgumentParser
import Foundation
import SparringReporting

struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "Writes the page again from what a run's, a demo's or a study's folder holds.")

  @Argument(help: "The folder of a run, a demo or a study.")
  var folder: String

  func run() throws {
    let url = URL(fileURLWithPath: folder)
    if FileManager.default.fileExists(atPath: Comparison.url(in: url).path) {
      say("Report: \(try Report.write(comparisonIn: url).relativePath)")
    } else if StudyFolder(url).holdsStudy {
      say("Report: \(try Report.write(study: StudyFolder(url)).relativePath)")
    } else {
      say("Report: \(try Report.write(run: RunFolder.open(url)).relativePath)")
    }
  }
}
