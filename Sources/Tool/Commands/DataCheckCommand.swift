import ArgumentParser
import Foundation
import SparringDatasets

extension DataCommand {
  /// One report of everything about a folder of pictures.
  struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "check", abstract: "Says how a folder of pictures is understood, and all that is wrong with it.",
      discussion: """
        Opens every picture. Ends with status 1 where `train` would refuse the folder as it is; what is only left out, or
        doubtful, is said and does no harm.
        """)

    @Argument(help: ArgumentHelp("A folder of pictures, or a .csv of file names and labels.", valueName: "folder"))
    var path: String

    @Flag(help: "Shows every file and duplicate, not only the first of each kind.")
    var all = false

    func run() throws {
      guard case .pictures(let folder) = try DatasetSource(path) else {
        throw ToolError("\(path) is no folder of pictures: `sparring data info \(path)` says what it holds")
      }
      let check = try PictureCheck(folder, progress: ReadingProgress().show)
      show(check)
      list(check.problems, "problem", "problems")
      list(check.unreadable.map(\.message), "picture cannot be read", "pictures cannot be read")
      list(check.leftOut.map { "\($0.path): \($0.reason)" }, "file was left out", "files were left out")
      list(
        check.duplicates.map(Self.words), "picture stands there more than once", "pictures stand there more than once")
      list(check.warnings, "remark", "remarks")
      say()
      guard check.isSound else {
        let hint = check.problems.isEmpty ? ": mend the pictures, or train with --skip-unreadable" : ""
        say("Not ready to train on\(hint).")
        throw ExitCode(1)
      }
      let place = path.contains(" ") ? "'\(path)'" : path
      say(
        check.classes.isEmpty
          ? "Ready, without classes: ./sparring train gan --dataset \(place)"
          : "Ready: ./sparring train photographs --dataset \(place)")
    }

    private func show(_ check: PictureCheck) {
      let width = max(5, check.classes.map(\.name.count).max() ?? 0) + 2
      let hasValidation = check.classes.contains { $0.validation > 0 }
      func row(_ name: String, _ training: String, _ validation: String, _ test: String) {
        func right(_ text: String) -> String { String(repeating: " ", count: max(0, 12 - text.count)) + text }
        say(
          name.padding(toLength: width, withPad: " ", startingAt: 0) + right(training)
            + (hasValidation ? right(validation) : "") + right(test))
      }
      row("class", "training", "validation", "test")
      for entry in check.classes {
        row(entry.name, entry.training.formatted(), entry.validation.formatted(), entry.test.formatted())
      }
      row(
        "all", check.classes.reduce(0) { $0 + $1.training }.formatted(),
        check.classes.reduce(0) { $0 + $1.validation }.formatted(),
        check.classes.reduce(0) { $0 + $1.test }.formatted())
      say()
      say("unlabelled  \(check.unlabelledCount.formatted())")
      say("read as     \(check.layout)")
      say("test        \(check.testOrigin)")
      let shown = check.sizes.prefix(3).map { "\($0.count.formatted()) of \($0.size.height)×\($0.size.width)" }
      let further = check.sizes.count > 3 ? ", \((check.sizes.count - 3).formatted()) further sizes" : ""
      say("sizes       \(shown.joined(separator: ", "))\(further) (height×width)")
    }

    private func list(_ lines: [String], _ one: String, _ many: String) {
      guard !lines.isEmpty else { return }
      say("\n\(lines.count.formatted()) \(lines.count == 1 ? one : many)")
      for line in all ? lines[...] : lines.prefix(8) { say("  \(line)") }
      if !all, lines.count > 8 { say("  … and \((lines.count - 8).formatted()) more (--all)") }
    }

    private static func words(_ duplicate: PictureCheck.Duplicate) -> String {
      let kind =
        duplicate.crossesParts ? "trained on and measured on" : duplicate.crossesClasses ? "in two classes" : "twice"
      return "\(kind): \(duplicate.paths.joined(separator: ", "))"
    }
  }
}
