/** The welcome content of the views, each with the condition under which VS Code shows it. The manifest is made from this table. */
import { all, type Condition, is, isNot, isOneOf, isTrue, matches, not } from "./when.ts";

const stopped = is("parley.state", "stopped");
const failed = is("parley.state", "failed");
const noAccount = is("parley.state", "no-account");
const isUntrusted = matches("parley.reason", /^(wrong-ca|certificate-|revocation-|server-key-)/);

/** Of the Parley view. The names are those of their texts in package.nls.json: `welcome.<name>`. */
export const welcomeViews = {
  noAccount: all(noAccount, is("parley.side", "same")),
  noAccountLocal: all(noAccount, is("parley.side", "local")),
  noAccountRemote: all(noAccount, is("parley.side", "remote")),
  signedOut: is("parley.state", "signed-out"),
  connecting: is("parley.state", "connecting"),
  waiting: is("parley.state", "waiting"),
  superseded: all(stopped, is("parley.reason", "superseded")),
  refused: all(stopped, is("parley.reason", "auth-refused")),
  untrusted: all(stopped, isUntrusted),
  stopped: all(
    stopped,
    isNot("parley.reason", "in-use"),
    isNot("parley.reason", "keyring-silent"),
    isNot("parley.reason", "locked"),
    isNot("parley.reason", "superseded"),

    isNot("parley.reason", "auth-refused"),
    not(isUntrusted),
  ),
  inUse: all(isOneOf("parley.state", "stopped", "failed"), is("parley.reason", "in-use")),
  failed: all(
    failed,
    isNot("parley.reason", "in-use"),
    not(matches("parley.reason", /^(locked|lock-removed|keyring-silent|keys-.*)$/)),
  ),
  keyringSilent: is("parley.reason", "keyring-silent"),
  keysMissing: is("parley.reason", "keys-missing"),
  keysWrong: is("parley.reason", "keys-wrong"),
  locked: is("parley.reason", "locked"),
  lockRemoved: is("parley.reason", "lock-removed"),
  nobody: is("parley.state", "online"),
} as const satisfies Readonly<Record<string, Condition>>;

/** Of the list of chats in the side bar. */
export const chatListWelcome = {
  noChats: isTrue("parley.hasAccount"),
  chatsElsewhere: not(isTrue("parley.hasAccount")),
} as const satisfies Readonly<Record<string, Condition>>;
