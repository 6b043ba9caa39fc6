/** The page's data about the message under the pointer, for the editor's context menu: `data-vscode-context`, and the command's argument. */
import * as v from "valibot";

/** Used in the manifest's `when`. */
export const MESSAGE_SECTION = "message";

export interface MessageContext {
  readonly webviewSection: typeof MESSAGE_SECTION;
  readonly messageId: string;
  /** Whether it holds text. */
  readonly hasText: boolean;
  /** Whether it is one's own and failed, so it can be sent again. */
  readonly canRetry: boolean;
  /** Keeps Cut and Paste out of the menu of a text that is only read. */
  readonly preventDefaultContextMenuItems: true;
}

const argument = v.object({ messageId: v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/)) });

/** @param value the argument of a command from that menu: the page wrote it, so any value @returns the message's id */
export function messageIdIn(value: unknown): string | undefined {
  const result = v.safeParse(argument, value);
  return result.success ? result.output.messageId : undefined;
}
