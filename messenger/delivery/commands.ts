/**
 * All that the messenger asks of the server, a row each, with its policy. This is the only module that calls the client's verbs.
 */
import { type BlobSource, downloadBlob, type Transfer, uploadBlob } from "../../protocol/client/blobs.ts";
import type { Client } from "../../protocol/client/client.ts";
import type { RequestKey } from "../../protocol/identity/request-key.ts";
import type { BlobId, ConversationId, Username } from "../../protocol/names.ts";
import type { Outgoing } from "../store/outbox.ts";

/** Where an entry of the outbox goes. */
export interface Envelope {
  readonly conversation: ConversationId;
  /** The other person of a chat of two. */
  readonly to: Username;
  /** Their pinned key, where there is one. */
  readonly knownKey?: Uint8Array;
}

type Queued<Verb extends Outgoing["verb"]> = (
  client: Client,
  envelope: Envelope,
  outgoing: Extract<Outgoing, { readonly verb: Verb }>,
) => Promise<unknown>;

interface Row {
  readonly policy: "queue" | "now";
  readonly send: (client: Client, ...args: never[]) => Promise<unknown>;
}

type DownloadTerms = NonNullable<Parameters<typeof downloadBlob>[3]>;
type RequestTerms = NonNullable<Parameters<Client["requestToTalk"]>[2]>;

/**
 * Returns a row that is in the outbox, written in the transaction that decided it. It leaves in the order of its chat, and again until
 * the server has answered.
 */
function queue<Verb extends Outgoing["verb"]>(send: Queued<Verb>) {
  return { policy: "queue", send } as const;
}

/** Returns a row whose caller waits for the answer. Nothing of it is kept, and it is not sent again. */
function now<Args extends readonly unknown[], Answer>(
  send: (client: Client, ...args: Args) => Promise<Answer>,
) {
  return { policy: "now", send } as const;
}

export const COMMANDS = {
  message: queue<"message">((client, { conversation }, { id, sealed }) =>
    client.send(conversation, id, sealed),
  ),
  commit: queue<"commit">((client, { conversation }, { id, sealed, epoch }) =>
    client.commit(conversation, id, sealed, epoch),
  ),
  accept: queue<"accept">((client, { to, conversation }, { keyPackage }) =>
    client.accept(to, conversation, keyPackage),
  ),
  establish: queue<"establish">((client, { to, conversation }, { welcome }) =>
    client.establish(to, conversation, welcome),
  ),
  refuse: queue<"refuse">((client, { to, conversation }) => client.refuse(to, conversation)),
  notify: queue<"notify">((client, { to, conversation }, { reason }) =>
    client.notify(to, conversation, reason),
  ),
  /** Sent without the user, for a conversation that replaces a lost one. */
  request: queue<"request">((client, { to, conversation, knownKey }) =>
    client.requestToTalk(to, conversation, { wait: true, ...(knownKey !== undefined && { knownKey }) }),
  ),

  /** Sent for the user, who learns at once if nobody has that name. */
  ask: now((client, to: Username, conversation: ConversationId, terms: RequestTerms) =>
    client.requestToTalk(to, conversation, terms),
  ),
  /** Refuses a request that isn't shown, since it was made for another key. There is no chat that the refusal could wait in. */
  refuseForged: now((client, to: Username, conversation: ConversationId) => client.refuse(to, conversation)),
  /** Ends a conversation of which nothing is stored here, not even the other person: there is no chat that it could wait in. */
  endUnknown: now((client, conversation: ConversationId) =>
    client.notify(undefined, conversation, "lost-state"),
  ),
  list: now((client) => client.list()),
  conversations: now((client, after: ConversationId | undefined) => client.conversations(after)),
  requestKey: now((client, of: Username) => client.requestKey(of)),
  /** Repeated at every sign-in, with the values of that moment. */
  publishRequestKey: now((client, key: RequestKey) => client.publishRequestKey(key)),
  /** Without a line, the comparison at the next sign-in makes up for it. */
  block: now((client, name: Username) => client.block(name)),
  unblock: now((client, name: Username) => client.unblock(name)),
  blocked: now((client) => client.blocked()),
  hide: now((client, hidden: boolean) => client.hide(hidden)),
  /** A blob, or the rest of one, in parts that let messages go first. */
  uploadBlob: now((client, id: BlobId, source: BlobSource, transfer: Transfer) =>
    uploadBlob(client, id, source, transfer),
  ),
  /** Answers with the parts as they come. */
  downloadBlob: now(async (client, id: BlobId, bytes: number, how: DownloadTerms) =>
    downloadBlob(client, id, bytes, how),
  ),
  dropBlob: now((client, id: BlobId) => client.dropBlob(id)),
  /** Lost where it cannot be passed on at once. */
  signal: now(async (client, conversation: ConversationId, sealed: Uint8Array) =>
    client.signal(conversation, sealed),
  ),
  invite: now((client, uses: number, expiresSeconds: number) => client.invite(uses, expiresSeconds)),
} as const satisfies Readonly<Record<string, Row>> & {
  readonly [Verb in Outgoing["verb"]]: Row & { readonly send: Queued<Verb> };
};

type Commands = typeof COMMANDS;
/** The commands that are sent at once. */
export type NowCommand = {
  [Name in keyof Commands]: Commands[Name]["policy"] extends "now" ? Name : never;
}[keyof Commands];
export type ArgsOf<Name extends NowCommand> = Commands[Name]["send"] extends (
  client: Client,
  ...args: infer Args
) => unknown
  ? Args
  : never;
export type AnswerOf<Name extends NowCommand> = Awaited<ReturnType<Commands[Name]["send"]>>;
