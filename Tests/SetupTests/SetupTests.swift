import Foundation
import Testing

/// The wrappers' own work, with real Bash on a stand-in checkout: no network, nothing installed.
@Suite struct SetupTests {
  @Test(arguments: [
    ("6.2", "6.2", true), ("6.3.1", "6.1", true), ("7.0", "6.1", true), ("6.0.3", "6.1", false), ("5.10", "6.1", false),
  ])
  func comparesVersions(have: String, need: String, enough: Bool) throws {
    #expect(try Checkout().run("is_at_least \(have) \(need)").status == (enough ? 0 : 1))
  }

  @Test func aFolderWithoutLibTorchIsRefusedInOneLine() throws {
    let checkout = try Checkout()
    let outcome = try checkout.run("ensure_libtorch", environment: ["TORCH_DIR": "/nowhere"])
    #expect(outcome.status == 1)
    #expect(outcome.lines.count == 1)
    #expect(outcome.output.contains("TORCH_DIR=/nowhere holds no LibTorch"))
  }

  @Test func anotherVersionOfLibTorchIsRefusedUnlessNamed() throws {
    let checkout = try Checkout()
    let folder = try checkout.addLibTorch(version: "2.11.0", at: "other")
    let refused = try checkout.run("ensure_libtorch", environment: ["TORCH_DIR": folder])
    #expect(refused.status == 1)
    #expect(refused.output.contains("is LibTorch 2.11.0: point it at LibTorch 2.13.0"))
    let named = ["TORCH_DIR": folder, "SPARRING_TORCH_VERSION": "2.11.0"]
    #expect(try checkout.run("ensure_libtorch", environment: named).status == 0)
  }

  @Test func aGivenLibTorchIsLinkedAndTheToolBuiltAgain() throws {
    let checkout = try Checkout()
    let folder = try checkout.addLibTorch(version: "2.13.0", at: "given")
    try checkout.write("", to: ".build/sparring-release.stamp")
    let outcome = try checkout.run("ensure_libtorch; is_libtorch_linked", environment: ["TORCH_DIR": folder])
    #expect(outcome.status == 0, "\(outcome.output)")
    let stamp = checkout.folder.appending(path: ".build/sparring-release.stamp").path
    #expect(!FileManager.default.fileExists(atPath: stamp))
  }

  @Test func aFolderInTheWayOfTheLinkIsKept() throws {
    let checkout = try Checkout()
    let folder = try checkout.addLibTorch(version: "2.13.0", at: "given")
    try checkout.write("precious", to: ".torch/notes.txt")
    let outcome = try checkout.run("ensure_libtorch", environment: ["TORCH_DIR": folder])
    #expect(outcome.status == 1)
    #expect(outcome.output.contains("is in the way"))
    #expect(FileManager.default.fileExists(atPath: checkout.folder.appending(path: ".torch/notes.txt").path))
  }

  @Test func aCurrentToolStartsAtOnceWithItsArguments() throws {
    let checkout = try Checkout()
    try checkout.addBuiltTool()
    // Neither Swift nor Python nor the network: only these may be called.
    try checkout.write("#!/bin/sh\necho called $0 >&2; exit 9\n", to: "bin/swift", executable: true)
    try checkout.write("#!/bin/sh\necho called $0 >&2; exit 9\n", to: "bin/python3", executable: true)
    let path = "\(checkout.folder.path)/bin:/usr/bin:/bin"
    let outcome = try checkout.run(
      "./sparring classify 'two words'", loadingSetup: false, environment: ["PATH": path])
    #expect(outcome.output == "tool classify two words\n")
    #expect(outcome.status == 0)
  }

  /// The shim knows LibTorch, and the compiler its caches, by the place where they were built.
  @Test func aMovedCheckoutIsBuiltAnew() throws {
    let checkout = try Checkout()
    try checkout.addBuiltTool()
    let place = ".build/sparring-root"
    #expect(try checkout.run("printf '%s\\n' \"$root\" >\(place); ! was_moved && is_tool_current").status == 0)
    try checkout.write("/somewhere/else\n", to: place)
    #expect(try checkout.run("is_tool_current").status != 0)
    let mended = try checkout.run("mend_moved_checkout; ls -A . .libtorch")
    #expect(mended.status == 0 && mended.output.contains("This folder was moved since it was built"))
    #expect(!mended.lines.contains(".build") && !mended.output.contains("libsparring_torch.so"), "\(mended.output)")
    #expect(try checkout.run("was_moved").status != 0, "nothing is left that was built elsewhere")
  }

