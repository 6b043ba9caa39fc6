/**
 * Judges the evidence of a run: the messages that every window showed, in order, and the histories at the
 * end, when everything runs again and is idle. Pure.
 */
import type { Entry, Shown } from "./journal.ts";

/** The time between two losses of a user's store. */
export interface Life {
  /** One journal for each window that ever ran. */
  readonly journals: readonly (readonly Entry[])[];
  /** The histories at its end. By peer, oldest first; texts and events. */
  readonly histories: ReadonlyMap<string, readonly Shown[]>;
}

export interface UserEvidence {
  readonly name: string;
  /** Oldest first; the last is the current one. Only one if the user never lost their store. */
  readonly lives: readonly Life[];
}

type Wrong =
  /** Shown as sent, and missing at its receiver. */
  | "lost"
  /** More than once in a history. */
  | "duplicated"
  /** In a history, though nobody wrote it, or not to that person. */
  | "invented"
  /** Reported as stored, and missing in the sender's own history. */
  | "swallowed"
  /** Reported as not stored, but sent. */
  | "contradicted"
  /** Neither accepted nor refused, although the window continued to run. */
  | "unanswered"
  /** Still in flight, or without its tick, when everything was idle. */
  | "stuck"
  /** Failed, without a reason. */
  | "unexplained"
  /** In another order than in the sender's history. */
  | "disordered"
  /** Two notifications, or added twice to one window. */
  | "shown-twice"
  /** A tick disappeared. */
  | "taken-back"
  /** An event line that an honest server does not cause. */
  | "odd-event"
  /** The two people see different versions, reactions or files of a message. */
  | "diverged"
  /** The user was told that a change is stored, and it has no effect. */
  | "unchanged"
  /** A file was offered that isn't the one that was sent, or cannot be fetched. */
  | "bad-file";

interface Violation {
  readonly wrong: Wrong;
  /** The user whose window or history shows it. */
  readonly user: string;
  readonly peer: string;
  readonly what: string;
}

interface Figures {
  /** Pressed Enter. */
  readonly entered: number;
  readonly accepted: number;
  readonly refused: number;
  /** Shown to the sender as sent, at least. */
  readonly shownAsSent: number;
  readonly received: number;
  readonly failed: number;
}

export interface Verdict {
  readonly violations: readonly Violation[];
  readonly figures: Figures;
}

/** Codes after which the caller cannot know whether the call was carried out; the interface says so. */
const UNDECIDED: ReadonlySet<string> = new Set(["handed-over", "closed", "in-use"]);
const SENT: ReadonlySet<string | undefined> = new Set(["sent", "delivered", "read"]);
const ODD: ReadonlySet<string | undefined> = new Set(["undecryptable", "missing", "late"]);
const TICKS = ["delivered", "read"];

/** The messages of one sender to one receiver, by their text: all texts of a run differ. */
interface Said {
  /** Sent in a past lifetime: the sender need not know it any more. */
  readonly forgotten: boolean;
  accepted: boolean;
  refused: string | undefined;
  shownAsSent: boolean;
  retried: boolean;
}

export function judge(users: readonly UserEvidence[]): Verdict {
  const violations: Violation[] = [];
  const figures = { entered: 0, accepted: 0, refused: 0, shownAsSent: 0, received: 0, failed: 0 };
  const names = namesOf(users);
  const byName = new Map(users.map((user) => [user.name, named(user, names)]));

  for (const { name, lives } of byName.values()) {
    for (const { journals } of lives) {
      for (const journal of journals) violations.push(...judgeWindow(name, journal));
      violations.push(...judgeNotifications(name, journals));
    }
    const own = lives.at(-1)?.histories ?? new Map<string, readonly Shown[]>();
    const said = gather(lives);
    const peers = new Set([...said.keys(), ...own.keys()]);
    for (const peer of peers) {
      const mine = own.get(peer) ?? [];
      const receiver = byName.get(peer);
      const theirs = receiver?.lives.at(-1)?.histories.get(name) ?? [];
      const words = said.get(peer) ?? new Map<string, Said>();
      const losses = {
        senderLost: lives.length > 1,
        receiverLost: (receiver?.lives.length ?? 0) > 1,
        hadBefore: receivedBeforeLoss(receiver, name),
      };
      const wrongs = judgeDirection(words, mine, theirs, losses);
      violations.push(...judgeStates(name, peer, [mine, theirs], lives, receiver?.lives ?? []));
      violations.push(...wrongs.map(({ wrong, what, at }) => verdictOn(wrong, what, at, name, peer)));
      figures.entered += words.size;
      for (const { accepted, refused, shownAsSent } of words.values()) {
        if (accepted) figures.accepted++;
        if (refused !== undefined) figures.refused++;
        if (shownAsSent) figures.shownAsSent++;
      }
      figures.received += theirs.filter(({ mine, text }) => !mine && text !== undefined).length;
      figures.failed += mine.filter(({ state }) => state === "failed").length;
    }
  }
  return { violations, figures };
}

