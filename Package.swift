// swift-tools-version: 6.1
import PackageDescription

/// Where LibTorch lies: `TORCH_DIR`, or the `.torch` link that the set-up leaves in this folder.
let torch = Context.environment["TORCH_DIR"] ?? "\(Context.packageDirectory)/.torch"

let strict: [SwiftSetting] =
  [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
  ] + (Context.environment["CI"] == nil ? [] : [.unsafeFlags(["-warnings-as-errors"])])

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
  ? .target(name: "CTorch", cxxSettings: torchHeaders, linkerSettings: torchLibraries)
  : .systemLibrary(name: "CTorch", path: "Sources/CTorch/include")

/// One suite for each room; each may look at the rooms before it.
let tests: [Target] = [
  .testTarget(
    name: "TorchTests", dependencies: ["Torch"], resources: [.copy("Fixtures")], swiftSettings: strict),
  .testTarget(
    name: "DatasetsTests", dependencies: ["Datasets", "Torch"], swiftSettings: strict),
  .testTarget(
    name: "ModelsTests", dependencies: ["Models", "Torch"], swiftSettings: strict),
  .testTarget(name: "ObjectivesTests", dependencies: ["Objectives", "Torch"], swiftSettings: strict),
  .testTarget(
    name: "RecipesTests", dependencies: ["Recipes", "Models", "Objectives", "Datasets", "Torch"],
    resources: [.copy("Fixtures")], swiftSettings: strict),
  .testTarget(
    name: "TrainingTests", dependencies: ["Training", "Recipes", "Models", "Datasets", "Torch"],
    swiftSettings: strict),
  .testTarget(name: "EvaluationTests", dependencies: ["Evaluation", "Torch"], swiftSettings: strict),
  .testTarget(
    name: "ReportingTests", dependencies: ["Reporting", "Training", "Evaluation", "Datasets"],
    swiftSettings: strict),
  .testTarget(name: "SetupTests", swiftSettings: strict),
  .testTarget(name: "CommandLineTests", dependencies: ["sparring", "Datasets", "Torch"], swiftSettings: strict),
]

let package = Package(
  name: "Sparring",
  platforms: [.macOS(.v14)],
  products: [
    .executable(name: "sparring", targets: ["sparring"]),
    .library(
      name: "Sparring",
      targets: ["Torch", "Datasets", "Models", "Objectives", "Recipes", "Training", "Evaluation", "Reporting"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
    .package(url: "https://github.com/apple/swift-crypto", from: "3.12.0"),
    .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.0.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.0.0"),
    .package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.4.0"),
  ],
  targets: [
    .systemLibrary(name: "CPNG", providers: [.apt(["libpng-dev"]), .brew(["libpng"])]),
    .systemLibrary(name: "CTurboJPEG", providers: [.apt(["libturbojpeg0-dev"]), .brew(["jpeg-turbo"])]),
    .systemLibrary(name: "CArchive", providers: [.apt(["libarchive-dev"]), .brew(["libarchive"])]),
    shim,

    .target(name: "Torch", dependencies: ["CTorch"], swiftSettings: strict),
    .target(
      name: "Datasets",
      dependencies: [
        "Torch", "CPNG", "CTurboJPEG", "CArchive", .product(name: "Crypto", package: "swift-crypto"),
      ],
      swiftSettings: strict),
    .target(name: "Models", dependencies: ["Torch"], swiftSettings: strict),
    .target(name: "Objectives", dependencies: ["Torch"], swiftSettings: strict),
    .target(name: "Recipes", dependencies: ["Torch", "Datasets", "Models", "Objectives"], swiftSettings: strict),
    .target(
      name: "Training", dependencies: ["Torch", "Datasets", "Recipes", .product(name: "Yams", package: "Yams")],
      swiftSettings: strict),
    .target(name: "Evaluation", dependencies: ["Torch"], swiftSettings: strict),
    .target(
      name: "Reporting",
      dependencies: [
        "Datasets", "Training", "Evaluation", .product(name: "Mustache", package: "swift-mustache"),
      ],
      swiftSettings: strict),
    .target(name: "Presets", path: "Presets", resources: [.copy("configurations")], swiftSettings: strict),
    .executableTarget(
      name: "FewLabels",
      dependencies: ["Torch", "Datasets", "Models", "Recipes", "Training", "Evaluation"],
      path: "Examples", sources: ["FewLabels.swift"],
      swiftSettings: strict + [.unsafeFlags(["-parse-as-library"])]),
    .executableTarget(
      name: "sparring",
      dependencies: [
        "Torch", "Datasets", "Models", "Objectives", "Recipes", "Training", "Evaluation", "Reporting", "Presets",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict),
  ] + tests,
  swiftLanguageModes: [.v6],
  cxxLanguageStandard: .cxx20
)