  @Test func aNewerOrRemovedSourceMeansBuildingAgain() throws {
    let checkout = try Checkout()
    try checkout.addBuiltTool()
    #expect(try checkout.run("is_tool_current").status == 0)
    try checkout.write("", to: "Sources/Tool/second.swift")
    #expect(try checkout.run("is_tool_current").status == 1)

    try checkout.age("Sources/Tool", "Sources/Tool/second.swift")
    #expect(try checkout.run("is_tool_current").status == 0)
    try FileManager.default.removeItem(at: checkout.folder.appending(path: "Sources/Tool/second.swift"))
    #expect(try checkout.run("is_tool_current").status == 1)
  }

  @Test func aFailedStepShowsWhatItPrintedAndEnds() throws {
    let outcome = try Checkout().run("step 'Trying' sh -c 'echo the cause; exit 3'; echo not reached")
    #expect(outcome.status == 1)
    #expect(outcome.lines.first == "Trying … failed")
    #expect(outcome.output.contains("the cause"))
    #expect(!outcome.output.contains("not reached"))
  }

  @Test func aFailedFetchLeavesNothingBehind() throws {
    let checkout = try Checkout()
    let python = "#!/bin/sh\ncase $* in *--version*) exit 0 ;; esac\necho no network; exit 1\n"
    try checkout.write(python, to: "bin/python3", executable: true)
    let outcome = try checkout.run(
      "has_nvidia_gpu() { return 1; }; fetch_libtorch",
      environment: ["PATH": "\(checkout.folder.path)/bin:/usr/bin:/bin"])
    #expect(outcome.status == 1)
    #expect(outcome.output.contains("no network"))
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: checkout.folder.appending(path: ".libtorch").path) == [])
  }

  /// What a clone needs stays in it; SwiftPM's checkouts come and go, so theirs is kept elsewhere.
  @Test func setupKeepsACheckoutsLibraryInTheUsersData() throws {
    let checkout = try Checkout()
    let script = """
      . Scripts/setup-library.sh
      set_up() { mkdir -p "$torch_link"; }
      is_shim_current() { return 0; }
      mkdir -p Digits/.build/checkouts
      ln -s "$PWD" Digits/.build/checkouts/Sparring
      set_up_library setup
      root=$PWD/Digits/.build/checkouts/Sparring
      set_up_library setup
      """
    let outcome = try checkout.run(script, environment: ["XDG_DATA_HOME": "\(checkout.folder.path)/user data"])
    #expect(outcome.status == 0, "\(outcome.output)")
    let libraries = outcome.lines.filter { $0.hasPrefix("The library through which") }
    try #require(libraries.count == 2, "\(outcome.output)")
    #expect(libraries[0].contains(": \(checkout.folder.path)/.libtorch/libsparring_torch."))
    #expect(libraries[1].contains(": \(checkout.folder.path)/user data/sparring/9.8.7/libsparring_torch."))
  }

  @Test func setupRefusesWhatItDoesNotKnow() throws {
    let outcome = try Checkout().run("./sparring setup everything", loadingSetup: false)
    #expect(outcome.status == 1)
    #expect(outcome.output == "sparring: setup knows --user alone, not 'everything'\n")
  }

  @Test func aMissingFormatterIsSaidAndFailsInCI() throws {
    let checkout = try Checkout()
    try checkout.write("#!/bin/sh\nexit 0\n", to: "bin/swift", executable: true)
    let path = "\(checkout.folder.path)/bin:/usr/bin:/bin"
    for (value, status) in [("", 0), ("true", 1)] {
      let outcome = try checkout.run(
        "bash Scripts/lint.sh", loadingSetup: false, environment: ["PATH": path, "CI": value])
      guard !outcome.output.isEmpty else { continue }
      #expect(outcome.lines.last?.contains("is missing, so the C++ was not checked: type ./test") == true)
      #expect(outcome.status == Int32(status), "\(outcome.output)")
    }
  }

  #if os(Linux)
    @Test func withoutRightsTheExactCommandIsPrinted() throws {
      let checkout = try Checkout()
      for (name, body) in [("apt-get", "exit 9"), ("dpkg-query", ""), ("id", "echo 1000"), ("sudo", "exit 1")] {
        try checkout.write("#!/bin/sh\n\(body)\n", to: "bin/\(name)", executable: true)
      }
      let outcome = try checkout.run(
        "install_packages libpng-dev libarchive-dev",
        environment: ["PATH": "\(checkout.folder.path)/bin:/usr/bin:/bin"])
      #expect(outcome.status == 1)
      #expect(
        outcome.lines.last == "  sudo apt-get update && sudo apt-get install -y libpng-dev libarchive-dev")
    }
  #endif
}
