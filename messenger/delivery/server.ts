/** The server as the messenger's parts see it: its present line, with the people online, and the calls of the table of commands. */
import type { Client } from "../../protocol/client/client.ts";
import { UsageError } from "../../protocol/errors.ts";
import type { Outgoing } from "../store/outbox.ts";
import { type AnswerOf, type ArgsOf, COMMANDS, type Envelope, type NowCommand } from "./commands.ts";

/** Without the client's verbs: all that leaves goes through the table of commands. */
export type Line = Pick<Client, "users" | "mailboxDays" | "run" | "maxBlobBytes">;

export class Server {
  readonly #client: () => Client | undefined;

  /** @param client returns the client while it is online */
  constructor(client: () => Client | undefined) {
    this.#client = client;
  }

  /** Returns undefined while there is no line. */
  get line(): Line | undefined {
    return this.#client();
  }

  /**
   * Sends a command at once. Settles with the client's promise and not a turn later: deliveries that come with the answer are behind it.
   * @throws UsageError "not-connected"; RefusedError, NetworkError, UsageError as the client's verb
   */
  ask<Name extends NowCommand>(command: Name, ...args: ArgsOf<Name>): Promise<AnswerOf<Name>> {
    const client = this.#client();
    if (client === undefined) return notConnected(command);
    const send = COMMANDS[command].send as unknown as (
      client: Client,
      ...args: ArgsOf<Name>
    ) => Promise<AnswerOf<Name>>;
    return send(client, ...args);
  }

  /** Sends an entry of the outbox, for Delivery. @throws as ask() */
  deliver(envelope: Envelope, outgoing: Outgoing): Promise<unknown> {
    const client = this.#client();
    if (client === undefined) return notConnected(outgoing.verb);
    const send = COMMANDS[outgoing.verb].send as (
      client: Client,
      envelope: Envelope,
      outgoing: Outgoing,
    ) => Promise<unknown>;
    return send(client, envelope, outgoing);
  }
}

function notConnected(command: string): Promise<never> {
  return Promise.reject(new UsageError("not-connected", `There is no line for ${command}`));
}
