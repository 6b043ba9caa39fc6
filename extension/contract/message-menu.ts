/** The data of a message for VS Code's context menu: `data-vscode-context`, which becomes the argument of the command. */
import * as v from "valibot";

/** The manifest's `when` clauses test for it. */
export const MESSAGE_SECTION = "message";

export interface MessageContext {
  readonly webviewSection: typeof MESSAGE_SECTION;
  readonly messageId: string;
  /** Whether the message holds text. */
  readonly hasText: boolean;
  /** Whether it is the user's own and has failed, so that it can be sent again. */
  readonly canRetry: boolean;
  /** Whether people may reply and react to it. */
  readonly canAnswer: boolean;
  /** Whether it is the user's own, and was not deleted. */
  readonly canChange: boolean;
  readonly wasEdited: boolean;
  /** Removes Cut and Paste from the menu, since a message is read-only. */
  readonly preventDefaultContextMenuItems: true;
}

const argument = v.object({ messageId: v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/)) });

/**
 * Parses the argument of a command from a message's menu.
 * @param value the argument of a command from that menu, which the page wrote: any value.
 * @returns the message's id
 */
export function messageIdIn(value: unknown): string | undefined {
  const result = v.safeParse(argument, value);
  return result.success ? result.output.messageId : undefined;
}
