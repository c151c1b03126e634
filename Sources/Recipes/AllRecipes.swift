/// Every recipe by its name: one line here makes a recipe known everywhere.
public enum AllRecipes {
  /// In the order of lists and help texts.
  public static var types: [any Recipe.Type] {
    [
      GAN.self,
      Supervised.self,
      Transfer.self,
      Consistency.self,
      VirtualAdversarial.self,
      LadderNetwork.self,
      SemiSupervisedGAN.self,
      ConsistencyGAN.self,
      TripleGAN.self,
      DataAugmentingGAN.self,
      FeatureGAN.self,
      AuxiliaryClassifierGAN.self,
      Synthesis.self,
      DiscriminatorFeatures.self,
      BidirectionalGAN.self,
      Completion.self,
      Enhancement.self,
      HandcraftedHOG.self,
      HandcraftedSIFT.self,
    ]
  }

  /// As typed on the command line.
  public static var names: [String] { types.map { $0.name } }

  /// The recipe of that name; nil where there is none.
  public static func named(_ name: String) -> (any Recipe.Type)? { types.first { $0.name == name } }
}
