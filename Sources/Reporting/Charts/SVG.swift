internal import Foundation

/// Scalable vector graphics, element by element. Colours come from the page's style sheet through
/// classes, so a chart follows light and dark.
struct SVG {
  let width: Double
  let height: Double
  private var body = ""

  init(width: Double, height: Double) {
    (self.width, self.height) = (width, height)
  }

  mutating func line(_ from: (x: Double, y: Double), _ to: (x: Double, y: Double), class name: String) {
    element(
      "line", [("class", name), ("x1", text(from.x)), ("y1", text(from.y)), ("x2", text(to.x)), ("y2", text(to.y))])
  }

  mutating func polyline(_ points: [(x: Double, y: Double)], class name: String) {
    let list = points.map { "\(text($0.x)),\(text($0.y))" }.joined(separator: " ")
    element("polyline", [("class", name), ("points", list)])
  }

  /// - Parameter title: Shown when pointed at.
  mutating func circle(_ center: (x: Double, y: Double), radius: Double, class name: String, title: String? = nil) {
    element(
      "circle", [("class", name), ("cx", text(center.x)), ("cy", text(center.y)), ("r", text(radius))],
      content: title.map { "<title>\(escaped($0))</title>" })
  }

  /// - Parameter anchor: `start`, `middle` or `end`.
  mutating func label(
    _ label: String, at point: (x: Double, y: Double), anchor: String = "start", class name: String = "tick"
  ) {
    element(
      "text", [("class", name), ("x", text(point.x)), ("y", text(point.y)), ("text-anchor", anchor)],
      content: escaped(label))
  }

  /// The whole image.
  /// - Parameter description: What the chart shows, for those who cannot see it.
  func markup(description: String) -> String {
    """
    <svg viewBox="0 0 \(text(width)) \(text(height))" role="img" aria-label="\(escaped(description))">\(body)</svg>
    """
  }

  private mutating func element(_ name: String, _ attributes: [(String, String)], content: String? = nil) {
    let list = attributes.map { " \($0.0)=\"\(escaped($0.1))\"" }.joined()
    body += content.map { "<\(name)\(list)>\($0)</\(name)>" } ?? "<\(name)\(list)/>"
  }

  private func text(_ number: Double) -> String { Format.fixed(number, 1) }
}

/// Safe between tags and inside quoted attributes.
func escaped(_ text: String) -> String {
  var result = ""
  for character in text {
    switch character {
    case "&": result += "&amp;"
    case "<": result += "&lt;"
    case ">": result += "&gt;"
    case "\"": result += "&quot;"
    case "'": result += "&#39;"
    default: result.append(character)
    }
  }
  return result
}

/// The style sheet's classes of one of several series: six colours, whole, then dashed, then dotted.
func seriesClass(_ index: Int) -> String {
  "s\(index % 6)" + (index < 6 ? "" : index < 12 ? " dashed" : " dotted")
}
