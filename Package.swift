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

let package = Package(
  name: "Sparring",
  platforms: [.macOS(.v14)],
  products: [
    .executable(name: "sparring", targets: ["sparring"]),
  ],
  dependencies: [
  ],
  targets: [
    .target(name: "CTorch", cxxSettings: torchHeaders, linkerSettings: torchLibraries),
    .target(name: "Torch", dependencies: ["CTorch"], swiftSettings: strict),
    .executableTarget(name: "sparring", dependencies: ["Torch"], swiftSettings: strict),
    .testTarget(name: "TorchTests", dependencies: ["Torch"], swiftSettings: strict),
  ],
  swiftLanguageModes: [.v6],
  cxxLanguageStandard: .cxx20
)
