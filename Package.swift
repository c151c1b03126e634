// swift-tools-version: 6.2
import PackageDescription

/// Where LibTorch lies: `TORCH_DIR`, or the `.torch` link that the set-up leaves in this folder.
let torch = Context.environment["TORCH_DIR"] ?? "\(Context.packageDirectory)/.torch"

let strict: [SwiftSetting] =
  [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
  ] + (Context.environment["CI"] == nil ? [] : [.treatAllWarnings(as: .error)])

// Unsafe flags keep plain `swift build` working without environment variables;
// pkg-config would drop the run path.
let torchHeaders: [CXXSetting] = [
  .unsafeFlags([
    "-isystem", "\(torch)/include", "-isystem", "\(torch)/include/torch/csrc/api/include",
  ]),
  .define("_GLIBCXX_USE_CXX11_ABI", to: "1", .when(platforms: [.linux])),
]
let torchLibraries: [LinkerSetting] = [
  .unsafeFlags(["-L\(torch)/lib", "-Xlinker", "-rpath", "-Xlinker", "\(torch)/lib"]),
  .linkedLibrary("torch_cpu"),
  .linkedLibrary("c10"),
]

// The shim may instead be a library of its own, found when the program starts: then one program runs against
// any LibTorch whose machine can build the shim (`Benchmarks/gpu-run`).
let shim: Target =
  Context.environment["SPARRING_SHARED_SHIM"] == nil
  ? .target(
    name: "CSparringTorch", path: "Sources/CTorch", cxxSettings: torchHeaders, linkerSettings: torchLibraries)
  : .systemLibrary(name: "CSparringTorch", path: "Sources/CTorch/include")

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
  suite(of: "Datasets", with: ["Torch"]),
  suite(of: "Models", with: ["Torch"]),
  suite(of: "Objectives", with: ["Torch"]),
  suite(of: "Recipes", with: ["Models", "Objectives", "Datasets", "Torch"], resources: [.copy("Fixtures")]),
  suite(of: "Training", with: ["Recipes", "Models", "Datasets", "Torch"]),
  suite(of: "Evaluation", with: ["Torch"]),
  suite(of: "Reporting", with: ["Recipes", "Training", "Evaluation", "Datasets"]),
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
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
    .package(url: "https://github.com/apple/swift-crypto", from: "3.12.0"),
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
      name: "CSparringArchive", path: "Sources/CArchive", providers: [.apt(["libarchive-dev"]), .brew(["libarchive"])]),
    shim,

    room("Torch", after: [], c: ["Torch"]),
    room(
      "Datasets", after: ["Torch"], c: ["PNG", "TurboJPEG", "Archive"],
      products: [.product(name: "Crypto", package: "swift-crypto")]),
    room("Models", after: ["Torch"]),
    room("Objectives", after: ["Torch"]),
    room("Recipes", after: ["Torch", "Datasets", "Models", "Objectives"]),
    room("Training", after: ["Torch", "Datasets", "Recipes"], products: [.product(name: "Yams", package: "Yams")]),
    room("Evaluation", after: ["Torch"]),
    room(
      "Reporting", after: ["Datasets", "Recipes", "Training", "Evaluation"],
      products: [.product(name: "Mustache", package: "swift-mustache")]),
    room("Presets", after: [], resources: [.copy("configurations")], path: "Presets"),
    room(
      "Experiments",
      after: ["Torch", "Datasets", "Recipes", "Training", "Evaluation", "Reporting", "Presets"]),
    .target(
      name: "Sparring",
      dependencies: names([
        "Torch", "Datasets", "Models", "Objectives", "Recipes", "Training", "Evaluation", "Reporting", "Presets",
        "Experiments",
      ]),
      path: "Sources/Sparring", swiftSettings: strict),
    .executableTarget(
      name: "SparringFewLabels",
      dependencies: names(["Torch", "Datasets", "Models", "Recipes", "Training", "Evaluation"]),
      path: "Examples", sources: ["FewLabels.swift"],
      swiftSettings: strict + [.unsafeFlags(["-parse-as-library"])]),
    .executableTarget(
      name: "SparringTool",
      dependencies: names([
        "Torch", "Datasets", "Models", "Objectives", "Recipes", "Training", "Evaluation", "Reporting", "Presets",
        "Experiments",
      ]) + [.product(name: "ArgumentParser", package: "swift-argument-parser")],
      path: "Sources/Tool", swiftSettings: strict),
  ] + tests,
  swiftLanguageModes: [.v6],
  cxxLanguageStandard: .cxx20
)
