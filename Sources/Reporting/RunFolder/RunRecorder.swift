public import Foundation
public import SparringDatasets
internal import SparringRecipes
public import SparringTraining

/// Writes what a run tells into its folder: `metrics.jsonl`, TensorBoard's event file and sample grids.
///
/// Give every event to ``record(_:)`` in order, from one task.
public final class RunRecorder {
  /// Encodes one image as PNG.
  public typealias PNGEncoder = (PixelImages) throws -> Data

  private let folder: RunFolder
  private let encodePNG: PNGEncoder
  private let now: () -> Date
  private var metrics: MetricsLog?
  private var events: TensorBoardWriter?
  private var explained: Set<Quantity> = []

  /// - Parameter now: The time that TensorBoard shows.
  public init(
    _ folder: RunFolder, now: @escaping () -> Date = { Date() }, encodePNG: @escaping PNGEncoder = { try $0.png() }
  ) {
    (self.folder, self.now, self.encodePNG) = (folder, now, encodePNG)
  }

  /// Adds one event to the folder. A run that starts after a checkpoint first drops what was recorded of
  /// later steps.
  /// - Throws: ``ReportingError`` when the disk is full or refuses; what was recorded before stays whole.
  public func record(_ event: TrainingEvent) throws(ReportingError) {
    switch event {
    case .started(let start):
      try open(after: start.firstStep, isNew: start.firstStep == 0)
      // A process killed between a checkpoint and its line leaves the line out.
      if start.firstStep > 0, let metrics, !metrics.tellsOfCheckpoint(at: start.firstStep) {
        var record = MetricRecord(.checkpoint, step: start.firstStep)
        record.path = "checkpoints/\(Checkpoint.fileName(step: start.firstStep))"
        try metrics.append(record)
      }
    case .stepped(let report):
      try explain(report.losses, step: report.step)
      let losses = report.losses.map { (tag: "training/\($0.quantity.title)", value: $0.value) }
      try scalars(losses + [("learning rate", report.learningRate)], step: report.step)
    case .epochEnded(let report):
      try explain(report.losses, step: report.step)
    case .measured(let measurement):
      try explain(measurement.values, step: measurement.step)
      try scalars(
        measurement.values.map { (tag: "\(measurement.split)/\($0.quantity.title)", value: $0.value) },
        step: measurement.step)
    case .sampled(let sample):
      try save(sample)
    case .wentBack(let step):
      return try open(after: step, isNew: false)
    case .checkpointed(let step, _):
      // One that a run went back to is written again, with a lower learning rate.
      if metrics?.tellsOfCheckpoint(at: step) ?? false { return }
    case .warned, .finished:
      break
    }
    if let record = MetricRecord(event, in: folder) { try metrics?.append(record) }
    if case .finished = event { (metrics, events) = (nil, nil) }
  }

  /// Opens the files of a run that goes on after a step, without what they hold of later ones.
  private func open(after step: Int, isNew: Bool) throws(ReportingError) {
    metrics = try MetricsLog(folder.metrics, continuingAfter: isNew ? nil : step)
    events = try TensorBoardWriter(in: folder.url, continuingAfter: isNew ? nil : step, date: now())
    dropSamples(after: step)
    explained = []
  }

  /// Says what a name stands for before it is first used, so that whoever reads the metrics need not guess.
  private func explain(_ values: [MeasuredValue], step: Int) throws(ReportingError) {
    for value in values where explained.insert(value.quantity).inserted {
      try metrics?.append(MetricRecord(value.quantity, step: step))
    }
  }

  private func scalars(_ scalars: [(tag: String, value: Double)], step: Int) throws(ReportingError) {
    try events?.append(TensorBoardEvent(date: now(), step: step, content: .scalars(scalars)))
  }

  private func save(_ sample: SampleReport) throws(ReportingError) {
    let url = folder.url.appendingPathComponent(Self.samplePath(sample.step))
    let (grid, png): (PixelImages, Data)
    do {
      // Mid grey parts dark pictures and bright ones, on a dark page and a bright one.
      grid = try sample.images.grid(columns: sample.images.squarestColumns, gap: 2, gapBrightness: 128)
      png = try encodePNG(grid)
    } catch {
      throw ReportingError("draw", url, error)
    }
    try replace(url, with: png)
    let image = TensorBoardEvent.Content.image(
      tag: "samples", png: png, width: grid.width, height: grid.height, channels: grid.channels)
    try events?.append(TensorBoardEvent(date: now(), step: sample.step, content: image))
  }

  /// `samples/step-000500.png`.
  static func samplePath(_ step: Int) -> String {
    let digits = String(step)
    return "samples/step-\(String(repeating: "0", count: max(0, 6 - digits.count)))\(digits).png"
  }

  /// The step in the name of a sample grid; nil for other files.
  static func sampleStep(_ fileName: String) -> Int? {
    guard fileName.hasPrefix("step-"), fileName.hasSuffix(".png") else { return nil }
    return Int(fileName.dropFirst(5).dropLast(4))
  }

  /// Grids of lost steps would stand beside those of the steps done again. One that cannot be removed
  /// is overwritten soon, so a failure here is no reason to stop.
  private func dropSamples(after step: Int) {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.samples.path)) ?? []
    for name in names {
      guard let sampleStep = Self.sampleStep(name), sampleStep > step else { continue }
      try? FileManager.default.removeItem(at: folder.samples.appendingPathComponent(name))
    }
  }
}
