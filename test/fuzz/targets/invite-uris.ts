/**
 * `vscode://…` links as the editor delivers them. The handler and VS Code's own Uri are the real ones; around
 * them is an editor whose user answers no. No link of a web page makes anybody join, and an invalid link
 * causes no question.
 */
import assert from "node:assert/strict";
import { registerHooks } from "node:module";
import type { Uri } from "vscode";
import { URI } from "vscode-uri";
import { parseInvite } from "../../../protocol/identity/invite.ts";
import { editor } from "../editor.ts";
import { parsed, type Target, textOf } from "../target.ts";
import { open as openInvites } from "./invites.ts";

const EDITOR = new URL("../editor.ts", import.meta.url).href;

export async function open(): Promise<Target> {
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === "vscode" ? { url: EDITOR, shortCircuit: true } : next(specifier, context),
  });
  const { InviteUri } = await import("../../../extension/ui/account/invite-uri.ts");
  const joins: string[] = [];
  const told: unknown[] = [];
  const parley = {
    host: { open: async () => ({ account: undefined, join: (link: string) => joins.push(link) }) },
    errors: { report: async (error: unknown) => void told.push(error) },
  };
  const { samples, words = [] } = openInvites();
  return {
    samples,
    words,
    async run(input) {
      const text = textOf(input);
      const uri = parsedUri(text);
      if (uri === undefined) return;
      const handler = new InviteUri(parley as never);
      editor.asked.length = told.length = 0;
      await Promise.all([handler.handleUri(uri as Uri), handler.handleUri(uri as Uri)]);
      const invite = parsed(["invite-malformed", "invite-expired"], () => parseInvite(uri.toString(true)));
      assert.equal(editor.asked.length, invite === undefined ? 0 : 1);
      for (const error of told) parsed(["invite-malformed", "invite-expired"], () => raise(error));
      assert.equal(told.length, invite === undefined ? 1 : 0);
      assert.deepEqual(joins, []);
      for (const [question = ""] of editor.asked) assert.match(question, /^[^\n]{1,300}$/);
    },
  };
}

function parsedUri(text: string): URI | undefined {
  try {
    return URI.parse(text, true);
  } catch {
    return undefined;
  }
}

function raise(error: unknown): never {
  throw error;
}
