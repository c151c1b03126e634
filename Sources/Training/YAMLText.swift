import Yams

/// The value that a YAML text holds.
/// - Parameter source: What to call the text in messages.
/// - Throws: ``TrainingError`` that names the key that does not fit, or says that the text is not YAML.
package func decodedYAML<Value: Decodable>(_ type: Value.Type, _ text: String, source: String) throws -> Value {
  guard let node = try composed(text, source: source) else { throw TrainingError("\(source) is empty") }
  func dotted(_ path: [any CodingKey]) -> String { path.map(\.stringValue).joined(separator: ".") }
  do {
    return try YAMLDecoder().decode(type, from: node)
  } catch let DecodingError.typeMismatch(_, context) {
    throw TrainingError("\(source): '\(dotted(context.codingPath))' is of another kind than it takes")
  } catch let DecodingError.keyNotFound(key, _) {
    throw TrainingError("\(source): '\(key.stringValue)' is missing")
  } catch let DecodingError.dataCorrupted(context) {
    // What a type says of its own keys.
    if let own = context.underlyingError as? TrainingError { throw TrainingError("\(source): \(own)") }
    throw TrainingError("\(source): '\(dotted(context.codingPath))' cannot be what it is set to")
  } catch let error as TrainingError {
    throw TrainingError("\(source): \(error)")
  } catch {
    throw TrainingError("\(source) cannot be read as what it should hold")
  }
}
