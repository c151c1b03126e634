import Foundation
import SparringDatasets
import SparringTorch

extension ModelExport {
  /// A page that loads the weights with PyTorch and answers, for programs and from the command line.
  var pythonText: String {
    let loader = PythonLoader(graph: graph)
    let notes = metadata.sorted { $0.key < $1.key }.filter { $0.key != "classes" && $0.key != "features" }
      .map { "    \($0.key): \(Self.comment($0.value))" }.joined(separator: "\n")
    return """
      #!/usr/bin/env python3
      \"\"\"A \(name) trained by Sparring. It needs torch, safetensors\(facts.shape.isImage ? ", pillow" : ""):

          python3 \(name).py \(usage)

      \(notes)
      \"\"\"

      import sys
      from pathlib import Path

      import torch
      import torch.nn.functional as F
      from safetensors.torch import load_file
      \(isClassifier ? "\nCLASSES = \(Self.json(facts.classNames))\n" : "")
      w = load_file(Path(__file__).with_suffix(".safetensors"))


      def network(x):
          \"\"\"\(networkNote)\"\"\"
      \(loader.body)


      \(rest)
      """ + "\n"
  }

  /// A name that a stranger chose, fit to stand between Python's quotes: it must not end them and become code.
  private static func comment(_ text: String) -> String {
    Printable.name(text).replacingOccurrences(of: "\\", with: "/").replacingOccurrences(of: "\"", with: "'")
  }

  private var usage: String {
    isClassifier ? (facts.shape.isImage ? "photo.jpg …" : "1.5,2.0,… …") : "grid.png"
  }

  private var networkNote: String {
    let (inputs, outputs) = (graph.inputSizes.map(String.init), graph.outputSizes.map(String.init))
    let (from, to) = (inputs.joined(separator: ", "), outputs.joined(separator: ", "))
    if !isClassifier {
      return "Latents [N, \(from)] to examples [N, \(to)]\(facts.shape.isImage ? " on [-1, 1]" : "")."
    }
    let range = facts.shape.isImage ? "Images [N, \(from)] on [-1, 1]" : "Scaled numbers [N, \(from)]"
    return "\(range) to class logits [N, \(to)]."
  }

  private var rest: String {
    guard case .image(let channels, let height, let width) = facts.shape else {
      return isClassifier
        ? Self.vectorClassifier(facts.scaling) : Self.vectorGenerator(facts.scaling, graph.inputSizes[0])
    }
    let mode = channels == 3 ? "RGB" : "L"
    return isClassifier
      ? Self.preparation(fit, mode: mode, height: height, width: width) + "\n\n\n" + Self.pictureClassifier
      : Self.pictureGenerator(mode: mode, latentSize: graph.inputSizes[0])
  }

  private static let pictureClassifier = """
    @torch.inference_mode()
    def probabilities(pictures):
        \"\"\"Class probabilities [N, classes] of picture files or PIL images.\"\"\"
        return network(torch.stack([prepared(picture) for picture in pictures])).softmax(-1)


    if __name__ == "__main__":
        for path in sys.argv[1:]:
            share, place = probabilities([path])[0].max(0)
            print(f"{path}: {CLASSES[place]} {share:.2%}")
    """

  private static func preparation(_ fit: PictureFit, mode: String, height: Int, width: Int) -> String {
    let fitted =
      switch fit {
      case .crop:
        """
            # Scaled until it covers the size, its centre cut out.
            share = min(picture.width / width, picture.height / height)
            part = (width * share, height * share)
            # Whole pixels stay whole: an odd margin is cut off unevenly.
            left, top = ((side - used) // 2 if used == int(used) else (side - used) / 2
                         for side, used in zip(picture.size, part))
            picture = picture.resize((width, height), Image.BILINEAR, (left, top, left + part[0], top + part[1]))
        """
      case .pad:
        """
            # Scaled until all of it fits, mid-grey beside it.
            share = min(width / picture.width, height / picture.height)
            size = (max(1, round(picture.width * share)), max(1, round(picture.height * share)))
            whole = Image.new("RGB", (width, height), (128, 128, 128))
            whole.paste(picture.resize(size, Image.BILINEAR), ((width - size[0]) // 2, (height - size[1]) // 2))
            picture = whole
        """
      case .stretch:
        """
            picture = picture.resize((width, height), Image.BILINEAR)
        """
      }
    return """
      def prepared(picture, width=\(width), height=\(height)):
          \"\"\"A picture file or a PIL image as the network takes it.\"\"\"
          from PIL import Image, ImageOps

          picture = picture if isinstance(picture, Image.Image) else Image.open(picture)
          picture = ImageOps.exif_transpose(picture).convert("RGBA")
          picture = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture).convert("RGB")
      \(fitted)
          picture = picture.convert("\(mode)")
          pixels = torch.frombuffer(bytearray(picture.tobytes()), dtype=torch.uint8)
          return pixels.reshape(height, width, -1).permute(2, 0, 1) / 127.5 - 1
      """
  }

