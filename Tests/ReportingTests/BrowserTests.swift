import Foundation
import Testing

@testable import SparringReporting

/// A browser without a window, where this machine has one.
struct HeadlessBrowser {
  let program: URL

  static let found: HeadlessBrowser? = {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)
    let candidates = folders.flatMap { folder in
      ["chromium", "chromium-browser", "google-chrome"].map { "\(folder)/\($0)" }
    }
    return candidates.first { FileManager.default.isExecutableFile(atPath: $0) }
      .map { HeadlessBrowser(program: URL(fileURLWithPath: $0)) }
  }()

  /// Opens a page.
  /// - Returns: The document as the browser understood it, and the addresses that it asked the network for.
  func open(_ page: URL, scratch: URL) throws -> (document: String, requests: [String]) {
    let (log, output) = (
      scratch.appendingPathComponent("network.json"), scratch.appendingPathComponent("document.html")
    )
    try Data().write(to: output)
    let process = Process()
    process.executableURL = program
    process.arguments = [
      "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--host-resolver-rules=MAP * ~NOTFOUND", "--timeout=20000",
      "--user-data-dir=\(scratch.appendingPathComponent("profile").path)", "--log-net-log=\(log.path)", "--dump-dom",
      page.absoluteString,
    ]
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    let addresses = try String(contentsOf: log, encoding: .utf8).components(separatedBy: "\"url\":\"").dropFirst()
      .map { String($0.prefix { $0 != "\"" }) }
    // What the browser asks for itself (time, updates) is not the page's doing.
    let own = [".google.com/", ".googleapis.com/", ".gvt1.com/"]
    let requests = addresses.filter { address in
      address.hasPrefix("http") && !own.contains { address.contains($0) }
    }
    return (try String(contentsOf: output, encoding: .utf8), requests)
  }
}

@Suite(
  "The report in a browser", .serialized,
  .enabled(if: HeadlessBrowser.found != nil, "no chromium or google-chrome on the path"))
struct BrowserTests {
  @Test("the report opens whole and asks the network for nothing")
  func report() throws {
    try withTemporaryFolder { runs in
      let folder = try makeComparison(in: runs, baseline: [0.80, 0.81, 0.82], method: [0.91, 0.92, 0.935])
      let page = try Report.write(comparisonIn: folder)
      let browser = try #require(HeadlessBrowser.found)
      let (document, requests) = try browser.open(page, scratch: runs)
      #expect(requests.isEmpty)
      #expect(document.contains("<h1>MNIST with 100 labels</h1>"))
      #expect(document.components(separatedBy: "<h2>").count - 1 == 3)
      #expect(document.components(separatedBy: "<h3>").count - 1 == 6)
      #expect(document.components(separatedBy: "<figure class=\"chart\">").count - 1 == 4)
      #expect(document.components(separatedBy: "<img ").count - 1 == 7)
      #expect(document.components(separatedBy: "<th scope=\"row\">").count - 1 == 7)
      #expect(document.hasSuffix("</footer>\n\n\n</body></html>\n"))
    }
  }

  @Test("a study's page opens whole and asks the network for nothing")
  func study() throws {
    try withTemporaryFolder { place in
      let page = try Report.write(study: makeStudy(in: place))
      let browser = try #require(HeadlessBrowser.found)
      let (document, requests) = try browser.open(page, scratch: place)
      #expect(requests.isEmpty)
      #expect(document.contains("<h1>mine</h1>"))
      #expect(document.components(separatedBy: "<figure class=\"chart\">").count - 1 == 2)
      #expect(document.components(separatedBy: "<table>").count - 1 == 3)
      #expect(document.components(separatedBy: "<tr class=\"null\">").count - 1 == 4)
      #expect(document.hasSuffix("</footer>\n\n\n</body></html>\n"))
    }
  }

  @Test("a page that does ask is caught")
  func control() throws {
    try withTemporaryFolder { folder in
      let page = folder.appendingPathComponent("page.html")
      try Data("<!doctype html><img src=\"http://elsewhere.invalid/a.png\">".utf8).write(to: page)
      let browser = try #require(HeadlessBrowser.found)
      #expect(try browser.open(page, scratch: folder).requests.contains { $0.contains("elsewhere.invalid") })
    }
  }
}
