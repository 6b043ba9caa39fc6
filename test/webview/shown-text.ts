/** In the browser: extracts the text that a reader sees of a message from the page alone. */

/**
 * Returns the visible text of an element: with numbers of lists, targets of links (from their titles), and
 * marked characters as their marks; without the page's own additions.
 */
export function shownText(element: Element): string {
  let text = "";
  for (const child of element.childNodes)
    if (child instanceof Text) text += child.data;
    else if (child instanceof HTMLElement) text += shownElement(child);
  return text;
}

function shownElement(element: HTMLElement): string {
  switch (element.tagName) {
    case "BR":
      return "\n";
    case "HR":
      return "\n---\n";
    case "BUTTON":
      return "";
    case "SPAN":
      return element.className === "hidden-character" ? hidden(element) : shownText(element);
    case "BDI":
      return element.className === "link-place" ? "" : shownText(element);
    case "A":
      return `${shownText(element)} ${element.title}`;
    case "LI":
      return `\n${marker(element)}${shownText(element)}\n`;
    case "TD":
    case "TH":
      return `${shownText(element)}\t`;
    case "P":
    case "DIV":
    case "TR":
    case "PRE":
    case "FIGCAPTION":
      return `${shownText(element)}\n`;
    default:
      return shownText(element);
  }
}

function marker(item: HTMLElement): string {
  if (!(item instanceof HTMLLIElement) || !item.hasAttribute("value")) return "• ";
  return `${item.value}${item.parentElement?.classList.contains("parenthesis") ? ")" : "."} `;
}

/**
 * Returns `shown` with code points in brackets, such as [U+200B×5], converted back to the characters.
 */
export function withCodePointsRead(shown: string): string {
  return shown.replace(/\[(U\+[0-9A-F]+(?:×\d+)?)\]/g, (_, name: string) => named(name));
}

function hidden({ textContent }: HTMLElement): string {
  return named(textContent ?? "");
}

function named(name: string): string {
  const [, code = "", count = "1"] = /^U\+([0-9A-F]+)(?:×(\d+))?$/.exec(name) ?? [];
  return String.fromCodePoint(Number.parseInt(code, 16)).repeat(Number(count));
}
