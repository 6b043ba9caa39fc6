/**
 * Invite links: everything a newcomer needs to join, except for a name. For people and the command line:
 *
 *     parley://host:port/join?ca=..&token=..&expires=..[&name=..][&by=..&pass=..]
 *
 * and the same behind the editor's own scheme, so that a click opens it:
 *
 *     vscode://publisher.name/join?server=host:port&ca=..&token=..&expires=..[&name=..][&by=..&pass=..]
 *
 * `ca`, `token` and `pass` are base64url without padding, `expires` is Unix time in seconds. Token and pass
 * are secrets: no error repeats any part of a link. The server makes a link and gets the token back; the server
 * never sees the pass (invite-pass.ts).
 */
import { UsageError } from "../errors.ts";
import {
  CA_FINGERPRINT_BYTES,
  INVITE_PASS_BYTES,
  INVITE_TOKEN_BYTES,
  MAX_INVITE_CHARACTERS,
} from "../limits.ts";
import { parseUsername, type Username } from "../names.ts";
import { parseHost } from "./host.ts";
import type { InvitePass } from "./invite-pass.ts";

export interface Invite {
  /** The server's host, in parseHost()'s spelling. */
  readonly host: string;
  readonly port: number;
  /** 32 bytes */
  readonly caFingerprint: Uint8Array;
  /** INVITE_TOKEN_BYTES */
  readonly token: Uint8Array;
  /** Whole seconds. */
  readonly expiresAt: Date;
  /** Set when the invite is reserved for one name. */
  readonly name?: Username;
  /** Set when a member's program handed the link out. */
  readonly pass?: InvitePass;
}

const PATH = "/join";
const PARAMETERS: readonly string[] = ["server", "ca", "token", "expires", "name", "by", "pass"];
/** Publisher and name of an extension. */
const EXTENSION_ID = /^[a-z0-9][a-z0-9-]*\.[a-z0-9][a-z0-9-]*$/i;
/** Schemes that browsers or other programs act upon; no editor has one of these. */
const FOREIGN_SCHEMES: ReadonlySet<string> = new Set(["http:", "https:", "ws:", "wss:", "ftp:", "file:"]);

/**
 * Accepts both forms, with white space around.
 * @param now the time by which "expired" is judged; the present where absent
 * @throws UsageError "invite-malformed" with a sentence about the fault, "invite-expired"
 */
export function parseInvite(link: string, now = new Date()): Invite {
  const text = link.trim();
  if (text.length > MAX_INVITE_CHARACTERS)
    throw malformed(`is longer than ${MAX_INVITE_CHARACTERS} characters`);
  if (/[\s#\\]/.test(text)) throw malformed("has a space, a backslash or a # in it");
  // No `cause` here: the error of URL carries the whole link.
  if (!URL.canParse(text)) throw malformed("is not a link with a server and a port from 1 to 65535");
  const url = new URL(text);
  if (url.pathname !== PATH || url.username !== "" || url.password !== "")
    throw malformed("does not look like parley://server:port/join?…");
  const values = parameters(url);
  const expiresAt = seconds(required(values, "expires"));
  const name = values.get("name");
  const pass = passOf(values);
  const invite = {
    ...parseServer(serverOf(url, values)),
    caFingerprint: bytes(values, "ca", CA_FINGERPRINT_BYTES),
    token: bytes(values, "token", INVITE_TOKEN_BYTES),
    expiresAt,
    ...(name === undefined ? {} : { name: username(name) }),
    ...(pass === undefined ? {} : { pass }),
  };
  if (expiresAt <= now)
    throw new UsageError("invite-expired", `The invite expired ${expiresAt.toISOString()}`);
  return invite;
}

/**
 * Formats an invite link.
 * @throws UsageError "bad-argument" for an invite that parseInvite() would not accept
 */
export function inviteLink(invite: Invite): string {
  return checked(`parley://${serverText(invite)}${PATH}?${query(invite)}`);
}

/**
 * Formats an invite link that opens the editor.
 * @param scheme the editor's own (`vscode`, `vscode-insiders`, `code-oss`, ...)
 * @param extensionId publisher.name
 * @throws UsageError "bad-argument" for an invite that parseInvite() would not accept
 */
export function editorInviteLink(invite: Invite, scheme: string, extensionId: string): string {
  const server = encodeURIComponent(serverText(invite)).replaceAll("%3A", ":");
  return checked(`${scheme}://${extensionId}${PATH}?server=${server}&${query(invite)}`);
}

function checked(link: string): string {
  try {
    parseInvite(link, new Date(0));
  } catch (cause) {
    throw new UsageError("bad-argument", "No invite link can be made of this", { cause });
  }
  return link;
}

function serverText({ host, port }: Invite): string {
  const known = parseHost(host);
  if (known === undefined)
    throw new UsageError("bad-argument", "The host is neither a DNS name nor an address");
  return known.text.includes(":") ? `[${known.text}]:${port}` : `${known.text}:${port}`;
}

function query({ caFingerprint, token, expiresAt, name, pass }: Invite): string {
  const base64url = (value: Uint8Array) => Buffer.from(value).toString("base64url");
  const expires = Math.floor(expiresAt.getTime() / 1000);
  const reserved = name === undefined ? "" : `&name=${name}`;
  const passed = pass === undefined ? "" : `&by=${pass.by}&pass=${base64url(pass.secret)}`;
  return `ca=${base64url(caFingerprint)}&token=${base64url(token)}&expires=${expires}${reserved}${passed}`;
}

function parameters(url: URL): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const [key, value] of url.searchParams) {
    if (!PARAMETERS.includes(key)) throw malformed("has a part that invites do not have");
    if (values.has(key)) throw malformed(`has "${key}" twice`);
    values.set(key, value);
  }
  return values;
}

