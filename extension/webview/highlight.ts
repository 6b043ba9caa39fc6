/** Colours code with highlight.js and creates DOM nodes directly, without HTML strings. */
import type { Emitter } from "highlight.js";
import { hljs } from "./languages.ts";
import { appendText } from "./visible-text.ts";

/**
 * Characters of a piece. The grammars are regular expressions, some of which take more than linear time, and a running one cannot be
 * stopped. So code is coloured a few lines at a time. If a piece ends inside a comment or the like, it is repeated with twice the size.
 */
const PIECE_CHARACTERS = 1024;
const MAX_PIECE_CHARACTERS = 4 * 1024;
/** Milliseconds. A piece that took longer is not repeated, since twice the size may take eight times as long. */
const MAX_TRIED_MS = 6;
/** Longer lines stay plain, and so do blocks beyond the next limit. */
const MAX_LINE_CHARACTERS = 200;
const MAX_CODE_CHARACTERS = 16 * 1024;
/** Limits nesting, since layout is recursive and deeper colours are not visible. */
const MAX_DEPTH = 32;

class NodeEmitter implements Emitter {
  readonly root = document.createDocumentFragment();
  readonly #open: Node[] = [];

  get #current(): Node {
    return this.#open.at(-1) ?? this.root;
  }

  addText(text: string): void {
    appendText(this.#current, text, "code");
  }

  /** Begins an element for a scope. @param scope a name from the grammar, such as "title.function", and never from the code */
  startScope(scope: string): void {
    const parent = this.#current;
    if (this.#open.length >= MAX_DEPTH) {
      this.#open.push(parent);
      return;
    }
    const span = document.createElement("span");
    span.className = `code-${scope.split(".", 1)[0]}`;
    parent.appendChild(span);
    this.#open.push(span);
  }

  endScope(): void {
    this.#open.pop();
  }

  /** An older name of startScope that highlight.js still calls and its typings leave out. */
  openNode(scope: string): void {
    this.startScope(scope);
  }

  closeNode(): void {
    this.endScope();
  }

  __addSublanguage(emitter: Emitter): void {
    if (emitter instanceof NodeEmitter) this.#current.appendChild(emitter.root);
  }

  finalize(): void {
    this.#open.length = 0;
  }

  /** Required by highlight.js's interface. Its result is not used. */
  toHTML(): string {
    return "";
  }
}

hljs.configure({ __emitter: NodeEmitter });

/**
 * Colours one piece in each step, in bounded time.
 * @param code untrusted text
 * @param language a name or alias, also untrusted
 * @returns the pieces in order; a final undefined if the code has to stay plain
 */
export function* highlight(
  code: string,
  language: string,
): Generator<DocumentFragment | undefined, void, void> {
  if (hljs.getLanguage(language) === undefined || code.length > MAX_CODE_CHARACTERS) return yield undefined;
  const lines = code.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  for (let first = 0, end = 0; first < lines.length; first = end) {
    if (isLong(lines[first])) {
      yield plain(lines[first] ?? "");
      end = first + 1;
      continue;
    }
    let reach = PIECE_CHARACTERS;
    let piece: Piece | undefined;
    do {
      if (reach > MAX_PIECE_CHARACTERS || (piece?.taken ?? 0) > MAX_TRIED_MS) return yield undefined;
      end = endOfPiece(lines, first, reach);
      piece = colourPiece(lines.slice(first, end).join(""), language);
      if (piece === undefined) return yield undefined;
      reach *= 2;
    } while (!piece.complete && end < lines.length);
    yield piece.nodes;
  }
}

/** @returns the index after the last line of a piece of that many characters. A piece ends before a long line */
function endOfPiece(lines: readonly string[], first: number, characters: number): number {
  let end = first;
  let length = 0;
  while (end < lines.length && length < characters && !isLong(lines[end])) {
    length += lines[end]?.length ?? 0;
    end++;
  }
  return end;
}

function isLong(line = ""): boolean {
  return line.length > MAX_LINE_CHARACTERS;
}

function plain(code: string): DocumentFragment {
  const nodes = document.createDocumentFragment();
  appendText(nodes, code, "code");
  return nodes;
}

interface Piece {
  readonly nodes: DocumentFragment;
  /** Whether no comment or the like is open at its end, so that the next piece can start from the initial state. */
  readonly complete: boolean;
  /** Milliseconds that it took. */
  readonly taken: number;
}

function colourPiece(code: string, language: string): Piece | undefined {
  const started = performance.now();
  const result = hljs.highlight(code, { language, ignoreIllegals: true });
  if (result.errorRaised !== undefined || !(result._emitter instanceof NodeEmitter)) return undefined;
  // `_top` is the mode at the end of the code. Only the language's root mode has no parent.
  const complete = result._top === undefined || !("parent" in result._top);
  return { nodes: result._emitter.root, complete, taken: performance.now() - started };
}

/** Compiles a grammar, which is slow the first time. @returns the language's canonical name; undefined for an unknown language */
export function prepare(language: string): string | undefined {
  const known = hljs.getLanguage(language);
  if (known !== undefined) hljs.highlight("a", { language, ignoreIllegals: true });
  return known?.name;
}