  private static func pictureGenerator(mode: String, latentSize: Int) -> String {
    """
    @torch.inference_mode()
    def pictures(count, seed=0):
        \"\"\"New images [count, channels, height, width], bytes.\"\"\"
        latents = torch.randn(count, \(latentSize), generator=torch.Generator().manual_seed(seed))
        return ((network(latents) + 1) * 127.5).round().clamp(0, 255).to(torch.uint8)


    if __name__ == "__main__":
        from PIL import Image

        rows = pictures(64).reshape(8, 8, *pictures(1).shape[1:])
        sheet = rows.permute(0, 3, 1, 4, 2).reshape(8 * rows.shape[3], 8 * rows.shape[4], -1).squeeze(-1)
        Image.fromarray(sheet.numpy(), "\(mode)").save(sys.argv[1])
    """
  }

  private static func scaling(_ scaling: Scaling) -> String {
    func list(_ numbers: [Double]) -> String { "torch.tensor([\(numbers.map { "\($0)" }.joined(separator: ", "))])" }
    return "CENTERS = \(list(scaling.centers))\nSPREADS = \(list(scaling.spreads))"
  }

  private static func vectorClassifier(_ scaling: Scaling) -> String {
    """
    \(self.scaling(scaling))


    @torch.inference_mode()
    def probabilities(rows):
        \"\"\"Class probabilities [N, classes] of rows of numbers [N, features], as in the file.\"\"\"
        return network((torch.as_tensor(rows, dtype=torch.float32) - CENTERS) / SPREADS).softmax(-1)


    if __name__ == "__main__":
        for row in sys.argv[1:]:
            share, place = probabilities([[float(number) for number in row.split(",")]])[0].max(0)
            print(f"{row}: {CLASSES[place]} {share:.2%}")
    """
  }

  private static func vectorGenerator(_ scaling: Scaling, _ latentSize: Int) -> String {
    """
    \(self.scaling(scaling))


    @torch.inference_mode()
    def rows(count, seed=0):
        \"\"\"New rows of numbers [count, features], in the units of the file.\"\"\"
        latents = torch.randn(count, \(latentSize), generator=torch.Generator().manual_seed(seed))
        return network(latents) * SPREADS + CENTERS


    if __name__ == "__main__":
        for row in rows(int(sys.argv[1])):
            print(",".join(f"{number:g}" for number in row.tolist()))
    """
  }

  /// Apple's format can only be made by Apple's tools, from PyTorch.
  var coreMLText: String {
    guard case .image(let channels, let height, let width) = facts.shape else { return "" }
    return """
      #!/usr/bin/env python3
      \"\"\"Makes classifier.mlpackage, on a Mac: python3 -m pip install torch safetensors coremltools pillow\"\"\"

      import coremltools
      import torch

      from classifier import CLASSES, network


      class Classifier(torch.nn.Module):
          def forward(self, x):
              return network(x).softmax(-1)


      traced = torch.jit.trace(Classifier().eval(), torch.zeros(1, \(channels), \(height), \(width)))
      picture = coremltools.ImageType(
          name="picture", shape=(1, \(channels), \(height), \(width)), scale=1 / 127.5,
          bias=\(channels == 3 ? "[-1, -1, -1]" : "-1"),
          color_layout=coremltools.colorlayout.\(channels == 3 ? "RGB" : "GRAYSCALE"))
      model = coremltools.convert(
          traced, inputs=[picture], classifier_config=coremltools.ClassifierConfig(CLASSES), convert_to="mlprogram")
      model.save("classifier.mlpackage")
      """ + "\n"
  }
}
