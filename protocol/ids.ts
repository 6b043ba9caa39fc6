/**
 * Names and ids as branded types, so that one cannot be passed for another. names.ts has the functions that
 * make them.
 */
declare const brand: unique symbol;
/** Makes one kind of string a distinct type. */
export interface Brand<Name extends string> {
  readonly [brand]: Name;
}

/** A person's name on one server: `[a-z0-9][a-z0-9._-]{0,31}`. */
export type Username = string & Brand<"Username">;
/** 16 random bytes as 32 lower-case hexadecimal digits; also the MLS group id. */
export type ConversationId = string & Brand<"ConversationId">;
/** 16 random bytes as 32 lower-case hexadecimal digits; the same on every retry. */
export type MessageId = string & Brand<"MessageId">;
/**
 * 32 random bytes as 64 lower-case hexadecimal digits. The server returns the blob to any member who has its
 * id.
 */
export type BlobId = string & Brand<"BlobId">;
