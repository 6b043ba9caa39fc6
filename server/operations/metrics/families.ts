/**
 * Every metric of the server: its name, its meaning, and the source of its value. No names, no addresses,
 * nothing per user.
 */
import { OpcodeSchema } from "../../../protocol/wire/parley_pb.ts";
import type { Expiry } from "../../authority/expiry.ts";
import type { Store } from "../../store/store.ts";
import { help, type Metric } from "../../words/metrics.ts";
import type { Counts, Reasons } from "./counts.ts";
import type { Family, Sample } from "./exposition.ts";

/** Current values. */
export interface Levels {
  readonly connections: number;
  readonly handshakes: number;
  readonly online: number;
  readonly heldBytes: number;
  readonly expiry: Expiry;
}

/** Returns all metrics. Names begin with `parley_`; units are seconds and bytes. */
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
    gauge("connections", levels.connections),
    counter("connections_accepted", counts.connections),
    byReason("connections_refused", counts.connectionsRefused),
    byReason("connections_ended", counts.connectionsEnded),
    gauge("handshakes_under_way", levels.handshakes),
    counter("handshakes", counts.handshakes),
    counter("handshakes_delayed", counts.handshakesDelayed),
    byReason("handshakes_failed", counts.handshakesFailed),
    byReason("sign_ins", counts.signIns, "kind"),
    byReason("sign_ins_refused", counts.signInsRefused),
    gauge("users_online", levels.online),
    gauge("held_bytes", levels.heldBytes),
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
    family("requests", "counter", verbs),
    counter("work_units", counts.work),
    family("answers", "counter", [
      { labels: { outcome: "received" }, value: counts.received },
      { labels: { outcome: "stored" }, value: counts.stored },
    ]),
    byReason("errors", counts.errors, "code"),
  ];
}

function storage(counts: Counts, store: Store): Family[] {
  const { commits } = store;
  const waiting = store.mailbox.size();
  const kept = store.blobs.size();
  return [
    counter("mail_relayed", counts.relayed),
    counter("mail_stored", store.mailbox.stored),
    counter("mail_collected", counts.collected),
    gauge("mailbox_items", waiting.items),
    gauge("mailbox_bytes", waiting.bytes),
    gauge("blobs", kept.blobs),
    gauge("blob_bytes", kept.bytes),
    {
      name: "parley_commit_seconds",
      type: "histogram",
      help: help.commit_seconds,
      samples: commits.seconds.samples,
    },
    counter("commits_failed", commits.failed),
  ];
}

function expiry({ certificate, revocationList, authority }: Expiry): Family {
  const of = (what: string, date: Date) => ({ labels: { of: what }, value: date.getTime() / 1000 });
  return family("expiry_timestamp_seconds", "gauge", [
    of("certificate", certificate),
    of("revocation-list", revocationList),
    of("authority", authority),
  ]);
}

function counter(name: Metric, value: number): Family {
  return family(name, "counter", [{ value }]);
}

function gauge(name: Metric, value: number): Family {
  return family(name, "gauge", [{ value }]);
}

function byReason(name: Metric, reasons: Reasons, label = "reason"): Family {
  return family(
    name,
    "counter",
    [...reasons].map(([reason, value]) => ({ labels: { [label]: reason }, value })),
  );
}

function family(name: Metric, type: "counter" | "gauge", samples: readonly Sample[]): Family {
  return { name: `parley_${name}${type === "counter" ? "_total" : ""}`, type, help: help[name], samples };
}
