import SparringDatasets
import Foundation
import Testing

@Suite("Splits")
struct LabelledSplitTests {
  /// 3 classes of 20 images each, taking turns.
  private let labels = (0..<60).map { $0 % 3 }

  private func counts(_ indices: [Int]) -> [Int] { (0..<3).map { label in indices.count { labels[$0] == label } } }

  @Test func labelsAreSharedEquallyAndTheRestIsUnlabelled() throws {
    let split = try LabelledSplit.balanced(labels: labels, labelCount: 12, classCount: 3, seed: 7)
    #expect(counts(split.labelled) == [4, 4, 4])
    #expect(split.labelled == split.labelled.sorted())
    #expect(split.validation.isEmpty)
    #expect(split.unlabelled == Array(0..<60))
  }

  @Test func validationTakesItsImagesFromTheBudgetOrFromTheRest() throws {
    let carved = try LabelledSplit.balanced(
      labels: labels, labelCount: 12, classCount: 3, seed: 7, validation: .fromLabelled(3))
    #expect(counts(carved.labelled) == [3, 3, 3])
    #expect(counts(carved.validation) == [1, 1, 1])
    let held = try LabelledSplit.balanced(
      labels: labels, labelCount: 12, classCount: 3, seed: 7, validation: .heldOut(30))
    #expect(counts(held.labelled) == [4, 4, 4])
    #expect(counts(held.validation) == [10, 10, 10])
    for split in [carved, held] {
      #expect(Set(split.labelled).isDisjoint(with: split.validation))
      #expect((split.unlabelled + split.validation).sorted() == Array(0..<60))
    }
  }

  @Test func labelsMayFollowTheDataInstead() throws {
    // 50, 30, 18 and 2 images: of 12 labels 6, 3.6, 2.16 and 0.24, so the second is rounded up and the last gets one.
    let sizes = [50, 30, 18, 2]
    let labels = sizes.enumerated().flatMap { [Int](repeating: $0.offset, count: $0.element) }
    func draw(_ count: Int, _ validation: LabelledSplit.Validation = .none) throws -> LabelledSplit {
      try .drawn(.natural, labels: labels, labelCount: count, classCount: 4, seed: 3, validation: validation)
    }
    func counts(_ indices: [Int]) -> [Int] { (0..<4).map { label in indices.count { labels[$0] == label } } }
    #expect(try counts(draw(12).labelled) == [5, 4, 2, 1])
    #expect(try counts(draw(50).labelled) == [25, 15, 9, 1])
    #expect(try counts(draw(4).labelled) == [1, 1, 1, 1])
    #expect(try counts(draw(100).labelled) == sizes)
    // Validation images need not show every class.
    let held = try draw(12, .heldOut(10))
    #expect(counts(held.validation) == [5, 3, 2, 0] && counts(held.labelled) == [5, 4, 2, 1])
    #expect(Set(held.labelled).isDisjoint(with: held.validation))
    #expect(try draw(12) == draw(12))
    #expect(message { _ = try draw(3) }.contains("no label is left to train on for class"))
  }

  @Test func seedsRepeatAndDiffer() throws {
    func draw(_ seed: UInt64) throws -> LabelledSplit {
      try LabelledSplit.balanced(labels: labels, labelCount: 12, classCount: 3, seed: seed)
    }
    #expect(try draw(1) == draw(1))
    #expect(try draw(1).labelled != draw(2).labelled)
    #expect(try draw(1).hash != draw(2).hash)
  }

  @Test func imagesWithoutLabelsAreNeverDrawnAsLabelled() throws {
    let split = try LabelledSplit.balanced(labels: [-1, 0, -1, 1, 0], labelCount: nil, classCount: 2, seed: 0)
    #expect(split.labelled == [1, 3, 4])
    #expect(split.unlabelled == [0, 1, 2, 3, 4])
  }

  @Test func impossibleRequestsAreExplained() throws {
    func draw(_ count: Int, _ validation: LabelledSplit.Validation = .none) -> String {
      message {
        _ = try LabelledSplit.balanced(
          labels: labels, labelCount: count, classCount: 3, seed: 0, validation: validation)
      }
    }
    #expect(draw(63) == "63 labels are asked for, but only 60 labelled examples are there")
    #expect(draw(60, .heldOut(3)) == "60 labels are asked for, but only 57 labelled examples are there")
    #expect(draw(2).contains("no label is left to train on for class 2: ask for at least 3 labels"))
    #expect(draw(6, .fromLabelled(6)).contains("some must be left to train on"))
    #expect(draw(0).contains("at least one for each class"))
    #expect(draw(-3).contains("-3 labels are asked for"))
  }

  @Test func sharesAreAsEqualAsTheyCanBe() throws {
    func counts(_ labels: [Int], _ count: Int) throws -> [Int] {
      let split = try LabelledSplit.balanced(labels: labels, labelCount: count, classCount: 3, seed: 0)
      return (0..<3).map { label in split.labelled.count { labels[$0] == label } }
    }
    #expect(try counts(labels, 10) == [4, 3, 3])
    #expect(try counts(labels, 11) == [4, 4, 3])
    // What a small class lacks is shared by the others.
    let unequal = [Int](repeating: 0, count: 20) + [1, 1] + [Int](repeating: 2, count: 9)
    #expect(try counts(unequal, 12) == [5, 2, 5])
    #expect(try counts(unequal, 31) == [20, 2, 9])
  }

  @Test func aSavedSplitReadsBackAndAChangedOneIsRefused() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/split.json"
    let split = try LabelledSplit.balanced(
      labels: labels, labelCount: 6, classCount: 3, seed: 3, validation: .fromLabelled(3))
    try split.save(to: path)
    #expect(try LabelledSplit(contentsOf: path) == split)

    let text = try String(contentsOfFile: path, encoding: .utf8)
    let changed = text.replacing("\"labelled\":[\(split.labelled[0]),", with: "\"labelled\":[59,")
    #expect(changed != text)
    try changed.write(toFile: path, atomically: true, encoding: .utf8)
    #expect(message { _ = try LabelledSplit(contentsOf: path) }.contains("\(path): the split's indices were changed"))
    try "[]".write(toFile: path, atomically: true, encoding: .utf8)
    #expect(message { _ = try LabelledSplit(contentsOf: path) }.contains("is no saved split"))
    #expect(message { _ = try LabelledSplit(contentsOf: path + "x") }.contains("does not exist"))
    #expect(message { try split.save(to: folder.path + "/none/split.json") }.contains("could not be written"))
  }

  @Test func theHashIsSHA256OfSeedAndLists() throws {
    let split = try LabelledSplit.balanced(labels: [0, 1], labelCount: 2, classCount: 2, seed: 5)
    // printf '5\n0,1\n\n0,1' | sha256sum
    #expect(split.hash == "414078279b04a2a8f02577ad309dcd061bd027bd997a76066768fbfa34f3cb26")
  }
}
