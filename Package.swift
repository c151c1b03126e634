// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] =
  [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
  ] + (Context.environment["CI"] == nil ? [] : [.treatAllWarnings(as: .error)])

/// A room of the house: the folder keeps its short name, the module gets one that clashes with nobody's.
func room(
  _ folder: String, after rooms: [String], c: [String] = [], products: [Target.Dependency] = [],
  resources: [Resource] = [], path: String? = nil
) -> Target {
  .target(
    name: "Sparring\(folder)", dependencies: names(rooms) + c.map { .target(name: "CSparring\($0)") } + products,
    path: path ?? "Sources/\(folder)", resources: resources, swiftSettings: strict)
}

func names(_ rooms: [String]) -> [Target.Dependency] { rooms.map { .target(name: "Sparring\($0)") } }

/// One suite for each room; each may look at the rooms before it.
func suite(of folder: String, with rooms: [String], resources: [Resource] = []) -> Target {
  .testTarget(
    name: "\(folder)Tests", dependencies: names([folder] + rooms), resources: resources, swiftSettings: strict)
}

let tests: [Target] = [
  suite(of: "Torch", with: [], resources: [.copy("Fixtures")]),
  suite(of: "Datasets", with: ["Torch"], resources: [.copy("Fixtures")]),
  suite(of: "Models", with: ["Torch"], resources: [.copy("Fixtures")]),
  suite(of: "Objectives", with: ["Torch"]),
  suite(of: "Recipes", with: ["Models", "Objectives", "Datasets", "Torch"], resources: [.copy("Fixtures")]),
  suite(of: "Training", with: ["Recipes", "Models", "Datasets", "Torch"]),
  suite(of: "Evaluation", with: ["Torch"], resources: [.copy("Fixtures")]),
  suite(of: "Export", with: ["Models", "Recipes", "Datasets", "Torch"]),
  suite(of: "Reporting", with: ["Recipes", "Training", "Evaluation", "Datasets"]),
  suite(
    of: "Experiments",
    with: ["Torch", "Datasets", "Models", "Recipes", "Training", "Evaluation", "Reporting", "Presets"],
    resources: [.copy("Fixtures")]),
  .testTarget(
    name: "FuzzTests",
    dependencies: names([
      "Torch", "Datasets", "Models", "Recipes", "Training", "Evaluation", "Reporting", "Experiments",
    ]), swiftSettings: strict),
  .testTarget(name: "SetupTests", swiftSettings: strict),
  .testTarget(
    name: "CommandLineTests", dependencies: [.target(name: "SparringTool")] + names(["Datasets", "Torch"]),
    swiftSettings: strict),
]

let package = Package(
  name: "Sparring",
  platforms: [.macOS(.v14)],
  products: [
    .executable(name: "sparring", targets: ["SparringTool"]),
    .library(name: "Sparring", targets: ["Sparring"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.6.0"),
    .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.0.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.0.0"),
    .package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.4.0"),
  ],
  targets: [
    .systemLibrary(
      name: "CSparringPNG", path: "Sources/CPNG", providers: [.apt(["libpng-dev"]), .brew(["libpng"])]),
    .systemLibrary(
      name: "CSparringTurboJPEG", path: "Sources/CTurboJPEG",
      providers: [.apt(["libturbojpeg0-dev"]), .brew(["jpeg-turbo"])]),
    .systemLibrary(
      name: "CSparringGDKPixbuf", path: "Sources/CGDKPixbuf",
      providers: [.apt(["libgdk-pixbuf-2.0-dev", "webp-pixbuf-loader"]), .brew(["gdk-pixbuf", "webp-pixbuf-loader"])]),
    .systemLibrary(
      name: "CSparringExif", path: "Sources/CExif",
      providers: [.apt(["libexif-dev"]), .brew(["libexif"])]),
    .systemLibrary(name: "CSparringZlib", path: "Sources/CZlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
    .systemLibrary(
      name: "CSparringArchive", path: "Sources/CArchive", providers: [.apt(["libarchive-dev"]), .brew(["libarchive"])]),
    .systemLibrary(name: "CSparringCrypto", path: "Sources/CCrypto", providers: [.apt(["libssl-dev"])]),
    // For the handcrafted recipes, on Linux alone: Homebrew has no VLFeat.
    .systemLibrary(name: "CSparringVLFeat", path: "Sources/CVLFeat", providers: [.apt(["libvlfeat-dev"])]),
    .systemLibrary(name: "CSparringLinear", path: "Sources/CLinear", providers: [.apt(["liblinear-dev"])]),
    // The C++ in `library` is no part of the package's build: the set-up compiles it against LibTorch
    // (`Scripts/build-shim.sh`), and what is compiled here loads the result.
    .target(
      name: "CSparringTorch", path: "Sources/CTorch", exclude: ["library"],
      linkerSettings: [.linkedLibrary("dl", .when(platforms: [.linux]))]),

    room("Torch", after: [], c: ["Torch"]),
    room(
      "Datasets", after: ["Torch"], c: ["PNG", "TurboJPEG", "GDKPixbuf", "Exif", "Archive", "Zlib"],
      products: [.target(name: "CSparringCrypto", condition: .when(platforms: [.linux]))]),
    room("Models", after: ["Torch"]),
    room("Objectives", after: ["Torch"]),
    room(
      "Recipes", after: ["Torch", "Datasets", "Models", "Objectives"],
      products: ["VLFeat", "Linear"].map {
        .target(name: "CSparring\($0)", condition: .when(platforms: [.linux]))
      }),
    room(
      "Training", after: ["Torch", "Datasets", "Models", "Recipes"], products: [.product(name: "Yams", package: "Yams")]
    ),
    room("Evaluation", after: ["Torch"]),
    room(
      "Reporting", after: ["Torch", "Datasets", "Recipes", "Training", "Evaluation"],
      products: [.product(name: "Mustache", package: "swift-mustache")]),
    room("Export", after: ["Torch", "Datasets", "Models", "Recipes", "Reporting"]),
    room("Presets", after: [], resources: [.copy("configurations"), .copy("studies")], path: "Presets"),
    room(
      "Experiments",
      after: ["Torch", "Datasets", "Models", "Recipes", "Training", "Evaluation", "Reporting", "Presets"]),
    .target(
      name: "Sparring",
      dependencies: names([
        "Torch", "Datasets", "Models", "Objectives", "Recipes", "Training", "Evaluation", "Reporting", "Export",
        "Presets", "Experiments",
      ]),
      path: "Sources/Sparring", swiftSettings: strict),
    .executableTarget(
      name: "SparringFewLabels",
      dependencies: [.target(name: "Sparring")],
      path: "Examples", sources: ["FewLabels.swift"],
      swiftSettings: strict),
    .executableTarget(
      name: "SparringTool",
      dependencies: names([
        "Torch", "Datasets", "Models", "Objectives", "Recipes", "Training", "Evaluation", "Reporting", "Export",
        "Presets", "Experiments",
      ]) + [.product(name: "ArgumentParser", package: "swift-argument-parser")],
      path: "Sources/Tool", swiftSettings: strict),
  ] + tests,
  swiftLanguageModes: [.v6]
)
