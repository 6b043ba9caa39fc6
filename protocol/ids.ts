/** Names and ids as types of their own, so that one cannot be passed for another. names.ts has the functions that make them. */
declare const brand: unique symbol;

/** A person's name on one server: `[a-z0-9][a-z0-9._-]{0,31}`. */
export type Username = string & { readonly [brand]: "Username" };
/** 16 random bytes as 32 lower-case hexadecimal digits; also the MLS group id. */
export type ConversationId = string & { readonly [brand]: "ConversationId" };
/** 16 random bytes as 32 lower-case hexadecimal digits; the same on every retry. */
export type MessageId = string & { readonly [brand]: "MessageId" };
