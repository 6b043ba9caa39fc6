/**
 * The people who are visible online, in wire form. Each person is encoded once and grouped into pages, so
 * that a sign-in copies some pages instead of thousands of people.
 */
import { create, toBinary } from "@bufbuild/protobuf";
import { MAX_RECORD_PLAINTEXT_BYTES } from "../../protocol/channel/channel.ts";
import type { Username } from "../../protocol/names.ts";
import { type Envelope, encodeBatch } from "../../protocol/wire/batch.ts";
import {
  Opcode,
  Presence as Status,
  type User,
  UserListSchema,
  UserSchema,
} from "../../protocol/wire/parley_pb.ts";

/** The part of a person that others see. */
export interface Appearance {
  readonly name: Username;
  /** 32 bytes. */
  readonly identityKey: Uint8Array;
}

const PEOPLE_A_PAGE = 64;
/** At some 75 bytes a person, so that LIST fits into one record; the rest follow as PRESENCE. */
const PAGES_IN_LIST = 31;

/** Builds a PRESENCE. */
export function notice(person: Appearance, presence: Status): Envelope {
  return { opcode: Opcode.PRESENCE, id: 0, body: toBinary(UserSchema, user(person, presence)) };
}

export class Roster {
  readonly #pages: Page[] = [];
  readonly #pageOf = new Map<Username, Page>();

  add(person: Appearance): void {
    this.delete(person.name);
    let page = this.#pages.find(({ size }) => size < PEOPLE_A_PAGE);
    if (page === undefined) {
      page = new Page();
      this.#pages.push(page);
    }
    page.add(person.name, encode(person));
    this.#pageOf.set(person.name, page);
  }

  /** Removes a person; does nothing if they are not listed. */
  delete(name: Username): void {
    this.#pageOf.get(name)?.delete(name);
    this.#pageOf.delete(name);
  }

  /**
   * Lists the people online as one of them may see them.
   * @param reader left out
   * @param absent others to leave out: the people who have blocked the reader, up to ten thousand
   * @returns LIST's body, and records with the PRESENCE of those whom it has no room for
   */
  listFor(
    reader: Username,
    absent: ReadonlySet<Username>,
  ): { readonly list: Uint8Array; readonly rest: Uint8Array[] } {
    const affected = this.#pagesOf(absent);
    const isTold = (name: Username) => name !== reader && !absent.has(name);
    const own = this.#pageOf.get(reader);
    const lists: Uint8Array[] = [];
    const notices: Uint8Array[] = [];
    for (const [number, page] of this.#pages.entries()) {
      const isWhole = page !== own && !affected.has(page);
      if (number < PAGES_IN_LIST) lists.push(isWhole ? page.list : page.listOf(isTold));
      else notices.push(isWhole ? page.notices : page.noticesOf(isTold));
    }
    return { list: Buffer.concat(lists), rest: records(notices) };
  }

  /** @returns those with any of the names, and others too where looking up so many names would take longer than the pages */
  #pagesOf(names: ReadonlySet<Username>): ReadonlySet<Page | undefined> {
    if (names.size > this.#pageOf.size) return new Set(this.#pages);
    return new Set(Array.from(names, (name) => this.#pageOf.get(name)));
  }
}

/** A person in both forms. */
interface Encoded {
  /** A UserList with this person alone. */
  readonly list: Uint8Array;
  readonly notice: Envelope;
}

class Page {
  readonly #people = new Map<Username, Encoded>();
  #list: Uint8Array | undefined;
  #notices: Uint8Array | undefined;

  get size(): number {
    return this.#people.size;
  }

  /**
   * A part of a UserList: entries of a repeated field, concatenated, form the list (Protocol Buffers,
   * Encoding, "Repeated Elements").
   */
  get list(): Uint8Array {
    this.#list ??= this.listOf(everybody);
    return this.#list;
  }

  /** A part of a record. */
  get notices(): Uint8Array {
    this.#notices ??= this.noticesOf(everybody);
    return this.#notices;
  }

  add(name: Username, person: Encoded): void {
    this.#people.set(name, person);
    this.#forget();
  }

  delete(name: Username): void {
    this.#people.delete(name);
    this.#forget();
  }

  /** As `list`, of some. */
  listOf(isTold: (name: Username) => boolean): Uint8Array {
    return Buffer.concat(this.#those(isTold).map(({ list }) => list));
  }

  /** As `notices`, of some. */
  noticesOf(isTold: (name: Username) => boolean): Uint8Array {
    return encodeBatch(this.#those(isTold).map(({ notice }) => notice));
  }

  #those(isTold: (name: Username) => boolean): Encoded[] {
    const those: Encoded[] = [];
    for (const [name, person] of this.#people) if (isTold(name)) those.push(person);
    return those;
  }

  #forget(): void {
    this.#list = undefined;
    this.#notices = undefined;
  }
}

function everybody(): boolean {
  return true;
}

function user({ name, identityKey }: Appearance, presence: Status): User {
  return create(UserSchema, { name, identityKey, presence });
}

function encode(person: Appearance): Encoded {
  const users = [user(person, Status.ONLINE)];
  return {
    list: toBinary(UserListSchema, create(UserListSchema, { users })),
    notice: notice(person, Status.ONLINE),
  };
}

/** Returns `parts` in their order, in as few records as possible. */
function records(parts: readonly Uint8Array[]): Uint8Array[] {
  const found: Uint8Array[][] = [];
  let room = 0;
  for (const part of parts) {
    if (part.length > room) {
      found.push([]);
      room = MAX_RECORD_PLAINTEXT_BYTES;
    }
    found.at(-1)?.push(part);
    room -= part.length;
  }
  return found.map((record) => Buffer.concat(record)).filter(({ length }) => length > 0);
}
