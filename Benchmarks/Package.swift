// swift-tools-version: 6.2
import PackageDescription

/// Where LibTorch lies; as in the package that is measured.
let torch = Context.environment["TORCH_DIR"] ?? "\(Context.packageDirectory)/../.torch"

/// The folder with a shim that the program loads when it starts; see the package that is measured.
let sharedShim = Context.environment["SPARRING_SHARED_SHIM"]
let libraries = sharedShim ?? "\(torch)/lib"
let runPath = sharedShim == nil ? libraries : "$ORIGIN/lib"
// The old kind of run path: the libraries beside the program find each other by it, too.
let transitive = ["-Xlinker", "--disable-new-dtags"]

let package = Package(
  name: "Benchmarks",
  platforms: [.macOS(.v14)],
  dependencies: [
    .package(name: "Sparring", path: ".."),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
  ],
  targets: [
    .executableTarget(
      name: "bench",
      dependencies: [
        .product(name: "Sparring", package: "Sparring"),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
      ],
      linkerSettings: [
        .unsafeFlags(
          ["-L\(libraries)", "-Xlinker", "-rpath", "-Xlinker", runPath]
            + (sharedShim == nil ? [] : ["-lCSparringTorch", "-Xlinker", "--allow-shlib-undefined"] + transitive))
      ])
  ],
  swiftLanguageModes: [.v6]
)
