public import Foundation

/// `restoration.json`: how a network that restores images does beside methods without a network, on the same damaged images.
public struct RestorationRecord: Sendable, Hashable, Codable {
  /// What one method reached.
  public struct Row: Sendable, Hashable, Codable {
    /// Such as `bicubic`.
    public let method: String
    /// The peak signal-to-noise ratio in decibels, of the squared error over all pixels of all images.
    public let psnr: Double
    /// The same over the pixels that were missing; nil where the damage is everywhere.
    public let holePSNR: Double?
    /// The mean structural similarity (Wang et al. 2004); nil for images smaller than its window.
    public let ssim: Double?
    /// The Fréchet distance to the images as they were; nil where nobody asked.
    public let frechetDistance: Double?

    /// Figures as measured.
    package init(method: String, psnr: Double, holePSNR: Double?, ssim: Double?, frechetDistance: Double?) {
      (self.method, self.psnr, self.holePSNR, self.ssim) = (method, psnr, holePSNR, ssim)
      self.frechetDistance = frechetDistance
    }
  }

  /// Such as `test`.
  public let split: String
  /// Images that were damaged and restored.
  public let count: Int
  /// What was done to them, as a clause.
  public let damage: String
  /// The run's network first.
  public let rows: [Row]
  /// What made the features of the Fréchet distance; nil where it was left out.
  public let extractor: String?
  /// The classical denoiser's h, as a multiple of σ; nil where there is no noise.
  public let denoiserStrength: Double?
  /// The training images that it was chosen on.
  public let tuningCount: Int

  /// Figures as measured.
  package init(
    split: String, count: Int, damage: String, rows: [Row], extractor: String?, denoiserStrength: Double?,
    tuningCount: Int
  ) {
    (self.split, self.count, self.damage, self.rows) = (split, count, damage, rows)
    (self.extractor, self.denoiserStrength, self.tuningCount) = (extractor, denoiserStrength, tuningCount)
  }
}

extension RunFolder {
  /// See ``RestorationRecord``.
  public var restoration: URL { url.appendingPathComponent("restoration.json") }
  /// Some test images as they were seen, as each method restored them, and as they were.
  public var restorationPicture: URL { url.appendingPathComponent("restoration.png") }

  /// What was measured; nil before.
  /// - Throws: ``ReportingError`` when the file is damaged.
  public func restorationRecord() throws(ReportingError) -> RestorationRecord? {
    try decoded(RestorationRecord.self, from: restoration)
  }

  /// Saves what was measured, and a picture of it.
  /// - Throws: ``ReportingError`` where it cannot be written.
  package func write(restoration record: RestorationRecord, picture: Data) throws(ReportingError) {
    try replace(restorationPicture, with: picture)
    try replace(restoration, with: encoded(record))
  }
}
