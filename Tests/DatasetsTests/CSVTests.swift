import Foundation
import SparringTorch
import Testing

@testable import SparringDatasets

@Suite("Tables of text")
struct CSVTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private func read(
    _ text: String, label: CSV.LabelColumn = .automatic, header: ExampleFile.Options.Header = .auto,
    like expected: CSV.Expected? = nil
  ) throws -> ExampleTable {
    try CSV.read(
      folder.write(Array(text.utf8), to: "table.csv"), labelColumn: label, header: header, like: expected)
  }

  private func numbers(_ table: ExampleTable) throws -> [Double] { try table.examples.array(of: Double.self) }

  @Test func labelsAreFoundByTheirColumnsName() throws {
    for (name, header) in [("label", "a,label,b"), ("Class", "a,Class,b"), ("TARGET", "a,\"TARGET\",b")] {
      let table = try read("\(header)\n1,cat,2\n3,,4\n5,dog,6.5\n")
      #expect(try numbers(table) == [1, 2, 3, 4, 5, 6.5], "\(name)")
      #expect(table.labels == ["cat", nil, "dog"])
      #expect(table.featureNames == ["a", "b"])
      #expect(table.lines == [2, 3, 4])
    }
  }

  @Test func theHeaderIsOptional() throws {
    let bare = try read("1,2,3\n4,5,6")
    #expect(try numbers(bare) == [1, 2, 3, 4, 5, 6])
    #expect(bare.featureNames == nil && bare.labels == [nil, nil])
    let flowers = try read("5.1,3.5,setosa\n4.9,3.0,virginica\n4,4,\n")
    #expect(flowers.examples.shape == [3, 2] && flowers.labels == ["setosa", "virginica", nil])
    let last = try read("1,2,3\n4,5,6", label: .last)
    #expect(last.labels == ["3", "6"] && last.examples.shape == [2, 2])
    let named = try read("width,kind,height\n1,3,2\n", label: .named("kind"))
    #expect(named.labels == ["3"] && named.featureNames == ["width", "height"])
    let none = try read("a,label\n1,2\n", label: .none)
    #expect(none.examples.shape == [1, 2])
    // As tables are written from arrays without names.
    #expect(message { _ = try read("0,1,2\n7,8,9\n") }.contains("dataset.file.header=present or =absent"))
    let counted = try read("0,1,2\n7,8,9\n", header: .present)
    #expect(try numbers(counted) == [7, 8, 9] && counted.featureNames == ["0", "1", "2"])
    #expect(try numbers(read("0,1,2\n7,8,9\n", header: .absent)) == [0, 1, 2, 7, 8, 9])
    let same = CSV.Expected(names: ["0", "1", "2"], count: 3, source: "train.csv")
    #expect(try numbers(read("0,1,2\n7,8,9\n", like: same)) == [7, 8, 9])
    #expect(try numbers(read("a,b\n1,2\n", header: .present)) == [1, 2])
  }

  @Test func whatStandsForAMissingLabelIsNone() throws {
    for word in ["NA", "N/A", "NaN", "nan", "null", "NULL", "<NA>", "\"\""] {
      #expect(try read("a,label\n1,x\n2,\(word)\n").labels == ["x", nil], "\(word)")
    }
    // Namibia's code, as R writes it beside what is missing.
    #expect(try read("a,label\n1,\"NA\"\n2,NA\n").labels == ["NA", nil])
  }

  @Test func minusOneIsNoneBesideZeroAndMore() throws {
    func classes(_ labels: String?...) throws -> ClassList { try ClassList(labels, source: "table.csv") }
    let some = try classes("0", "2", "-1", "1")
    #expect(some.names == ["0", "1", "2"] && some.isNone("-1.0") && !some.isNone("0") && some.index(of: "-1") == nil)
    let signs = try classes("-1", "1", nil)
    #expect(signs.names == ["-1", "1"] && !signs.isNone("-1") && signs.index(of: "1") == 1)
    #expect(try classes("-2", "-1", "0").names == ["-2", "-1", "0"])
    // A test file may have rows of no class though the training file has none.
    #expect(try classes("0", "2").isNone("-1") && !classes("x").isNone("-1"))
    for labels in [["-1", "0", "1"], ["-1", "0"]] {
      #expect(
        message { _ = try ClassList(labels, source: "t.csv") }.contains("-1 may be a class or stand for none"),
        "\(labels)")
    }
    let file = try folder.write([UInt8]("a,label\n1,0\n2,-1\n3,1\n4,2\n5,0\n6,1\n7,2\n".utf8), to: "some.csv")
    let facts = try ExampleFile.load(file).facts
    #expect(facts.classNames == ["0", "1", "2"] && facts.counts?.training == 4 && facts.counts?.labelled == 3)
  }

  /// Spectra are named by their wavelengths.
  @Test func namesThatAreNumbersAreAskedAbout() throws {
    let spectra = "400,401,species\n0.1,0.2,oak\n0.3,0.2,fir\n0.1,0.5,oak\n"
    #expect(message { _ = try read(spectra) }.contains("line 1 ends 'species', which no other line does"))
    #expect(try read(spectra, header: .present).featureNames == ["400", "401"])
    #expect(try read(spectra, header: .absent).labels.count == 4)
    #expect(try read("1,2,oak\n3,4,fir\n5,6,oak\n7,8,fir\n").labels.count == 4)
  }

  @Test func namesAreDistinct() throws {
    #expect(message { _ = try read("x,x,label\n1,2,a\n") }.contains("columns 1 and 2 are all called 'x'"))
    let expected = CSV.Expected(names: ["x", "y"], count: 2, source: "train.csv")
    #expect(message { _ = try read("y,x,x\n1,2,3\n", like: expected) }.contains("columns 2 and 3"))
    #expect(try numbers(read("y,z,z,x\n1,2,3,4\n", like: expected)) == [4, 1])
  }

  @Test func everyWayOfWritingLinesAndFieldsReads() throws {
    let expected = [1.0, 2, 3, 4]
    for text in [
      "a,b\r\n1,2\r\n3,4\r\n", "a,b\r1,2\r3,4", "a,b\n\n1,2\n\n\n3,4\n\n", "\u{FEFF}a,b\n1,2\n3,4",
      " a , b \n 1 ,\t2 \n3,4", "\"a\",\"b\"\n\"1\", \"2\" \n3,\"4\"", "\"a,\n\"\"x\"\"\",b\n1,2\n3,4",
    ] {
      #expect(try numbers(read(text)) == expected, "\(text.debugDescription)")
    }
    let table = try read("\"a, \"\"quoted\"\"\nname\",label\n1,\"x\ny\"\n2,\"\"\"\"\n")
    #expect(table.featureNames == ["a, \"quoted\"\nname"])
    #expect(table.labels == ["x\ny", "\""])
    #expect(table.lines == [3, 5], "a field with a line end counts as two lines")
  }

  @Test func numbersAreReadExactly() throws {
    let texts = [
      "0.1", "-0.3", "123456789012345", "1e-7", "2.5E3", "+4", ".5", "5.", "0.000123", "3.141592653589793238",
      "123456789.123456", "-0", "1e30", "9007199254740993",
    ]
    let table = try read(texts.joined(separator: "\n"))
    #expect(try numbers(table) == texts.map { Double($0) ?? .nan })
  }

  @Test func whatIsWrongIsNamedByLineAndColumn() throws {
    func refusal(_ text: String, _ label: CSV.LabelColumn = .automatic) -> String {
      message { _ = try read(text, label: label) }
    }
    #expect(refusal("a,b\n1,2\n3\n").contains("table.csv, line 3: 1 fields, but the first line has 2"))
    #expect(refusal("a,b\n\n1,2\n3,4,5\n").contains("line 4: 3 fields"))
    #expect(refusal("a,b\n1,nan\n").contains("line 2, column 'b' is 'nan'"))
    #expect(refusal("1,2\n1,-inf\n").contains("line 2, column 2 is '-inf'"))
    #expect(refusal("a,b\n1,1e40\n").contains("is '1e40'"))
    #expect(refusal("a,b,label\n1,,x\n").contains("line 2, column 'b' is empty"))
    #expect(refusal("a,b,label\n1,two,x\n").contains("line 2, column 'b' is 'two'"))
    #expect(refusal("a,b\n1,\"2\n3,4\n").contains("line 2: a quoted field is never closed"))
    #expect(refusal("a,b\n1,\"2\"3\n").contains("line 2: a quoted field goes on"))
    #expect(refusal("").contains("is empty"))
    #expect(refusal("\n\n\n").contains("is empty"))
    #expect(refusal("a,b\n").contains("no rows"))
    #expect(refusal("label\nx\n").contains("no column of numbers"))
    #expect(refusal("class,label,a\nx,y,1\n").contains("'class' and 'label'"))
    #expect(refusal(",a,label\n0,1,x\n").contains("column 1 has no name"))
    #expect(refusal("a,b\n1,2\n", .named("kind")).contains("no column 'kind' for dataset.file.labelColumn"))
    #expect(
      message { _ = try CSV.read(folder.write([0xff, 0xfe, 0x31, 0], to: "w.csv"), labelColumn: .last) }
        .contains("UTF-16"))
  }

  @Test func anotherFileHasToHaveTheSameColumns() throws {
    let expected = CSV.Expected(names: ["a", "b"], count: 2, source: "train.csv")
    let turned = try read("b,extra,label,a\n1,9,x,2\n", like: expected)
    #expect(try numbers(turned) == [2, 1] && turned.labels == ["x"])
    #expect(message { _ = try read("a,label\n1,x\n", like: expected) }.contains("lacks the column 'b'"))
    #expect(try numbers(read("1,2\n", like: expected)) == [1, 2])
    let unmarked = try read("1,2,7\n", like: expected)
    #expect(try numbers(unmarked) == [1, 2] && unmarked.labels == ["7"])
    #expect(message { _ = try read("1,2,3,4\n", like: expected) }.contains("4 columns of numbers, but train.csv has 2"))
  }

  @Test func whatIsWrittenReadsBack() throws {
    let vectors = try Tensor([0.1, -3, 1e-9, 7] as [Float], shape: [2, 2])
    let text = try CSV.text(vectors, names: ["a,b", "\"c\""])
    let table = try read(String(decoding: text, as: UTF8.self))
    #expect(table.featureNames == ["a,b", "\"c\""])
    #expect(try table.examples.array(of: Float.self) == [0.1, -3, 1e-9, 7])
    #expect(try String(decoding: CSV.text(vectors, names: nil), as: UTF8.self).hasPrefix("x0,x1\n0.1,-3.0\n"))
  }
}
