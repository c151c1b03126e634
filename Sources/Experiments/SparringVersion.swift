import SparringTorch

/// The version of this package.
public enum SparringVersion {
  /// As printed by `sparring --version`.
  public static let text = Machine.packageVersion
}
