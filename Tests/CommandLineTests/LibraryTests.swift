import Foundation
import SparringTorch
import Testing

/// The library through which Swift calls LibTorch: found, missing, or another one.
@Suite struct LibraryTests {
  let tool = try! Tool()

  /// One line that names the command, on standard error; and the doctor goes on.
  private func expectProblem(library: String, saying words: String) throws {
    let folder = try tool.writeIDX()
    let environment = ["SPARRING_TORCH_LIBRARY": library]
    let outcome = try tool.run(
      arguments: ["train", "gan", "--dataset", folder] + Tool.tinyGAN, environment: environment)
    #expect(outcome.status == 1)
    #expect(outcome.errorLines.count == 1, "\(outcome.errors)")
    #expect(outcome.errors.contains(words), "\(outcome.errors)")
    #expect(outcome.errors.contains("/sparring setup, or set SPARRING_TORCH_LIBRARY to the"), "\(outcome.errors)")
    #expect(!FileManager.default.fileExists(atPath: tool.path("runs")))

    let doctor = try tool.run("doctor", environment: environment)
    #expect(doctor.status == 0 && doctor.output.contains(words), "\(doctor.output)\(doctor.errors)")
    #expect(doctor.output.contains("devices         cpu\n"))
  }

  @Test func aMissingLibraryIsOneLine() throws {
    try expectProblem(library: "/nowhere/libsparring_torch.so", saying: "LibTorch could not be loaded (/nowhere/")
  }

  @Test(.enabled(if: hasCompiler, "there is no clang to make such a library with"))
  func anotherLibraryIsOneLine() throws {
    for (source, words) in [
      ("int nothing;", "is not Sparring's library"),
      (
        "const void *ct_functions_table(const char *interface) { return 0; }",
        "was built for another version of Sparring"
      ),
    ] {
      let file = tool.folder.appending(path: "other.c")
      try Data("\(source)\n".utf8).write(to: file)
      let library = tool.path("libother-\(words.count).so")
      let compiler = Process()
      compiler.executableURL = URL(filePath: "/usr/bin/env")
      compiler.arguments = ["clang", "-shared", "-fPIC", "-o", library, file.path]
      try compiler.run()
      compiler.waitUntilExit()
      try expectProblem(library: library, saying: words)
    }
  }

  private static var hasCompiler: Bool {
    (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").contains {
      FileManager.default.isExecutableFile(atPath: "\($0)/clang")
    }
  }

  @Test func aLibraryBesideTheProgramComesFirst() throws {
    let here = try #require(Machine.libraryPath)
    let beside = tool.folder.appending(path: URL(filePath: here).lastPathComponent)
    let program = tool.folder.appending(path: "moved")
    try FileManager.default.copyItem(atPath: here, toPath: beside.path)
    try FileManager.default.copyItem(at: Tool.executable, to: program)
    let process = Process()
    let output = Pipe()
    (process.executableURL, process.standardOutput) = (program, output)
    process.arguments = ["doctor"]
    // What a set-up leaves may look for LibTorch by its own place; elsewhere the loader has to be told.
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    var environment = ProcessInfo.processInfo.environment
    environment["LD_LIBRARY_PATH"] = root.appending(path: ".torch/lib").resolvingSymlinksInPath().path
    process.environment = environment
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    let name = URL(filePath: tool.folder.lastPathComponent).appending(path: beside.lastPathComponent).relativePath
    #expect(text.contains("called through  /") && text.contains(name), "\(text)")
  }

  /// Plain `swift test` does not build it anew; `./test` and `./sparring` do.
  @Test func theLibraryIsBuiltFromTheseSources() throws {
    let library = try #require(Machine.libraryPath)
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["bash", "Scripts/build-shim.sh", "--check", ".torch", library]
    process.currentDirectoryURL = root
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "Sources/CTorch/library has changed: type ./sparring setup")
  }
}
