/** The schema of a message's id. */
import * as v from "valibot";
import type { MessageId } from "../../protocol/names.ts";

const ID = /^[0-9a-f]{32}$/;

export const messageIdSchema = v.custom<MessageId>((value) => typeof value === "string" && ID.test(value));
