import Foundation
import Testing

/// Another package that depends on a version of this one, as its author would go about it: the first start says what to
/// type, that is typed, and the second start trains.
@Suite struct DependentPackageTests {
  static let isAsked = ProcessInfo.processInfo.environment["SPARRING_TEST_DEPENDENT"] == "1"

  @Test(.enabled(if: isAsked, "a second build takes minutes: SPARRING_TEST_DEPENDENT=1 asks for it, as .ci/run does"))
  func buildsTrainsAndReadsACheckpoint() throws {
    let place = try DependentPackage()
    try place.tagThisRepository()
    try place.writePackage()

    let build = try place.run("swift build --package-path Digits 2>&1 | tail -n 30; exit ${PIPESTATUS[0]}")
    try #require(build.status == 0, "\(build.output)")

    let before = try place.run("Digits/.build/debug/Digits")
    #expect(before.status == 1)
    try #require(before.lines.count == 1, "\(before.output)")
    let command = try #require(before.output.firstMatch(of: /LibTorch was not found: type (.+? setup),/)?.1)
    #expect(command.hasSuffix("Digits/.build/checkouts/Sparring/sparring setup"))

    let setup = try place.run(String(command))
    try #require(setup.status == 0, "\(setup.output)")
    #expect(setup.output.contains(place.folder.appending(path: "data/sparring").path))

    let after = try place.run("Digits/.build/debug/Digits")
    #expect(after.status == 0)
    #expect(after.lines.last == "step 2 of 2; read back: 4 answers of 2 classes", "\(after.output)")
  }
}

/// A folder with a tagged copy of this repository and a package that depends on it. Removed with the last reference.
private final class DependentPackage {
  let folder: URL
  let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  init() throws {
    folder = URL(filePath: NSTemporaryDirectory()).resolvingSymlinksInPath()
      .appending(path: "sparring-dependent-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  /// What is in the working folder, committed or not, as version 0.1.0.
  func tagThisRepository() throws {
    let made = try run(
      """
      set -eu
      mkdir Sparring
      git -C '\(repository.path)' ls-files -z --cached --others --exclude-standard |
        while IFS= read -r -d '' file; do
          [ ! -e '\(repository.path)'/"$file" ] || printf '%s\\0' "$file"
        done | (cd '\(repository.path)' && xargs -0 tar -cf -) | tar -xf - -C Sparring
      cd Sparring
      git init --quiet .
      git add --all
      git -c user.name=Test -c user.email=test@example.com commit --quiet --message 'A version'
      git tag 0.1.0
      """)
    try #require(made.status == 0, "\(made.output)")
  }

  /// A program with a target of its own that is called as one of our folders is.
  func writePackage() throws {
    try write(
      """
      // swift-tools-version: 6.2
      import PackageDescription

      let package = Package(
        name: "Digits",
        platforms: [.macOS(.v14)],
        dependencies: [.package(url: "file://\(folder.path)/Sparring", from: "0.1.0")],
        targets: [
          .target(name: "Models"),
          .executableTarget(
            name: "Digits", dependencies: ["Models", .product(name: "Sparring", package: "Sparring")]),
        ]
      )
      """, to: "Digits/Package.swift")
    try write("public let classCount = 2\n", to: "Digits/Sources/Models/Models.swift")
    try write(program, to: "Digits/Sources/Digits/main.swift")
    try writeDigits()
  }

  private var program: String {
    """
    import Foundation
    import Models
    import Sparring

    do {
      try Machine.requireLibTorch()
      var layers = ConfigurationLayers()
      layers.settings = [
        "dataset.name=\(folder.path)/digits", "training.steps=2", "options.batchSize=8", "threads=1",
        "dataset.labels=10",
      ]
      let experiment = try Experiment(layers.configuration(for: Supervised.self))
      let runs = FileManager.default.temporaryDirectory.appending(path: "digits-\\(UUID().uuidString)")
      let outcome = try experiment.run(in: experiment.makeFolder(in: runs))
      let run = try TrainedRun(checkpoint: outcome.folder.newestCheckpoint())
      guard let classifier = run.recipe as? any ImageClassifying, let test = experiment.data.test else { exit(2) }
      let answers = try classifier.predictions(on: test, indices: [0, 1, 2, 3])
      guard answers.classCount == Models.classCount, !Machine.keepsMemory else { exit(3) }
      let step = try RunRecord(outcome.folder).step
      print("step \\(step) of 2; read back: \\(answers.count) answers of \\(answers.classCount) classes")
    } catch {
      print(error)
      exit(1)
    }

    """
  }

  /// IDX files of two classes, dark and bright.
  private func writeDigits() throws {
    for (name, count) in [("train", 40), ("t10k", 20)] {
      var images: [UInt8] = [0, 0, 8, 3, 0, 0, 0, UInt8(count), 0, 0, 0, 28, 0, 0, 0, 28]
      var labels: [UInt8] = [0, 0, 8, 1, 0, 0, 0, UInt8(count)]
      for index in 0..<count {
        images += (0..<784).map { UInt8(($0 * 37 + index * 101) % 90 + index % 2 * 160) }
        labels.append(UInt8(index % 2))
      }
      let place = folder.appending(path: "digits")
      try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
      try Data(images).write(to: place.appending(path: "\(name)-images-idx3-ubyte"))
      try Data(labels).write(to: place.appending(path: "\(name)-labels-idx1-ubyte"))
    }
  }

  private func write(_ text: String, to path: String) throws {
    let file = folder.appending(path: path)
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: file)
  }

  /// With a home for data of its own, and this repository's LibTorch instead of one that is fetched.
  func run(_ script: String) throws -> Outcome {
    var environment = ProcessInfo.processInfo.environment
    for name in ["SPARRING_TORCH_LIBRARY", "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"] { environment[name] = nil }
    environment["XDG_DATA_HOME"] = folder.appending(path: "data").path
    environment["TORCH_DIR"] = repository.appending(path: ".torch").path
    return try runBash(script, in: folder, environment: environment)
  }
}
