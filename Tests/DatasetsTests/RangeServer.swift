import Foundation

/// A web server on 127.0.0.1 that serves a folder, honours `Range`, and can hang up too early.
final class RangeServer {
  let address: String
  private let process = Process()
  private let log: String

  /// - Parameters:
  ///   - hangsUpAfter: Bytes after which answers to requests without a range end.
  /// - Returns: nil, with the reason printed, where there is no Python 3.
  init?(_ folder: String, hangsUpAfter: Int? = nil) throws {
    guard try run("python3", ["-c", "import http.server"]) == 0 else {
      print("Skipped: no python3 to run a web server with.")
      return nil
    }
    let scratch = try TemporaryFolder()
    log = folder + "/requests.log"
    let script = try scratch.write(Array(Self.script.utf8), to: "server.py")
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3", script, folder, log, "\(hangsUpAfter ?? -1)"]
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    var line = Data()
    while let byte = try output.fileHandleForReading.read(upToCount: 1), byte != Data([10]), !byte.isEmpty {
      line += byte
    }
    address = "http://127.0.0.1:\(String(decoding: line, as: UTF8.self))/"
  }

  deinit {
    // Not SIGTERM: a process started from a task's thread inherits its blocked signals.
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
  }

  /// One line for each request: the path and its range, if any.
  var requests: [String] {
    ((try? String(contentsOfFile: log, encoding: .utf8)) ?? "").split(separator: "\n").map(String.init)
  }

  private static let script = """
    import http.server, os, sys
    folder, log, limit = sys.argv[1], sys.argv[2], int(sys.argv[3])

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked = self.headers.get("Range")
            with open(log, "a") as lines:
                lines.write(self.path + (" " + asked if asked else "") + "\\n")
            path = folder + self.path
            if not os.path.isfile(path):
                return self.send_error(404)
            data = open(path, "rb").read()
            start = int(asked[len("bytes="):].rstrip("-")) if asked else 0
            if start and start >= len(data):
                return self.send_error(416)
            self.send_response(206 if asked else 200)
            if asked:
                self.send_header("Content-Range", "bytes %d-%d/%d" % (start, len(data) - 1, len(data)))
            self.send_header("Content-Length", str(len(data) - start))
            self.end_headers()
            self.wfile.write(data[start:] if asked or limit < 0 else data[:limit])

        def log_message(self, *arguments):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_address[1], flush=True)
    server.serve_forever()
    """
}
