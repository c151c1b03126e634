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
    try Data().write(to: tool.folder.appending(path: "v_test.npy"))
    try tool.expectRefusal("features", "runs/c", "-o", "v.npy", saying: "v_test.npy would be read as the test part")
    try PixelImages(bytes: [UInt8](repeating: 9, count: 192), count: 1, height: 8, width: 8, channels: 3).png()
      .write(to: tool.folder.appending(path: "one.png"))
    try NPY.write(Tensor.zeros([4, 2]), to: tool.path("w.npy"))
    try tool.expectRefusal(
      "features", "runs/c", "-o", "x.npy", "--dataset", "w.npy", saying: "w holds vectors", "28×28 pixels")
    let gan = try tool.run(
      arguments: ["train", "gan", "--dataset", "digits", "--name", "g", "--set", "training.epochs=1"] + Tool.tinyGAN)
    #expect(gan.status == 0, "\(gan.errors)")
    try tool.expectRefusal("features", "runs/g", "-o", "x.npy", saying: "gan does not describe pictures", "transfer")
  }
}
