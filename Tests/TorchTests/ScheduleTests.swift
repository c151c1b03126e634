import Foundation
import Testing
import SparringTorch

@Suite struct ScheduleTests {
  @Test func constantStaysAtThePeak() {
    #expect(LearningRateSchedule.constant.factor(step: 0, of: 10) == 1)
    #expect(LearningRateSchedule.constant.factor(step: 99, of: 10) == 1)
  }

  @Test func linearDecayBeginsAtItsFraction() {
    let schedule = LearningRateSchedule.linear(decayStart: 0.5)
    let factors = [0, 50, 75, 99, 100, 200].map { schedule.factor(step: $0, of: 100) }
    for (found, expected) in zip(factors, [1, 1, 0.5, 0.02, 0, 0]) { #expect(abs(found - expected) < 1e-12) }
  }

  @Test func cosineEndsAtItsFinalFactor() {
    let schedule = LearningRateSchedule.cosine(finalFactor: 0.2)
    let factors = [0, 25, 50, 100].map { schedule.factor(step: $0, of: 100) }
    let quarter = 0.2 + 0.8 * (1 + 0.5.squareRoot()) / 2
    for (found, expected) in zip(factors, [1, quarter, 0.6, 0.2]) { #expect(abs(found - expected) < 1e-12) }
  }

  @Test func warmUpClimbsToThePeakBeforeTheDecay() {
    let schedule = LearningRateSchedule.linear(warmUpSteps: 4)
    let factors = [0, 1, 3, 4, 7, 10].map { schedule.factor(step: $0, of: 10) }
    for (found, expected) in zip(factors, [0.25, 0.5, 1, 1, 0.5, 0]) { #expect(abs(found - expected) < 1e-12) }
  }

  @Test func shortTrainingsAndEmptyOnesHaveAFactor() {
    #expect(LearningRateSchedule.cosine().factor(step: 0, of: 0) == 0)
    #expect(LearningRateSchedule.linear(decayStart: 1).factor(step: 9, of: 10) == 1)
    #expect(LearningRateSchedule.linear(warmUpSteps: 20).factor(step: 9, of: 10) == 0.5)
  }

  @Test func isReadWithDefaultsAndWrittenWhole() throws {
    let text = Data(#"{"decay": "linear", "decayStart": 0.25}"#.utf8)
    let schedule = try JSONDecoder().decode(LearningRateSchedule.self, from: text)
    #expect(schedule == .linear(decayStart: 0.25))
    let again = try JSONDecoder().decode(LearningRateSchedule.self, from: JSONEncoder().encode(schedule))
    #expect(again == schedule)
    let unknown = Data(#"{"decay": "steep"}"#.utf8)
    #expect(throws: DecodingError.self) { try JSONDecoder().decode(LearningRateSchedule.self, from: unknown) }
  }
}
