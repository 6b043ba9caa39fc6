/** Numbers by which the tables name a chat and a person. They mean nothing outside this store. */
import type { Brand } from "../../protocol/ids.ts";
import { integer, type Row } from "./columns.ts";

export type ChatNumber = number & Brand<"chat's number">;
export type PersonNumber = number & Brand<"person's number">;

export function chatNumber(row: Row, column = "chat"): ChatNumber {
  return integer(row, column) as ChatNumber;
}

export function personNumber(row: Row, column = "person"): PersonNumber {
  return integer(row, column) as PersonNumber;
}