/** Both parts or none: a pass is for one person. */
function passOf(values: ReadonlyMap<string, string>): InvitePass | undefined {
  if (!values.has("by") && !values.has("pass")) return undefined;
  return { by: username(required(values, "by")), secret: bytes(values, "pass", INVITE_PASS_BYTES) };
}

function serverOf(url: URL, values: ReadonlyMap<string, string>): string {
  if (url.protocol === "parley:") {
    if (values.has("server")) throw malformed("names two servers");
    try {
      return decodeURIComponent(url.host); // where a host is not ASCII, URL escapes it
    } catch {
      throw malformed("has a server name that is none");
    }
  }
  if (FOREIGN_SCHEMES.has(url.protocol) || !EXTENSION_ID.test(url.host))
    throw malformed("begins neither with parley:// nor as a link into an editor's extension");
  return required(values, "server");
}

function parseServer(text: string): { host: string; port: number } {
  const [, bracketed, plain, digits] = /^(?:\[([^[\]]*)\]|([^[\]:]*)):([0-9]{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (!(port >= 1 && port <= 65535)) throw malformed("has no port from 1 to 65535");
  const host = parseHost(bracketed ?? plain ?? "");
  if (host === undefined || (bracketed !== undefined) !== host.text.includes(":"))
    throw malformed("has a server name that is none");
  return { host: host.text, port };
}

function required(values: ReadonlyMap<string, string>, key: string): string {
  const value = values.get(key);
  if (value === undefined) throw malformed(`lacks "${key}": it was not copied whole`);
  return value;
}

function bytes(values: ReadonlyMap<string, string>, key: string, length: number): Uint8Array {
  const text = required(values, key);
  const value = Buffer.from(text, "base64url");
  // Buffer skips characters that are not base64url: only the one exact spelling counts.
  if (value.length !== length || value.toString("base64url") !== text)
    throw malformed(`has a damaged "${key}": it was not copied whole`);
  return new Uint8Array(value);
}

function seconds(text: string): Date {
  if (!/^[0-9]{1,12}$/.test(text)) throw malformed('has an "expires" that is no time');
  return new Date(Number(text) * 1000);
}

function username(text: string): Username {
  const name = parseUsername(text);
  if (name === undefined) throw malformed("is for a name that this protocol does not allow");
  return name;
}

function malformed(what: string): UsageError {
  return new UsageError("invite-malformed", `The invite link ${what}`);
}
