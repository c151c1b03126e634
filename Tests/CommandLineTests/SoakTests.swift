import Foundation
import Testing

/// A few kills and faults here; hundreds by hand: `Scripts/faults/soak.py --kills 200 --faults 500`.
@Suite struct Soak {
  @Test func runsGoOnAfterKillsAndFaults() throws {
    let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Scripts/faults/soak.py")
    func isThere(_ program: String) -> Bool {
      (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").contains {
        FileManager.default.isExecutableFile(atPath: "\($0)/\(program)")
      }
    }
    #if !os(Linux)
      print("Skipped: faults are put before the C library, which works on Linux only.")
    #else
      guard isThere("python3"), ["cc", "clang", "gcc"].contains(where: isThere) else {
        print("Skipped: the soak needs python3 and a C compiler.")
        return
      }
      let process = Process()
      let output = Pipe()
      process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
      process.arguments = ["python3", script.path, "--kills", "3", "--faults", "8", "--tool", Tool.executable.path]
      (process.standardOutput, process.standardError) = (output, output)
      try process.run()
      let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      process.waitUntilExit()
      #expect(process.terminationStatus == 0 && text.contains(": 0 failures"), "\(text)")
    #endif
  }
}
