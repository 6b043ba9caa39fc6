/**
 * The text of a selection as it is seen. The browser's own copy lacks the numbers of lists, has the texts of buttons and those for
 * screen readers, and pastes the theme's colours into other programs.
 */

const NOT_TEXT = "button, .spoken, .row-actions";

export interface SelectedText {
  readonly plain: string;
  readonly html: string;
}

/** @returns undefined for a selection that is not in `log` alone */
export function selectedText(selection: Selection, log: HTMLElement): SelectedText | undefined {
  if (selection.isCollapsed || selection.rangeCount === 0) return undefined;
  const range = selection.getRangeAt(0);
  if (!log.contains(range.commonAncestorContainer)) return undefined;
  const copy = document.createElement("div");
  copy.append(range.cloneContents());
  for (const part of copy.querySelectorAll(NOT_TEXT)) part.remove();
  const cut = cutItem(range);
  for (const [index, item] of [...copy.querySelectorAll<HTMLLIElement>("li[value]")].entries())
    if (index > 0 || !cut) item.prepend(`${item.value}${item.closest(".parenthesis") === null ? "." : ")"} `);
  const html = copy.innerHTML;
  // Line breaks and blanks are as the styles of the surroundings say.
  const place = surroundings(range, log, copy);
  log.append(place);
  const plain = copy.innerText;
  place.remove();
  return { plain, html };
}

/** Whether the selection begins within a numbered item, behind the start of its text. */
function cutItem(range: Range): boolean {
  const { startContainer: start, startOffset } = range;
  const item = (start instanceof Element ? start : start.parentElement)?.closest("li[value]");
  if (item == null) return false;
  const before = document.createRange();
  before.setStart(item, 0);
  before.setEnd(start, startOffset);
  return before.toString().trim() !== "";
}

/** @returns the outermost of the elements around the selection, without other content than `copy` */
function surroundings(range: Range, log: HTMLElement, copy: HTMLElement): HTMLElement {
  let place = copy;
  for (
    let node: Node | null = range.commonAncestorContainer;
    node !== null && node !== log;
    node = node.parentNode
  ) {
    if (!(node instanceof HTMLElement)) continue;
    const shell = node.cloneNode(false);
    if (!(shell instanceof HTMLElement)) continue;
    shell.removeAttribute("data-key");
    shell.append(place);
    place = shell;
  }
  return place;
}
