package import Foundation

#if canImport(CryptoKit)
  import CryptoKit

  typealias SHA256 = CryptoKit.SHA256
#else
  internal import CSparringCrypto

  /// SHA-256 of bytes that come in parts, by OpenSSL's libcrypto; used as CryptoKit's, which stands in for it on a Mac.
  struct SHA256: ~Copyable {
    private let context: OpaquePointer?
    private var isSound: Bool

    init() {
      context = EVP_MD_CTX_new()
      isSound = context != nil && EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1
    }

    deinit { EVP_MD_CTX_free(context) }

    mutating func update(data: Data) {
      isSound = isSound && data.withUnsafeBytes { EVP_DigestUpdate(context, $0.baseAddress, $0.count) } == 1
    }

    /// 32 bytes; none where libcrypto has no memory left, which no digest that is expected agrees with.
    func finalize() -> [UInt8] {
      var digest = [UInt8](repeating: 0, count: 32)
      return isSound && EVP_DigestFinal_ex(context, &digest, nil) == 1 ? digest : []
    }

    static func hash(data: Data) -> [UInt8] {
      var hash = SHA256()
      hash.update(data: data)
      return hash.finalize()
    }
  }
#endif

/// SHA-256 of bytes that come in parts.
package struct Digest: ~Copyable {
  private var hash = SHA256()

  /// Of nothing yet.
  package init() {}

  /// Takes in further bytes.
  package mutating func add(_ bytes: Data) { hash.update(data: bytes) }

  /// In hexadecimal.
  package func finish() -> String { hash.finalize().hexadecimal }
}
