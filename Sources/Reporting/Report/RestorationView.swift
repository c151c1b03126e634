internal import Foundation

/// What restored images came to, as the template's table, and the picture of some.
struct RestorationView {
  struct Row {
    let method: String
    let cells: [String]
  }

  /// What was damaged, and how, in one line.
  let note: String
  let titles: [String]
  /// The network first.
  let rows: [Row]
  let picture: Picture?

  init(_ record: RestorationRecord, in folder: RunFolder) throws(ReportingError) {
    // A column that no row fills is left out.
    let columns: [(title: String, cell: (RestorationRecord.Row) -> String?)] = [
      ("PSNR (dB)", { Self.text($0.psnr, digits: 2) }),
      ("in holes (dB)", { $0.holePSNR.map { Self.text($0, digits: 2) } }),
      ("SSIM", { $0.ssim.map { Self.text($0, digits: 4) } }),
      ("Fréchet distance", { $0.frechetDistance.map { Self.text($0, digits: 1) } }),
    ]
    let filled = columns.filter { column in record.rows.contains { column.cell($0) != nil } }
    titles = filled.map(\.title)
    rows = record.rows.map { row in Row(method: row.method, cells: filled.map { $0.cell(row) ?? "" }) }
    let features = record.extractor.map { " The Fréchet distance compares features of \($0)." } ?? ""
    note = "\(Format.count(record.count)) \(record.split) images \(record.damage).\(features)"
    picture = try Picture(
      folder.restorationPicture.lastPathComponent, in: folder,
      caption: "as seen, then each method from the plainest on, the network, and the images as they were",
      alt: "Damaged images, what each method made of them, and the images as they were")
  }

  private static func text(_ value: Double, digits: Int) -> String {
    value.isFinite ? Format.fixed(value, digits) : "∞"
  }
}
