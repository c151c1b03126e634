import Foundation
import SparringDatasets
import SparringTorch
import Testing

/// `features` as a process: what a run sees becomes data that others are trained on.
@Suite struct Features {
  let tool = try! Tool()

  private func trainedClassifier() throws -> String {
    let data = try tool.writeIDX()
    let trained = try tool.run(
      arguments: ["train", "supervised", "--dataset", data, "--name", "c", "--set", "training.steps=4"]
        + ["--set", "model.classifier.widths=[4,8]", "--batch-size", "8"])
    #expect(trained.status == 0, "\(trained.errors)")
    return data
  }

  @Test func theVectorsOfARunAreTrainedOn() throws {
    let data = try trainedClassifier()
    let outcome = try tool.run("features", "runs/c", "--output", "v.npy")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("40 pictures, 20 test, ") && outcome.output.contains("Classes: 0 0, 1 1"))
    #expect(outcome.errors.contains("Note: these features were learnt from the run's labels"))
    let vectors = try NPY.read(tool.path("v.npy"))
    #expect(vectors.shape[0] == 40 && vectors.dtype == .float32)
    #expect(try NPY.read(tool.path("v.labels.npy")).integers().prefix(4) == [0, 1, 0, 1])
    #expect(try NPY.read(tool.path("v-test.npy")).shape == [20, vectors.shape[1]])
    let game = try tool.run(
      "train", "feature-gan", "--dataset", "v.npy", "--name", "g", "--set", "training.steps=3", "--set",
      "model.classifier.widths=[8]", "--batch-size", "8", "--set", "options.generator.batchSize=8")
    #expect(game.status == 0 && game.output.contains("Test accuracy"), "\(game.errors)")
    // Of other pictures nothing is held out, and the same directions are kept.
    #expect(try tool.run("features", "runs/c", "--components", "3", "-o", "p.safetensors").status == 0)
    let kept = ["--components-of", "p.components.safetensors", "--dataset", data, "-o", "q.safetensors"]
    #expect(try tool.run(arguments: ["features", "runs/c"] + kept).status == 0)
    // Of another run they say nothing.
    let other = try tool.run(
      arguments: ["train", "supervised", "--dataset", data, "--name", "d", "--set", "training.steps=2"]
        + ["--set", "model.classifier.widths=[4,8]", "--batch-size", "8"])
    #expect(other.status == 0, "\(other.errors)")
    try tool.expectRefusal(
      "features", "runs/d", "--components-of", "p.components.safetensors", "-o", "r.npy",
      saying: "another run's features")
    try tool.expectRefusal(
      "features", "runs/c", "--components-of", "p.components.safetensors", "-o", "p.npy", saying: "one of the files")
    let (first, again) = (try tensors("p.safetensors"), try tensors("q.safetensors"))
    #expect(first["examples"]?.shape == [40, 3] && first["test_examples"]?.shape == [20, 3])
    #expect(try first["examples"]?.bytes() == again["examples"]?.bytes())
  }

  private func tensors(_ name: String) throws -> [String: Tensor] {
    try Safetensors.read(tool.folder.appending(path: name)).tensors
  }

  @Test func whatCannotBeIsSaidInOneLine() throws {
    _ = try trainedClassifier()
    try tool.expectRefusal("features", "runs/c", "--output", "v.csv", saying: "v.csv", ".npy or .safetensors")
    try tool.expectRefusal("features", "runs/c", "-o", "v.npy", "--components", "900", saying: "900 components", "1 to")
    try tool.expectRefusal("features", "runs/c", "-o", "v.npy", "--components-of", "none", saying: "none")
    try Data().write(to: tool.folder.appending(path: "v.components.safetensors"))
    try tool.expectRefusal("features", "runs/c", "-o", "v.npy", saying: "v.components.safetensors", "another name")
    try NPY.write(Tensor.zeros([4, 2]), to: tool.path("w.npy"))
    try tool.expectRefusal(
      "features", "runs/c", "-o", "x.npy", "--dataset", "w.npy", saying: "w holds vectors", "28×28 pixels")
    let gan = try tool.run(
      arguments: ["train", "gan", "--dataset", "digits", "--name", "g", "--set", "training.epochs=1"] + Tool.tinyGAN)
    #expect(gan.status == 0, "\(gan.errors)")
    try tool.expectRefusal("features", "runs/g", "-o", "x.npy", saying: "gan does not describe pictures", "transfer")
  }

  /// Pictures of the run's classes have its numbers, whatever order their folder has them in; those without a name have none.
  @Test func labelsAreTheRuns() throws {
    func write(_ name: String, _ count: Int, _ shade: UInt8) throws {
      for index in 0..<count {
        let file = tool.folder.appending(path: "\(name)/\(index).png")
        try FileManager.default.createDirectory(
          at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        let bytes = [UInt8](repeating: shade + UInt8(index), count: 432)
        try PixelImages(bytes: bytes, count: 1, height: 12, width: 12, channels: 3).png().write(to: file)
      }
    }
    for (name, shade) in [("a", 10), ("b", 100), ("c", 200)] as [(String, UInt8)] {
      try write("all/train/\(name)", 4, shade)
      try write("all/test/\(name)", 2, shade + 5)
      try write("all/val/\(name)", 1, shade + 8)
    }
    try write("some/c", 3, 200)
    try write("some/unlabelled", 2, 90)
    let trained = try tool.run(
      arguments: ["train", "supervised", "--dataset", "all", "--image-size", "12", "--name", "r", "--threads", "1"]
        + ["--set", "training.steps=2", "--set", "model.classifier.widths=[4,8]", "--batch-size", "6"])
    #expect(trained.status == 0, "\(trained.errors)")
    let own = try tool.run("features", "runs/r", "-o", "own.npy")
    #expect(own.status == 0 && own.errors.contains("3 pictures for validation are left out"), "\(own.errors)")
    let others = try tool.run("features", "runs/r", "--dataset", "some", "-o", "others.npy")
    #expect(others.status == 0, "\(others.errors)")
    #expect(try NPY.read(tool.path("others.labels.npy")).integers().sorted() == [-1, -1, 2, 2, 2])
  }
}
