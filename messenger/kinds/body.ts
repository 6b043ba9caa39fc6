/** Derives from the registry: the types and schemas of all kinds together, and the kind of a given value. */
import * as v from "valibot";
import type { ContentData } from "../../protocol/e2ee/content.ts";
import type { SentFile } from "../../protocol/e2ee/kinds/files.ts";
import type { MessageId } from "../../protocol/names.ts";
import type { Amend, ChangingKind, Kind, ShownKind, Signal, SignalKind, Words } from "./kind.ts";
import { KINDS } from "./registry.ts";

type AnyKind = (typeof KINDS)[keyof typeof KINDS];
type KindThat<Does> = Extract<AnyKind, { readonly effect: { readonly does: Does } }>;
type DataOf<Of> = Of extends { readonly schema: infer Schema extends v.GenericSchema }
  ? Readonly<v.InferOutput<Schema>>
  : never;
type PageOf<Of> = Of extends { readonly page: infer Page } ? DataOf<Page> : DataOf<Of>;

/** The data of a message as it is shown. */
export type Body = DataOf<KindThat<"append">>;
/** The part of it that a page in a webview gets: no keys. */
export type PageBody = PageOf<KindThat<"append">>;
/** The data of a change to another message. */
export type Change = DataOf<KindThat<"amend">>;
/** The data of a signal, which is acted upon when it comes, and leaves no row. */
export type SignalData = Extract<ContentData, { kind: NameThat<"signal"> }>;
/** The bodies that can be sealed. */
export type Sendable = DataOf<Extract<AnyKind, { readonly effect: { readonly retry: true } }>>;

type NameThat<Does> = {
  [Name in keyof typeof KINDS]: (typeof KINDS)[Name] extends { readonly effect: { readonly does: Does } }
    ? Name
    : never;
}[keyof typeof KINDS];

interface Named {
  readonly kind: keyof typeof KINDS;
}

/** @returns the kind of the value */
function kindOf<Data extends Named>(data: Data): Kind<Data> {
  return KINDS[data.kind] as unknown as Kind<Data>; // a value's `kind` is the name of its kind in the registry
}

export function shownKind<Data extends Body | PageBody>(body: Data): ShownKind<Data> {
  return KINDS[body.kind] as unknown as ShownKind<Data>;
}

export function isShown<Data extends Named>(data: Data): data is Data & Body {
  return kindOf(data).effect.does === "append";
}

export function isChange<Data extends Named>(data: Data): data is Data & Change {
  return kindOf(data).effect.does === "amend";
}

/** Returns the change's effect on its target. */
export function amendOf<Data extends Change>(change: Data): Amend<Data, Body> {
  return (KINDS[change["kind"]] as unknown as ChangingKind<Data, Body>).effect;
}

/** Returns the signal's action. */
export function signalOf<Data extends SignalData>(signal: Data): Signal<Data> {
  return (KINDS[signal.kind] as unknown as SignalKind<Data>).effect;
}

/** @returns the message that it changes; undefined for a body that is shown as a message itself */
export function targetOf(body: Body | Change): MessageId | undefined {
  return isChange(body) ? amendOf(body).target(body) : undefined;
}

/** @returns whether it can be sealed, and sealed anew */
export function isSendable(body: Body | Change): body is Sendable | Change {
  return isChange(body) || shownKind(body).effect.retry;
}

/** @returns whether it is one of the chat's own events, and nobody's message */
export function isLine(body: Body | PageBody): boolean {
  return shownKind(body).effect.author === "chat";
}

/** @returns whether receipts are sent for a received one */
export function isReceipted(body: Body | Change): boolean {
  return isChange(body) || shownKind(body).effect.receipt;
}

/** @returns whether changes can have an effect on it */
export function isChangeable(body: Body | PageBody): boolean {
  return shownKind(body).effect.changeable;
}

/** @returns the files that belong to it */
export function filesOf(body: Body): readonly SentFile[] {
  return shownKind(body).files?.(body) ?? [];
}

/** @returns its data for an export, without keys */
export function exportedData(body: Body): object {
  return shownKind(body).exported?.(body) ?? body;
}

/** @returns its text for people */
export function bodyText(body: Body | PageBody, words: Words): string {
  return shownKind(body).text(body, words);
}

const kinds: readonly AnyKind[] = Object.values(KINDS);

/** The bodies of messages that are shown: in the store and backups, on the windows' pipe and on the way to the page. */
export const bodySchema = v.variant(
  "kind",
  kinds
    .filter((kind): kind is KindThat<"append"> => kind.effect.does === "append")
    .map(({ schema }) => schema),
);

/** The bodies of messages on a page. */
export const pageBodySchema = v.variant(
  "kind",
  kinds
    .filter((kind): kind is KindThat<"append"> => kind.effect.does === "append")
    .map((kind) => ("page" in kind ? kind.page.schema : kind.schema)),
);

/** @returns the part of a body that a page gets */
export function pageBody(body: Body): PageBody {
  return (shownKind(body).page?.of(body) ?? body) as PageBody; // A kind without `page` has the same data there.
}

const changeSchemas = Object.values<{ readonly effect: { readonly does: string } }>(KINDS)
  .filter((kind): kind is ChangingKind<Change> => kind.effect.does === "amend")
  .map(({ schema }) => schema);

/** All bodies in the store and backups. */
export const storedSchema: v.GenericSchema<unknown, Body | Change> = v.union([bodySchema, ...changeSchemas]);
