/** The account and the people on its server. */
import { directChat } from "../../messenger/chats/direct.ts";
import { parseInvite } from "../../protocol/identity/invite.ts";
import { personLine } from "../lines.ts";
import { words } from "../words/words.ts";
import { type Command, WrongUse } from "./command.ts";
import { countIn } from "./count.ts";
import { split } from "./person.ts";
import { profile } from "./profile.ts";

const INVITE_SECONDS = 7 * 24 * 60 * 60;
const MAX_USES = 1000;

const join: Command = {
  usage: "LINK [NAME]",
  about: words.about.join,
  completes: "nothing",
  async run({ messenger }, rest) {
    const [link, given] = split(rest);
    const name = given === "" ? parseInvite(link).name : given;
    if (name === undefined) throw new WrongUse(words.nameToJoinMissing);
    await messenger.calls.join({ link, name });
  },
};

const list: Command = {
  usage: "",
  about: words.about.list,
  completes: "nothing",
  run({ messenger, screen }) {
    const people = messenger.people();
    if (people.length === 0) screen.print(words.nobodyThere);
    for (const person of people) screen.print(personLine(person, messenger.chat(directChat(person.name))));
  },
};

const invite: Command = {
  usage: "[USES]",
  about: words.about.invite,
  completes: "nothing",
  async run({ messenger, screen }, rest) {
    const uses = countIn(rest, { usual: 1, most: MAX_USES });
    const { link } = await messenger.calls.createInvite({ uses, expiresSeconds: INVITE_SECONDS });
    screen.print(words.invite(link, uses));
  },
};

const status: Command = {
  usage: "",
  about: words.about.status,
  completes: "nothing",
  async run({ messenger, screen }) {
    const { state, account } = messenger;
    screen.print(words.state(state, account) ?? words.connecting);
    if (account !== undefined) screen.print(words.account(account));
    if (state.type === "waiting") await messenger.calls.reconnectNow();
    if (state.type === "stopped" && account !== undefined)
      await messenger.calls.connect({ account: account.shown });
  },
};

const clear: Command = {
  usage: "",
  about: words.about.clear,
  completes: "nothing",
  run: ({ screen }) => screen.clear(),
};

const quit: Command = {
  usage: "",
  about: words.about.quit,
  completes: "nothing",
  run: (desk) => desk.quit(),
};

export const account = { join, list, invite, status, profile, clear, quit } as const;
