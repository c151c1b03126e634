import SparringEvaluation
import Testing
import SparringRecipes
import SparringTraining

@testable import SparringReporting

@Suite("What the console shows")
struct ConsoleTests {
  final class Output {
    var text = ""
    func console(isTerminal: Bool, usesColor: Bool = false, columns: Int = 200) -> Console {
      Console(isTerminal: isTerminal, usesColor: usesColor, columns: { columns }, write: { self.text += $0 })
    }
  }

  let gan = [MeasuredValue(.discriminator, 0.69314), MeasuredValue(.generator, 0.7)]

  func start(totalSteps: Int = 3000, stepsPerEpoch: Int = 100, firstStep: Int = 0) -> RunStart {
    RunStart(
      recipe: "gan", totalSteps: totalSteps, stepsPerEpoch: stepsPerEpoch, firstStep: firstStep, networks: [])
  }

  func report(_ step: Int, seconds: Double = 10) -> StepReport {
    StepReport(
      step: step, epoch: step / 100 + 1, losses: gan, learningRate: 1e-3, seconds: seconds, imagesPerSecond: 1239.6)
  }

  @Test("zero has no sign", arguments: [(-0.0, 0, "0"), (-0.004, 2, "0.00"), (-0.006, 2, "-0.01"), (0.004, 2, "0.00")])
  func zeroHasNoSign(value: Double, digits: Int, text: String) {
    #expect(Format.fixed(value, digits) == text)
    #expect(Format.percent(value / 100, digits: digits) == text + "%")
    #expect(Format.fixed(-.infinity, digits) == "-inf")
  }

  @Test("the epoch's line has exactly the agreed form")
  func epochLine() {
    let report = EpochReport(
      epoch: 3, totalEpochs: 100, step: 300,
      losses: [MeasuredValue(.discriminator, 0.69314), MeasuredValue(.generator, 0.69314)])
    #expect(ProgressText.epoch(report) == "Epoch 3/100  loss D 0.6931  loss G 0.6931")
    let kept = Quantity("kept", title: "share kept", short: "kept", unit: .share)
    let other = EpochReport(
      epoch: 1, totalEpochs: 2, step: 1,
      losses: [
        MeasuredValue(.classifier, .nan), MeasuredValue(kept, 0.5), MeasuredValue(Quantity("other"), 1e-6),
      ])
    #expect(ProgressText.epoch(other) == "Epoch 1/2  loss classifier not a number  kept 50.00%  other 1.000e-06")
  }

  @Test("the live line, and what it drops as the window narrows")
  func liveLine() {
    func line(_ columns: Int) -> String {
      ProgressText.live(
        report(1230), of: start(), secondsLeft: 133, measured: nil, label: "seed 3", columns: columns)
    }
    #expect(
      line(200)
        == "seed 3  ━━━━━━━━────────────   41%  step 1,230/3,000  epoch 13/30  1,240 images/s  2:13 left  "
        + "loss D 0.6931  loss G 0.7000")
    #expect(line(80) == "seed 3   41%  step 1,230/3,000  2:13 left  loss D 0.6931  loss G 0.7000")
    #expect(line(30) == "seed 3   41%  2:13 left")
    #expect(line(4) == " 41")
    for columns in 1...120 { #expect(line(columns).count < max(1, columns)) }
  }

  @Test("time left is the pace since the beginning, or since a resumed run's first report")
  func timeLeft() {
    #expect(ProgressText.secondsLeft(report(1000, seconds: 50), totalSteps: 3000, since: (0, 0)) == 100)
    #expect(ProgressText.secondsLeft(report(1000, seconds: 50), totalSteps: 3000, since: (500, 30)) == 80)
    #expect(ProgressText.secondsLeft(report(500, seconds: 50), totalSteps: 3000, since: (500, 50)) == nil)
  }

