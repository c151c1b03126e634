import Dispatch
import Foundation
import SparringTraining

/// Turns the first Ctrl-C (or a polite kill) into a request to save and stop; a second one ends at once.
final class Interrupt {
  let request = StopRequest()
  private var sources: [any DispatchSourceSignal] = []

  init() {
    // A parent may have left these signals blocked.
    var mask = sigset_t()
    sigemptyset(&mask)
    sigaddset(&mask, SIGINT)
    sigaddset(&mask, SIGTERM)
    pthread_sigmask(SIG_UNBLOCK, &mask, nil)
    for number in [SIGINT, SIGTERM] {
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler { [request] in
        if request.isAsked { exit(128 + number) }
        request.ask()
        complain("\nSaving after this step; press Ctrl-C again to stop at once.")
      }
      source.resume()
      sources.append(source)
    }
  }
}
