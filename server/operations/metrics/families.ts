/** Every metric of the server: its name, its meaning, and where its number comes from. No names, no addresses, nothing per user. */
import { OpcodeSchema } from "../../../protocol/wire/parley_pb.ts";
import type { Expiry } from "../../authority/expiry.ts";
import type { Store } from "../../store/store.ts";
import type { Counts, Reasons } from "./counts.ts";
import type { Family, Sample } from "./exposition.ts";

/** A value at this moment. */
export interface Levels {
  readonly connections: number;
  readonly handshakes: number;
  readonly online: number;
  readonly heldBytes: number;
  readonly expiry: Expiry;
}

/** Names begin with `parley_`; units are seconds and bytes. */
export function families(counts: Counts, store: Store, levels: Levels): Family[] {
  return [
    ...connections(counts, levels),
    ...requests(counts),
    ...storage(counts, store),
    expiry(levels.expiry),
  ];
}

function connections(counts: Counts, levels: Levels): Family[] {
  return [
    gauge("connections", "TCP connections open, signed in or not", levels.connections),
    counter("connections_accepted", "TCP connections taken", counts.connections),
    byReason(
      "connections_refused",
      "TCP connections closed at once, over a limit or while stopping",
      counts.connectionsRefused,
    ),
    byReason("connections_ended", "Signed-in connections that ended, by how", counts.connectionsEnded),
    gauge("handshakes_under_way", "Handshakes begun and not finished", levels.handshakes),
    counter("handshakes", "Handshakes finished", counts.handshakes),
    counter(
      "handshakes_delayed",
      "Times that a handshake had to wait, since its address begins them too fast",
      counts.handshakesDelayed,
    ),
    byReason("handshakes_failed", "Handshakes that failed", counts.handshakesFailed),
    byReason(
      "sign_ins",
      "People let in: with a key that is known, with an invite, with a new key for their name",
      counts.signIns,
      "kind",
    ),
    byReason("sign_ins_refused", "People not let in", counts.signInsRefused),
    gauge("users_online", "People signed in", levels.online),
    gauge(
      "held_bytes",
      "Memory held for all connections: what they have not read, not confirmed, or said only half",
      levels.heldBytes,
    ),
  ];
}

function requests(counts: Counts): Family[] {
  const verbs = OpcodeSchema.values
    .map(({ localName, number }) => ({
      labels: { verb: localName.toLowerCase() },
      value: counts.requests.of(number),
    }))
    .filter(({ value }) => value > 0);
  return [
    family("requests", "counter", "What signed-in clients asked for, answered or not", verbs),
    counter(
      "work_units",
      "What that and sign-ins cost, as far as it was within the limits of each person",
      counts.work,
    ),
    family(
      "answers",
      "counter",
      "Deliveries told to their senders: received by the other side, or stored for them",
      [
        { labels: { outcome: "received" }, value: counts.received },
        { labels: { outcome: "stored" }, value: counts.stored },
      ],
    ),
    byReason("errors", "Requests refused, by the code of the ERROR answer", counts.errors, "code"),
  ];
}

function storage(counts: Counts, store: Store): Family[] {
  const { commits } = store;
  const waiting = store.mailbox.size();
  return [
    counter(
      "mail_relayed",
      "Deliveries handed straight to a connection, without touching the disk",
      counts.relayed,
    ),
    counter("mail_stored", "Deliveries written to a mailbox", store.mailbox.stored),
    counter("mail_collected", "Deliveries confirmed by their recipient out of the mailbox", counts.collected),
    gauge("mailbox_items", "Deliveries that wait in all mailboxes", waiting.items),
    gauge("mailbox_bytes", "Their size", waiting.bytes),
    {
      name: "parley_commit_seconds",
      type: "histogram",
      help: "How long the disk took to commit a transaction",
      samples: commits.seconds.samples,
    },
    counter("commits_failed", "Transactions that could not be committed and were undone", commits.failed),
  ];
}

function expiry({ certificate, revocationList, authority }: Expiry): Family {
  const of = (what: string, date: Date) => ({ labels: { of: what }, value: date.getTime() / 1000 });
  return family("expiry_timestamp_seconds", "gauge", "Until when it is valid, Unix seconds", [
    of("certificate", certificate),
    of("revocation-list", revocationList),
    of("authority", authority),
  ]);
}

function counter(name: string, help: string, value: number): Family {
  return family(name, "counter", help, [{ value }]);
}

function gauge(name: string, help: string, value: number): Family {
  return family(name, "gauge", help, [{ value }]);
}

function byReason(name: string, help: string, reasons: Reasons, label = "reason"): Family {
  return family(
    name,
    "counter",
    help,
    [...reasons].map(([reason, value]) => ({ labels: { [label]: reason }, value })),
  );
}

function family(name: string, type: "counter" | "gauge", help: string, samples: readonly Sample[]): Family {
  return { name: `parley_${name}${type === "counter" ? "_total" : ""}`, type, help, samples };
}