  @Test("not a terminal: a line per epoch and no control characters")
  func quiet() {
    let output = Output()
    let progress = ConsoleProgress(console: output.console(isTerminal: false))
    progress.show(.started(start(totalSteps: 200)))
    progress.show(.stepped(report(50)))
    progress.show(.epochEnded(EpochReport(epoch: 1, totalEpochs: 2, step: 100, losses: gan)))
    progress.show(.warned(StabilityWarning(step: 1200, message: "the discriminator wins")))
    progress.show(.measured(.init(step: 200, split: "test", values: [MeasuredValue(.accuracy, 0.934)])))
    progress.show(.finished(RunEnd(step: 200, isComplete: true, seconds: 125, imagePasses: 1)))
    #expect(
      output.text == """
        Epoch 1/2  loss D 0.6931  loss G 0.7000
        Warning at step 1,200: the discriminator wins
        Done: step 200 after 2:05, accuracy 93.40% (test)

        """)
  }

  @Test("not a terminal and no epochs to speak of: a line per tenth")
  func tenths() {
    let output = Output()
    let progress = ConsoleProgress(console: output.console(isTerminal: false))
    progress.show(.started(start(totalSteps: 1000, stepsPerEpoch: 1)))
    for step in stride(from: 10, through: 1000, by: 10) {
      progress.show(.stepped(report(step, seconds: Double(step))))
      progress.show(.epochEnded(EpochReport(epoch: step, totalEpochs: 1000, step: step, losses: gan)))
    }
    let lines = output.text.split(separator: "\n")
    #expect(lines.count == 10)
    #expect(lines[0] == " 10%  step 100/1,000  1,240 images/s  15:00 left  loss D 0.6931  loss G 0.7000")
    #expect(!output.text.contains("\u{1B}"))
  }

  @Test("a terminal: the live line is drawn over, and taken away before what stays")
  func terminal() {
    let output = Output()
    let progress = ConsoleProgress(console: output.console(isTerminal: true, usesColor: true, columns: 40))
    progress.show(.started(start()))
    progress.show(.stepped(report(30)))
    progress.show(.warned(StabilityWarning(step: 30, message: "watch out")))
    #expect(
      output.text
        == "\r\u{1B}[2K  1%  step 30/3,000  16:30 left\r\u{1B}[2K\u{1B}[33mWarning at step 30: watch out\u{1B}[0m\n")
  }

  @Test("no colour where it is refused")
  func noColor() {
    #expect(!Console.standardOutput(environment: ["NO_COLOR": "1"]).usesColor)
    let output = Output()
    let progress = ConsoleProgress(console: output.console(isTerminal: true))
    progress.show(.warned(StabilityWarning(step: 30, message: "watch out")))
    #expect(output.text == "Warning at step 30: watch out\n")
  }

  @Test("a resumed run says so, and an interrupted one how it stands")
  func resumed() {
    let output = Output()
    let progress = ConsoleProgress(console: output.console(isTerminal: false), label: "seed 1")
    progress.show(.started(start(firstStep: 1500)))
    progress.show(.finished(RunEnd(step: 1600, isComplete: false, seconds: 30, imagePasses: 1)))
    #expect(
      output.text
        == "seed 1: Resumed after step 1,500\nseed 1: Stopped, and can be resumed: step 1,600 after 30 s\n")
  }

  @Test("numbers as people read them")
  func formats() {
    #expect(Format.points(0.12321) == "+12.32" && Format.points(-0.005) == "−0.50" && Format.points(-1e-9) == "0.00")
    #expect(
      Format.pValue(0.0312) == "p = 0.031" && Format.pValue(0.5) == "p = 0.50" && Format.pValue(1e-5) == "p < 0.001")
    #expect(Format.count(0) == "0" && Format.count(1234567) == "1,234,567" && Format.count(-1000) == "−1,000")
    #expect(Format.duration(59.6) == "1:00" && Format.duration(3723) == "1:02:03" && Format.duration(.nan) == "?")
    #expect(Format.duration(200_000) == "2 d 7 h")
  }
}
