extension Results {
  /// Relates what was measured to the ceilings and to the targets.
  mutating func relate(to plans: [Plan]) {
    for plan in plans {
      guard let index = works.firstIndex(where: { $0.name == plan.name }) else { continue }
      works[index].relate(to: ceilings, repetitionsPerUnit: plan.repetitionsPerUnit)
    }
    targets = Target.all(isGPU: machine.device.hasPrefix("cuda")).compactMap(judged)
  }

  /// Nil where the work was not measured at all.
  private func judged(_ target: Target) -> TargetResult? {
    guard let work = work(target.work), let own = work.entries.first else { return nil }
    let sign = target.isLimit ? "≤" : "≥"
    func result(_ against: String, _ value: Summary?, asPercentage: Bool = false) -> TargetResult {
      func text(_ number: Double) -> String {
        asPercentage ? decimal(number * 100, 1) + "%" : decimal(number, 2) + "×"
      }
      return TargetResult(
        work: work.name, title: work.title, against: against, target: "\(sign) \(text(target.ratio))",
        value: value.map { text($0.median) } ?? "not measured",
        range: value.map { "\(text($0.low)) to \(text($0.high))" } ?? "",
        isReached: value.map { target.isLimit ? $0.median <= target.ratio : $0.median >= target.ratio })
    }
    switch target.against {
    case .form(let name): return result(name, work.entry(name)?.ratio)
    case .best(let family):
      let rivals = work.entries.filter {
        Form(name: $0.form).isPeer && $0.form.hasPrefix(family) && $0.ratio != nil
      }
      let best = rivals.min { ($0.ratio?.median ?? .infinity) < ($1.ratio?.median ?? .infinity) }
      let whose = family.isEmpty ? "best peer" : "best of \(family)"
      return result(best.map { "\(whose): \($0.form)" } ?? whose, best?.ratio)
    case .ceiling:
      let share = ceilings.flatMap { ceilings in
        work.gigaflop.flatMap { flop in
          Summary(own.rounds.map { flop / ($0 / 1000) / (ceilings.matmulBF16 ?? ceilings.matmulFP32) })
        }
      }
      return result("matmul ceiling", share, asPercentage: true)
    case .share(let name):
      let whole = self.work(name)?.entries.first?.summary?.median
      return result(
        "\(name)'s step", whole.flatMap { whole in Summary(own.rounds.map { $0 / whole }) }, asPercentage: true)
    case .part(let name):
      let ratio = work.entry(name)?.ratio
      return result(name, ratio.flatMap { Summary([1 / $0.median, 1 / $0.low, 1 / $0.high]) })
    }
  }
}

extension Results.WorkResult {
  fileprivate mutating func relate(to ceilings: Results.Ceilings?, repetitionsPerUnit: Int) {
    guard let gigaflop else { return }
    for index in entries.indices {
      guard let milliseconds = entries[index].summary?.median else { continue }
      let rate = gigaflop * Double(repetitionsPerUnit) / (milliseconds / 1000)
      let ceiling = Form(name: entries[index].form).isBFloat16 ? ceilings?.matmulBF16 : ceilings?.matmulFP32
      entries[index].gigaflops = rate
      entries[index].ceilingShare = ceiling.map { rate / $0 }
    }
  }
}
