/** Commands about trust, and about blocking. */
import { directChat, partner } from "../../messenger/chats/direct.ts";
import { words } from "../words/words.ts";
import { type Command, WrongUse } from "./command.ts";
import { personNamed, personOrCurrent, split } from "./person.ts";

const verify: Command = {
  usage: "[NAME] [yes | no]",
  about: words.about.verify,
  completes: "chats",
  async run(desk, rest) {
    const [first, second] = split(rest);
    const isAnswer = first === "yes" || first === "no";
    const peer = personOrCurrent(desk, isAnswer ? "" : first);
    const answer = isAnswer ? first : second;
    const { messenger, screen, seen } = desk;
    if (answer === "no") {
      await messenger.calls.setVerified({ peer, number: null });
      screen.print(words.notVerified(peer), "notice");
      return;
    }
    if (answer === "yes") {
      const number = seen.state("number", peer);
      if (number === undefined) throw new WrongUse(words.compareFirst(peer));
      await messenger.calls.setVerified({ peer, number });
      screen.print(words.verified(peer), "notice");
      return;
    }
    if (answer !== "") throw new WrongUse(words.yesOrNo);
    const changed = await messenger.calls.changedNumbers({ peer });
    if (changed !== undefined) {
      screen.print(words.bothNumbers(peer, changed), "alert");
      seen.note("key-change", peer, changed.shown);
      return;
    }
    const number = await messenger.calls.safetyNumber({ peer });
    if (number === undefined) throw new WrongUse(words.noNumber(peer));
    screen.print(words.number(peer, number, partner(messenger.chat(directChat(peer))).trust));
    seen.note("number", peer, number);
  },
};

const trust: Command = {
  usage: "NAME new | old",
  about: words.about.trust,
  completes: "chats",
  async run({ messenger, screen, seen }, rest) {
    const [name, which] = split(rest);
    const peer = personNamed(name);
    const change = seen.state("key-change", peer);
    if (change === undefined) throw new WrongUse(words.compareFirst(peer));
    switch (which) {
      case "new":
        await messenger.calls.acceptNewKey({ peer, change });
        screen.print(words.trustedNew(peer), "notice");
        return;
      case "old":
        await messenger.calls.keepOldKey({ peer, change });
        screen.print(words.keptOld(peer), "notice");
        return;
      default:
        throw new WrongUse(words.newOrOld);
    }
  },
};

const block: Command = {
  usage: "NAME",
  about: words.about.block,
  completes: "people",
  async run(desk, rest) {
    const peer = personNamed(rest);
    const { messenger, screen, seen } = desk;
    const chat = directChat(peer);
    const hasAsked = messenger.chat(chat).phase === "invited";
    const request = hasAsked ? (seen.state("request", chat) ?? null) : null;
    await messenger.calls.block({ peer, request });
    screen.print(words.blocked(peer), "notice");
    if (desk.current === chat) await desk.open(undefined);
  },
};

const unblock: Command = {
  usage: "NAME",
  about: words.about.unblock,
  completes: "nothing",
  async run({ messenger, screen }, rest) {
    const peer = personNamed(rest);
    await messenger.calls.unblock({ peer });
    screen.print(words.unblocked(peer), "notice");
  },
};

const blocked: Command = {
  usage: "",
  about: words.about.blocked,
  completes: "nothing",
  async run({ messenger, screen }) {
    const names = await messenger.calls.blocked();
    if (names.length === 0) screen.print(words.nobodyBlocked);
    for (const name of names) screen.print(name);
  },
};

export const trusting = { verify, trust, block, unblock, blocked } as const;
