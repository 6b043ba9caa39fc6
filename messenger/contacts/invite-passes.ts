/**
 * Stores invite passes (protocol/identity/invite-pass.ts): the secrets of invites made here, each valid for one person and until its invite
 * expires, and the pass of the invite that this account joined with. They are sealed in the store and not in backups.
 */
import * as v from "valibot";
import {
  type InvitePass,
  newPassSecret,
  passProves,
  provePass,
} from "../../protocol/identity/invite-pass.ts";
import { INVITE_PASS_BYTES } from "../../protocol/limits.ts";
import { parseUsername, type Username } from "../../protocol/names.ts";
import type { Context } from "../context.ts";
import { base64Bytes } from "../store/columns.ts";
import { SealError } from "../store/seal.ts";
import type { SettingName } from "../store/settings.ts";

/**
 * The most passes, the oldest of which are dropped, since each proof is checked against all. A server allows some twenty unused invites.
 */
const MAX_PASSES = 100;

const secret = v.pipe(base64Bytes, v.length(INVITE_PASS_BYTES));
const until = v.pipe(v.number(), v.safeInteger());
const IssuedSchema = v.array(v.object({ secret, until }));
const CameBySchema = v.object({
  by: v.custom<Username>((value) => typeof value === "string" && parseUsername(value) !== undefined),
  secret,
  until,
});

interface Issued {
  readonly secret: Uint8Array;
  /** The expiry of its invite: Unix time, milliseconds. */
  readonly until: number;
}

export class InvitePasses {
  readonly #context: Context;

  constructor(context: Context) {
    this.#context = context;
  }

  /** Makes and stores the pass of a new invite. */
  issue(expiresAt: Date): InvitePass {
    const pass = { by: this.#context.me().name, secret: newPassSecret() };
    this.#keep([{ secret: pass.secret, until: expiresAt.getTime() }, ...this.#issued()].slice(0, MAX_PASSES));
    return pass;
  }

  /**
   * Uses up the pass that `proof` was made with. Called inside a transaction.
   * @param proof untrusted. @param newcomer the key that signed the request
   * @returns whether there was such a pass
   */
  redeem(proof: Uint8Array, newcomer: Uint8Array): boolean {
    const { server, identity } = this.#context.me();
    const claim = { server, newcomer, inviter: identity.publicKey };
    const issued = this.#issued();
    const left = issued.filter((one) => !passProves(one.secret, claim, proof));
    if (left.length === issued.length) return false;
    this.#keep(left);
    return true;
  }

  /** Stores the pass of the invite that this account joined with. */
  joinedWith({ by, secret: known }: InvitePass, expiresAt: Date): void {
    const json: v.InferInput<typeof CameBySchema> = { by, secret: base64(known), until: expiresAt.getTime() };
    this.#context.store.settings.set("came-by", JSON.stringify(json));
  }

  /** @returns whether this account joined with that person's invite, and it has not expired */
  isFrom(inviter: Username): boolean {
    return this.#ownPass(inviter) !== undefined;
  }

  /** Proves to an inviter that this account joined with their invite. @param inviterKey the pinned key @returns undefined if it did not */
  proofFor(inviter: Username, inviterKey: Uint8Array): Uint8Array | undefined {
    const pass = this.#ownPass(inviter);
    const { server, identity } = this.#context.me();
    return pass && provePass(pass.secret, { server, newcomer: identity.publicKey, inviter: inviterKey });
  }

  #ownPass(inviter: Username): v.InferOutput<typeof CameBySchema> | undefined {
    const pass = this.#read("came-by", CameBySchema);
    return pass?.by === inviter && pass.until > Date.now() ? pass : undefined;
  }

  #issued(): readonly Issued[] {
    return (this.#read("invite-passes", IssuedSchema) ?? []).filter((one) => one.until > Date.now());
  }

  #keep(issued: readonly Issued[]): void {
    const json: v.InferInput<typeof IssuedSchema> = issued.map((one) => ({
      secret: base64(one.secret),
      until: one.until,
    }));
    this.#context.store.settings.set("invite-passes", JSON.stringify(json));
  }

  /** Reads a setting. If it does not open or parse, its passes are lost, and the user is asked about those requests. */
  #read<Schema extends v.GenericSchema>(
    name: SettingName,
    schema: Schema,
  ): v.InferOutput<Schema> | undefined {
    try {
      const json = this.#context.store.settings.get(name);
      return json === undefined ? undefined : v.parse(schema, JSON.parse(json));
    } catch (error) {
      if (error instanceof SealError || error instanceof SyntaxError || v.isValiError(error))
        return undefined;
      throw error;
    }
  }
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}
