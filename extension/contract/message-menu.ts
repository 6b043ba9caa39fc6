/** What the page says about the message under the pointer, for the editor's context menu: `data-vscode-context`. */

/** Asked for in the manifest's `when`. */
export const MESSAGE_SECTION = "message";

export interface MessageContext {
  readonly webviewSection: typeof MESSAGE_SECTION;
  readonly messageId: string;
  /** It holds text. */
  readonly hasText: boolean;
  /** It is one's own and failed, so it can be sent again. */
  readonly canRetry: boolean;
  /** Cut and Paste have no meaning over text that is read. */
  readonly preventDefaultContextMenuItems: true;
}
