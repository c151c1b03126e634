import SparringDatasets
import SparringModels
import SparringRecipes
import SparringTorch
import Testing

@testable import SparringExport

/// A classifier that is no network by itself is refused, and never another network written in its place.
@Suite struct Unexportable {
  @Test func aReadoutIsNotItsGenerator() throws {
    Machine.threadCount = 1
    let setting = Setting(
      shape: .image(channels: 1, height: 8, width: 8), classCount: 2, generator: DCGANGeneratorFamily(width: 2),
      latentSize: 4, discriminator: ConvolutionalFamily(widths: [2, 3]), seed: 1)
    let recipe = try DiscriminatorFeatures(in: setting)
    let error = #expect(throws: ExportError.self) {
      try ModelExport(recipe, facts: setting.data, fit: .crop, notes: [:])
    }
    #expect(error?.description == "the classifier of discriminator-features cannot be exported yet")
  }
}
