/** Colours code by highlight.js, straight into DOM nodes: no HTML string is made on the way. */
import type { Emitter } from "highlight.js";
import { hljs } from "./languages.ts";
import { appendText } from "./visible-text.ts";

/** The grammars are regular expressions, some worse than linear: larger blocks and longer lines stay plain. */
const MAX_CODE_CHARACTERS = 16 * 1024;
const MAX_LINE_CHARACTERS = 1000;
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

  /** highlight.js asks every emitter for HTML; nobody reads this one's. */
  toHTML(): string {
    return "";
  }
}

hljs.configure({ __emitter: NodeEmitter });

/**
 * @param code a stranger's
 * @param language a name or alias, a stranger's as well
 * @returns coloured nodes, or undefined where the language is not known or the code too large to colour in bounded time
 */
export function highlight(code: string, language: string): DocumentFragment | undefined {
  if (hljs.getLanguage(language) === undefined || code.length > MAX_CODE_CHARACTERS) return undefined;
  if (code.split("\n").some((line) => line.length > MAX_LINE_CHARACTERS)) return undefined;
  const result = hljs.highlight(code, { language, ignoreIllegals: true });
  if (result.errorRaised !== undefined || !(result._emitter instanceof NodeEmitter)) return undefined;
  return result._emitter.root;
}

/** @returns the language's name in its own spelling, or undefined where it is not known. */
export function languageName(language: string): string | undefined {
  return hljs.getLanguage(language)?.name;
}
