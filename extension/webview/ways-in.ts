/**
 * Paste and drop of files. VS Code takes a drag away from a page, and opens the file, unless the page handles the drag's events before
 * VS Code's own listeners do: here they are stopped in the capture phase.
 */
import type { Attachments } from "./attachments.ts";

/** VS Code's list of all that is dragged; the standard one has only the first (Chromium issue 239745). */
const EDITOR_URI_LIST = "application/vnd.code.uri-list";
const URI_LIST = "text/uri-list";
/** Office programs add a picture to text that is copied. */
const RICH_TEXT = "text/rtf";

/** @param target shows, by the attribute "data-drop", that files can be dropped */
export function acceptFiles(attachments: Attachments, target: HTMLElement): void {
  let own = false;
  const show = (dragged: boolean) => target.toggleAttribute("data-drop", dragged);
  const isOurs = ({ dataTransfer }: DragEvent): boolean =>
    !own && [EDITOR_URI_LIST, URI_LIST, "Files"].some((type) => dataTransfer?.types.includes(type));
  const hold = (event: DragEvent) => {
    if (!isOurs(event)) return;
    event.preventDefault();
    event.stopPropagation();
    if (event.dataTransfer !== null) event.dataTransfer.dropEffect = "copy";
    show(true);
  };
  const on = <Name extends "dragstart" | "dragend" | "dragenter" | "dragover" | "dragleave" | "drop">(
    name: Name,
    hear: (event: DragEvent) => void,
  ) => window.addEventListener(name, hear, { capture: true });
  // A link that is dragged inside the page is text.
  on("dragstart", () => {
    own = true;
  });
  on("dragend", () => {
    own = false;
  });
  on("dragenter", hold);
  on("dragover", hold);
  on("dragleave", (event) => {
    if (event.relatedTarget === null) show(false);
  });
  on("drop", (event) => {
    show(false);
    if (!isOurs(event) || event.dataTransfer === null) return;
    const uris = urisOf(event.dataTransfer);
    const { files, folders } = filesOf(event.dataTransfer);
    const isWebLink = files.length + folders.length === 0 && uris.length === 0;
    if (isWebLink && event.target instanceof HTMLTextAreaElement) return; // its text goes there
    event.preventDefault();
    event.stopPropagation();
    if (files.length + folders.length > 0) attachments.add(files, folders);
    else if (uris.length > 0) attachments.addDropped(uris);
  });
  window.addEventListener(
    "paste",
    (event) => {
      const { clipboardData } = event;
      const files = [...(clipboardData?.files ?? [])];
      if (files.length === 0 || clipboardData?.types.includes(RICH_TEXT)) return;
      event.preventDefault();
      attachments.add(files);
    },
    { capture: true },
  );
}

function urisOf(data: DataTransfer): readonly string[] {
  const list = data.getData(EDITOR_URI_LIST) || data.getData(URI_LIST);
  const uris = list.split(/\r?\n/).filter((line) => line !== "" && !line.startsWith("#"));
  return uris.filter((uri) => !/^https?:/i.test(uri));
}

function filesOf(data: DataTransfer): {
  readonly files: readonly File[];
  readonly folders: readonly string[];
} {
  const files: File[] = [];
  const folders: string[] = [];
  for (const item of data.items) {
    if (item.kind !== "file") continue;
    const entry = item.webkitGetAsEntry();
    const file = item.getAsFile();
    if (entry?.isDirectory) folders.push(entry.name);
    else if (file !== null) files.push(file);
  }
  return { files, folders };
}