/** Returns the names of messages by their ids: a message that was deleted for both shows none. */
function namesOf(users: readonly UserEvidence[]): ReadonlyMap<string, string> {
  const entries = users.flatMap(({ lives }) => lives.flatMap(({ journals }) => journals.flat()));
  return new Map(
    entries.flatMap((entry) =>
      entry.kind === "entered" && entry.id !== undefined ? [[entry.id, entry.text]] : [],
    ),
  );
}

function named({ name, lives }: UserEvidence, names: ReadonlyMap<string, string>): UserEvidence {
  const withName = (shown: Shown): Shown =>
    shown.deleted === true ? { ...shown, text: names.get(shown.id) } : shown;
  const all = lives.map(({ journals, histories }) => ({
    journals,
    histories: new Map([...histories].map(([peer, history]) => [peer, history.map(withName)])),
  }));
  return { name, lives: all };
}

/** Compares what a user sees with what they did, and with what the other sees. After a loss, neither need have the other's changes. */
function judgeStates(
  user: string,
  peer: string,
  [own, others]: readonly [readonly Shown[], readonly Shown[]],
  lives: readonly Life[],
  otherLives: readonly Life[],
): readonly Violation[] {
  const violations: Violation[] = [];
  const find = (wrong: Wrong, what: string) => violations.push({ wrong, user, peer, what });
  const byId = new Map(others.map((message) => [message.id, message]));
  const edits = new Map<string, number>();
  const deletions = new Set<string>();
  for (const entry of lives.flatMap(({ journals }) => journals.flat())) {
    if (entry.kind === "bad-file" && entry.peer === peer) find("bad-file", entry.what);
    if (entry.kind !== "changed") continue;
    if (entry.by === "delete") deletions.add(entry.id);
    else edits.set(entry.id, (edits.get(entry.id) ?? 0) + 1);
  }
  for (const { id, content, deleted, edited = 0, changes = [] } of own) {
    for (const state of changes) if (state !== "failed") find("stuck", `a change of ${content}: ${state}`);
    if (lives.length > 1) continue;
    const isUnchanged = deletions.has(id)
      ? deleted !== true
      : deleted !== true && edited < (edits.get(id) ?? 0);
    if (isUnchanged) find("unchanged", content ?? id);
    const other = byId.get(id);
    if (other === undefined || otherLives.length > 1) continue;
    const hasFailed = [...changes, ...(other.changes ?? [])].includes("failed");
    if (other.content !== content && !hasFailed) find("diverged", `${content} and ${other.content}`);
  }
  return violations;
}

interface Finding {
  readonly wrong: Wrong;
  readonly what: string;
  readonly at: "sender" | "receiver";
}

function verdictOn(
  wrong: Wrong,
  what: string,
  at: Finding["at"],
  sender: string,
  receiver: string,
): Violation {
  return at === "sender"
    ? { wrong, user: sender, peer: receiver, what }
    : { wrong, user: receiver, peer: sender, what };
}

/**
 * Returns the messages that a user had received from that peer before their store was lost, which need not
 * arrive again.
 */
function receivedBeforeLoss(user: UserEvidence | undefined, peer: string): ReadonlySet<string> {
  const heard = new Set<string>();
  for (const { journals, histories } of user?.lives.slice(0, -1) ?? []) {
    const added = journals.flat().flatMap((entry) => (entry.kind === "added" ? [entry.message] : []));
    for (const message of [...added, ...(histories.get(peer) ?? [])])
      if (message.peer === peer && !message.mine && message.text !== undefined) heard.add(message.text);
  }
  return heard;
}

/** Collects each message, its receiver, and the best state that any window or the history ever showed. */
function gather(lives: readonly Life[]): ReadonlyMap<string, ReadonlyMap<string, Said>> {
  const byPeer = new Map<string, Map<string, Said>>();
  const byText = new Map<string, Said>();
  const retried = new Set<string>();
  const entries = lives.flatMap(({ journals }, life) =>
    journals.flat().map((entry) => ({ entry, forgotten: life < lives.length - 1 })),
  );
  for (const { entry, forgotten } of entries) {
    if (entry.kind === "retried") retried.add(entry.id);
    if (entry.kind !== "entered") continue;
    const said: Said = {
      forgotten,
      accepted: false,
      refused: undefined,
      shownAsSent: false,
      retried: false,
    };
    byText.set(entry.text, said);
    const words = byPeer.get(entry.peer) ?? new Map<string, Said>();
    byPeer.set(entry.peer, words.set(entry.text, said));
  }
  const note = ({ mine, text, state, id }: Shown) => {
    const said = mine && text !== undefined ? byText.get(text) : undefined;
    if (said === undefined) return;
    if (SENT.has(state)) said.shownAsSent = true;
    if (retried.has(id)) said.retried = true;
  };
  for (const { entry } of entries) {
    if (entry.kind === "added" || entry.kind === "updated") note(entry.message);
    if (entry.kind !== "accepted" && entry.kind !== "refused") continue;
    const said = byText.get(entry.text);
    if (said === undefined) continue;
    if (entry.kind === "accepted") said.accepted = true;
    else said.refused = entry.code;
  }
  for (const { histories } of lives)
    for (const history of histories.values()) for (const message of history) note(message);
  return byPeer;
}

