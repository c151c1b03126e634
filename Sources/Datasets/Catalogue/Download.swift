import Foundation

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// One file on its way from an address to a `.part` file, continued where an earlier attempt stopped.
///
/// - Invariant: all mutable state is guarded by `lock`; the session calls its delegate on a serial
///   queue, the caller only waits and reads.
final class Download: NSObject, URLSessionDataDelegate, @unchecked Sendable {
  private let path: String
  private let resumedAt: Int
  private let lock = NSLock()
  private let ended = DispatchSemaphore(value: 0)

  private var file: FileHandle?
  private var received: Int
  private var total: Int?
  private var failure: String?
  private var isStale = false

  private init(path: String, resumedAt: Int) {
    (self.path, self.resumedAt, received) = (path, resumedAt, resumedAt)
  }

  /// Downloads `address` to `path`, appending to what is there.
  ///
  /// - Parameter progress: Called with the bytes there so far and, where known, in all.
  /// - Returns: Whether bytes of an earlier attempt were there, which may have been wrong.
  /// - Throws: ``DatasetError`` with the reason; what has arrived stays for the next attempt.
  static func run(
    _ address: URL, to path: String, progress: (_ received: Int, _ total: Int?) -> Void
  ) throws(DatasetError) -> Bool {
    let there = (try? FileManager.default.attributesOfItem(atPath: path))?[.size] as? NSNumber
    let download = Download(path: path, resumedAt: there?.intValue ?? 0)
    try download.start(address, progress)
    return download.resumedAt > 0
  }

  private func start(_ address: URL, _ progress: (Int, Int?) -> Void) throws(DatasetError) {
    var request = URLRequest(url: address)
    if resumedAt > 0 { request.setValue("bytes=\(resumedAt)-", forHTTPHeaderField: "Range") }
    let configuration = URLSessionConfiguration.ephemeral
    configuration.timeoutIntervalForRequest = 30
    let session = URLSession(configuration: configuration, delegate: self, delegateQueue: nil)
    session.dataTask(with: request).resume()
    while ended.wait(timeout: .now() + .milliseconds(100)) == .timedOut { report(progress) }
    session.finishTasksAndInvalidate()
    report(progress)
    lock.lock()
    defer { lock.unlock() }
    try? file?.close()
    if let failure { throw DatasetError(failure) }
  }

  private func report(_ progress: (Int, Int?) -> Void) {
    lock.lock()
    let (received, total) = (received, total)
    lock.unlock()
    progress(received, total)
  }

  func urlSession(
    _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
    completionHandler: @escaping (URLSession.ResponseDisposition) -> Void
  ) {
    lock.lock()
    defer { lock.unlock() }
    let status = (response as? HTTPURLResponse)?.statusCode ?? 0
    switch status {
    case 200, 206:
      failure = open(keeping: status == 206 ? resumedAt : 0)
      if response.expectedContentLength > 0 { total = received + Int(response.expectedContentLength) }
    // The server has nothing beyond what is there: that is the whole file, or another one.
    case 416 where resumedAt > 0: isStale = true
    default: failure = "the server answered with status \(status)"
    }
    completionHandler(failure == nil && !isStale ? .allow : .cancel)
  }

  /// Opens the part, cut to `count` bytes; returns what went wrong.
  private func open(keeping count: Int) -> String? {
    if !FileManager.default.fileExists(atPath: path) {
      _ = FileManager.default.createFile(atPath: path, contents: nil)
    }
    guard let file = FileHandle(forWritingAtPath: path) else { return "\(path) cannot be written" }
    do {
      try file.truncate(atOffset: UInt64(count))
      try file.seekToEnd()
    } catch {
      return "\(path) cannot be written: \(error.localizedDescription)"
    }
    (self.file, received) = (file, count)
    return nil
  }

  func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
    lock.lock()
    defer { lock.unlock() }
    guard failure == nil, let file else { return }
    do {
      try file.write(contentsOf: data)
      received += data.count
    } catch {
      failure = "\(path) cannot be written: \(error.localizedDescription)"
      dataTask.cancel()
    }
  }

  func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
    lock.lock()
    if let error, failure == nil, !isStale { failure = error.localizedDescription }
    if failure == nil, let total, received < total {
      failure = "the connection ended after \(received) of \(total) bytes"
    }
    lock.unlock()
    ended.signal()
  }
}
