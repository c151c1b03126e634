import Dispatch
import Foundation
import SparringTraining

/// Turns the first Ctrl-C (or a polite kill, or the closing of the terminal) into a request to save and stop; a second one
/// ends at once.
final class Interrupt {
  let request = StopRequest()
  private var sources: [any DispatchSourceSignal] = []
  /// Those that were terminals when the program began; one that has closed no longer says so.
  private static let terminals = [STDOUT_FILENO, STDERR_FILENO].filter { isatty($0) == 1 }

  init() {
    _ = Self.terminals
    // A parent may have left these signals blocked.
    var mask = sigset_t()
    sigemptyset(&mask)
    sigaddset(&mask, SIGINT)
    sigaddset(&mask, SIGTERM)
    sigaddset(&mask, SIGHUP)
    pthread_sigmask(SIG_UNBLOCK, &mask, nil)
    for number in [SIGINT, SIGTERM, SIGHUP] {
      let before = signal(number, SIG_IGN)
      // Whoever typed nohup wants the run to go on.
      if number == SIGHUP, unsafeBitCast(before, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self) { continue }
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler { [request] in
        if request.isAsked {
          // The system and the shell both tell of a closed terminal: nobody is impatient.
          if number == SIGHUP { return }
          // At once and here: the main thread computes on, so nothing may be torn down under it.
          _exit(128 + number)
        }
        request.ask()
        if number == SIGHUP { Self.leaveTerminal() }
        complain("\nSaving after this step; press Ctrl-C again to stop at once.")
      }
      source.resume()
      sources.append(source)
    }
  }

  /// What is written to a terminal that has closed fails, which must not end the run before it has saved.
  private static func leaveTerminal() {
    let nowhere = open("/dev/null", O_WRONLY)
    for descriptor in [STDOUT_FILENO, STDERR_FILENO] where nowhere >= 0 && Self.terminals.contains(descriptor) {
      dup2(nowhere, descriptor)
    }
  }
}