/** The messages that both people have lost, and that can therefore not be required. */
interface Losses {
  readonly senderLost: boolean;
  readonly receiverLost: boolean;
  /** Texts that the receiver had before the store was lost. */
  readonly hadBefore: ReadonlySet<string>;
}

function judgeDirection(
  said: ReadonlyMap<string, Said>,
  senders: readonly Shown[],
  receivers: readonly Shown[],
  { senderLost, receiverLost, hadBefore }: Losses,
): readonly Finding[] {
  const findings: Finding[] = [];
  const find = (wrong: Wrong, at: Finding["at"], what: string) => findings.push({ wrong, at, what });
  const mine = senders.filter((message) => message.mine && message.text !== undefined);
  const theirs = receivers.filter((message) => !message.mine && message.text !== undefined);
  const kept = count(mine);
  const arrived = count(theirs);

  const failed = new Set(mine.flatMap(({ text, state }) => (state === "failed" ? [text] : [])));

  for (const [text, { accepted, refused, shownAsSent, forgotten }] of said) {
    // If its receiver's keys were lost while it waited, a sender who still has the message can seal it again;
    // otherwise it may fail visibly.
    const beyondHelp = receiverLost && (forgotten || failed.has(text));
    if (shownAsSent && !arrived.has(text) && !hadBefore.has(text) && !beyondHelp)
      find("lost", "receiver", text);
    if (accepted && !forgotten && !kept.has(text)) find("swallowed", "sender", text);
    if (refused !== undefined && !UNDECIDED.has(refused) && !accepted && kept.has(text))
      find("contradicted", "sender", `${text} (${refused})`);
  }
  for (const [text, times] of kept) if (times > 1) find("duplicated", "sender", text);
  for (const [text, times] of arrived) {
    if (times > 1) find("duplicated", "receiver", text);
    if (!said.has(text)) find("invented", "receiver", text);
    else if (!kept.has(text) && !said.get(text)?.forgotten) find("swallowed", "sender", text);
  }
  for (const { text = "", state, failure } of mine) {
    if (!said.has(text)) find("invented", "sender", text);
    if (state === "waiting" || state === "sending" || state === "sent")
      find("stuck", "sender", `${text} ${state}`);
    if (state === "failed" && failure === undefined) find("unexplained", "sender", text);
  }
  // A message that was sent again after a failure keeps its position, and arrives later.
  const place = new Map(mine.map(({ text = "" }, index) => [text, index]));
  let last = -1;
  for (const { text = "" } of theirs) {
    const index = place.get(text);
    if (index === undefined || said.get(text)?.retried) continue;
    if (index < last) find("disordered", "receiver", text);
    last = Math.max(last, index);
  }
  // A failed message leaves a gap in the keys, which is reported.
  const failures = mine.some(({ text = "", state }) => state === "failed" || said.get(text)?.retried);
  const excused = (event: Shown["event"]) =>
    senderLost || receiverLost || (failures && event !== "undecryptable");
  for (const { event } of receivers)
    if (ODD.has(event) && !excused(event)) find("odd-event", "receiver", event ?? "");
  return findings;
}

function judgeWindow(user: string, journal: readonly Entry[]): readonly Violation[] {
  const violations: Violation[] = [];
  const added = new Set<string>();
  const ticks = new Map<string, number>();
  const open = new Map<string, string>();
  for (const entry of journal) {
    if (entry.kind === "entered") open.set(entry.text, entry.peer);
    if (entry.kind === "accepted" || entry.kind === "refused") open.delete(entry.text);
    if (entry.kind === "closed")
      for (const [what, peer] of open) violations.push({ wrong: "unanswered", user, peer, what });
    if (entry.kind !== "added" && entry.kind !== "updated") continue;
    const { id, peer, text, state = "", deleted } = entry.message;
    const what = text ?? id;
    if (entry.kind === "added") {
      if (added.has(id)) violations.push({ wrong: "shown-twice", user, peer, what });
      added.add(id);
    }
    if (deleted) continue; // it has no tick any more
    const tick = TICKS.indexOf(state);
    if (tick < (ticks.get(id) ?? -1)) violations.push({ wrong: "taken-back", user, peer, what });
    ticks.set(id, Math.max(tick, ticks.get(id) ?? -1));
  }
  return violations;
}

function judgeNotifications(user: string, journals: Life["journals"]): readonly Violation[] {
  const seen = new Set<string>();
  const violations: Violation[] = [];
  for (const entry of journals.flat()) {
    if (entry.kind !== "notified") continue;
    if (seen.has(entry.id)) violations.push({ wrong: "shown-twice", user, peer: entry.peer, what: entry.id });
    seen.add(entry.id);
  }
  return violations;
}

function count(messages: readonly Shown[]): ReadonlyMap<string, number> {
  const times = new Map<string, number>();
  for (const { text = "" } of messages) times.set(text, (times.get(text) ?? 0) + 1);
  return times;
}
