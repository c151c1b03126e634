internal import Foundation
internal import SparringDatasets
internal import SparringRecipes

extension RunsTable {
  /// The runs as a page that opens without a network: the table, in which each run's name leads to its report on this
  /// machine, what was measured on the way as curves of all runs, and what each drew last.
  /// - Parameter runs: The folders that the table was made from.
  public func page(of runs: [RunFolder]) -> String {
    let records = runs.map { try? RunRecord($0) }
    let head = Self.heads.map { "<th>\(escaped($0))</th>" }.joined()
    let body = zip(rows, runs).map { row, run in
      let cells = cells(row)
      let link = "<a href=\"\(escaped(run.report.absoluteString))\">\(escaped(cells[0]))</a>"
      return "<tr><th scope=\"row\">\(link)</th>" + cells.dropFirst().map { "<td>\(escaped($0))</td>" }.joined()
        + "</tr>"
    }.joined(separator: "\n")
    return """
      <!DOCTYPE html>
      <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
      <title>Runs compared</title><style>\(ReportTemplate.style)</style></head>
      <body><main><header><p class="eyebrow">Sparring · runs</p><h1>\(rows.count) runs</h1>
      <p class="lead">Intervals tell how far other images would move a figure; other seeds move it, too.</p></header>
      <div class="scroll"><table><thead><tr>\(head)</tr></thead><tbody>
      \(body)
      </tbody></table></div>
      \(curves(of: records))
      \(samples(of: records))
      </main></body></html>
      """
  }

  /// Every quantity that two runs or more measured on the same images, a curve a run.
  private func curves(of records: [RunRecord?]) -> String {
    var series: [String: [LineChart.Series]] = [:]
    var quantities: [String: Quantity] = [:]
    for (row, record) in zip(rows, records) {
      let measured = record?.metrics.filter { $0.kind == .measurement } ?? []
      let names = Set(measured.flatMap { record in (record.values ?? [:]).keys.map { "\($0), \(record.split ?? "")" } })
      for name in names.sorted() {
        let points = measured.flatMap { line in
          (line.values ?? [:]).filter { "\($0.key), \(line.split ?? "")" == name }.map { (line.step, $0.value) }
        }
        let quantity = String(name.prefix { $0 != "," })
        quantities[name] = record?.quantity(named: quantity)
        series[name, default: []].append(.init(name: row.name, points: points))
      }
      for (name, found) in Dictionary(grouping: record?.distances ?? [], by: { "\($0.quantity.name), \($0.split)" }) {
        quantities[name] = found.first?.quantity
        series[name, default: []].append(.init(name: row.name, points: found.map { ($0.step, $0.value) }))
      }
    }
    let figures = series.sorted { $0.key < $1.key }.filter { $0.value.count > 1 }.compactMap { name, series in
      quantities[name].flatMap { quantity in
        LineChart(
          title: quantity.title.prefix(1).uppercased() + quantity.title.dropFirst(), unit: quantity.unit,
          better: quantity.better, series: series
        ).figure()
      }
    }
    guard !figures.isEmpty else { return "" }
    return "<section><h2>What was measured on the way</h2><div class=\"charts\">"
      + figures.map(markup).joined(separator: "\n") + "</div></section>"
  }

  private func markup(_ figure: ChartFigure) -> String {
    let legend = figure.legend.map {
      "<li><span class=\"swatch \($0.color)\"></span>\(escaped($0.name)) <b>\(escaped($0.value))</b></li>"
    }.joined()
    let note = figure.note.isEmpty ? "" : "<p class=\"note\">\(escaped(figure.note))</p>"
    return
      "<figure class=\"chart\"><figcaption>\(escaped(figure.title))</figcaption><ul class=\"legend\">\(legend)</ul>"
      + "\(figure.svg)\(note)</figure>"
  }

  /// The last grid of each run that draws.
  private func samples(of records: [RunRecord?]) -> String {
    let pictures = zip(rows, records).compactMap { row, record -> String? in
      guard let record, let last = record.samples.last,
        let picture = try? Picture(
          "samples/\(last.url.lastPathComponent)", in: record.folder,
          caption: "\(row.name), step \(Format.count(last.step))", alt: "Images that \(row.name) drew last")
      else { return nil }
      return "<figure><img src=\"data:image/png;base64,\(picture.data)\" alt=\"\(escaped(picture.alt))\">"
        + "<figcaption>\(escaped(picture.caption))</figcaption></figure>"
    }
    guard !pictures.isEmpty else { return "" }
    return "<section><h2>Samples</h2><div class=\"strip\">\(pictures.joined(separator: "\n"))</div></section>"
  }

  private func escaped(_ text: String) -> String {
    text.replacingOccurrences(of: "&", with: "&amp;").replacingOccurrences(of: "<", with: "&lt;")
      .replacingOccurrences(of: "\"", with: "&quot;")
  }
}
