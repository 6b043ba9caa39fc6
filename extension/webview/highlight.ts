/** Colours code by highlight.js, straight into DOM nodes: no HTML string is made on the way. */
import type { Emitter } from "highlight.js";
import { hljs } from "./languages.ts";
import { appendText } from "./visible-text.ts";

/**
 * The grammars are regular expressions, some worse than linear, and a running one cannot be stopped. So code is coloured a piece of
 * some lines at a time; a piece that ends within a comment, say, is tried again with twice as much.
 */
const PIECE_CHARACTERS = 1024;
const MAX_PIECE_CHARACTERS = 4 * 1024;
/** A piece that took longer is not tried again: twice as much may take eight times as long. */
const MAX_TRIED_MS = 6;
/** Longer lines stay plain, and larger blocks. */
const MAX_LINE_CHARACTERS = 200;
const MAX_CODE_CHARACTERS = 16 * 1024;
/** Layout recurses; nobody sees colours nested deeper. */
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

  /** @param scope from the grammar, such as "title.function"; never from the code. */
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

  /** highlight.js calls some scopes by these names, which its typings leave out. */
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

  /** highlight.js asks every emitter for HTML; nothing reads it from this one. */
  toHTML(): string {
    return "";
  }
}

hljs.configure({ __emitter: NodeEmitter });

/**
 * Colours code a piece at each step, in bounded time.
 * @param code a stranger's
 * @param language a name or alias, a stranger's as well
 * @returns the pieces in order; undefined, as the last of them, for code that is to stay plain
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

/** @returns the line before which a piece of that many characters ends: at a long line at the latest */
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
  /** Nothing is open at its end, such as a comment: the next piece can begin anew. */
  readonly complete: boolean;
  /** Milliseconds. */
  readonly taken: number;
}

function colourPiece(code: string, language: string): Piece | undefined {
  const started = performance.now();
  const result = hljs.highlight(code, { language, ignoreIllegals: true });
  if (result.errorRaised !== undefined || !(result._emitter instanceof NodeEmitter)) return undefined;
  // `_top` is the mode at the end of the code. Only the language's outermost mode has no parent.
  const complete = result._top === undefined || !("parent" in result._top);
  return { nodes: result._emitter.root, complete, taken: performance.now() - started };
}

/** Compiles a language's grammar, which is slow once. @returns the language's canonical name; undefined for an unknown one */
export function prepare(language: string): string | undefined {
  const known = hljs.getLanguage(language);
  if (known !== undefined) hljs.highlight("a", { language, ignoreIllegals: true });
  return known?.name;
}
