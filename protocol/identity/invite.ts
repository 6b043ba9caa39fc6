/** Invite links. `parley://host:port/join?ca=..&token=..&expires=..` for people and the command line; the `vscode://` form opens the editor. */
export interface Invite {
  readonly host: string;
  readonly port: number;
  /** 32 bytes */
  readonly caFingerprint: Uint8Array;
  /** INVITE_TOKEN_BYTES */
  readonly token: Uint8Array;
  readonly expiresAt: Date;
  /** Set when the invite is reserved for one name. */
  readonly name?: string;
}
/** Accepts both forms. @throws UsageError "invite-malformed" naming what is wrong, "invite-expired" */
export declare function parseInvite(link: string, now?: Date): Invite;
export declare function inviteLink(invite: Invite): string;
/** @param scheme the editor's own (`vscode`, `vscode-insiders`, `code-oss`, ...) @param extensionId publisher.name */
export declare function editorInviteLink(invite: Invite, scheme: string, extensionId: string): string;
