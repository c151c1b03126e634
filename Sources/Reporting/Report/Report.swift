public import Foundation
internal import Mustache

/// `report.html`: one file that opens without a network, in light and dark, on a phone too.
///
/// It is made from the files in a folder alone, so it can be made again at any time.
public enum Report {
  /// Writes the report of a run into its folder.
  /// - Returns: The report's place.
  /// - Throws: ``ReportingError`` when a file of the run cannot be read, or the report not be written.
  @discardableResult
  public static func write(run folder: RunFolder) throws(ReportingError) -> URL {
    try replace(folder.report, with: Data(html(RunRecord(folder)).utf8))
    return folder.report
  }

  /// Writes the report of the comparison in a folder: `comparison.json`, and the runs that it names.
  /// - Returns: The report's place.
  @discardableResult
  public static func write(comparisonIn folder: URL) throws(ReportingError) -> URL {
    let comparison = try Comparison(loadingFrom: folder)
    let url = folder.appendingPathComponent("report.html")
    try replace(url, with: Data(html(comparison, in: folder).utf8))
    return url
  }

  /// Writes `study.html` and `study.csv` from the other files of a study's folder.
  /// - Returns: The page's place.
  @discardableResult
  public static func write(study folder: StudyFolder) throws(ReportingError) -> URL {
    let record = try StudyRecord(folder)
    try replace(folder.table, with: Data(record.csv.utf8))
    try replace(folder.page, with: Data(html(record).utf8))
    return folder.page
  }

  /// The page of a study.
  public static func html(_ study: StudyRecord) throws(ReportingError) -> String {
    try render(StudyPage(study), as: "study-page")
  }

  /// The report of a run.
  public static func html(_ run: RunRecord) throws(ReportingError) -> String {
    try render(RunPage(RunView(run)), as: "run-page")
  }

  /// The report of a comparison.
  /// - Parameter folder: Where the comparison's run folders are found from.
  public static func html(_ comparison: Comparison, in folder: URL) throws(ReportingError) -> String {
    try render(ComparisonPage(comparison, in: folder), as: "comparison-page")
  }

  private static func render(_ page: Any, as name: String) throws(ReportingError) -> String {
    do {
      let templates = try ReportTemplate.all.mapValues { try MustacheTemplate(string: $0) }
      guard let html = MustacheLibrary(templates: templates).render(page, withTemplate: name) else {
        throw ReportingError("the report has no template \(name)")
      }
      return html
    } catch {
      throw error as? ReportingError ?? ReportingError("the report's template is broken: \(error)")
    }
  }
}
