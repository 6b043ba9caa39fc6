/** People who sign in and then stay idle. */
import type { Line } from "../../../protocol/channel/line.ts";
import { Somebody, someName } from "./somebody.ts";

export class Crowd {
  readonly #people: { readonly who: Somebody; line: Line | undefined }[] = [];

  /** @param links each for up to a thousand of them */
  constructor(links: readonly string[], count: number) {
    for (let number = 0; number < count; number++) {
      const link = links[Math.floor(number / 1000)] ?? "";
      this.#people.push({ who: new Somebody(link, someName()), line: undefined });
    }
  }

  /** Signs in everybody who is not, `atOnce` at a time; retries failures until all succeed. */
  async comeBack(atOnce: number): Promise<void> {
    const away = this.#people.filter(({ line }) => line === undefined);
    const signIn = async () => {
      for (let one = away.pop(); one !== undefined; one = away.pop()) {
        const person = one;
        const line = await person.who.signIn(() => {}).catch(() => undefined);
        if (line === undefined) away.push(person);
        person.line = line;
        line?.once("end", () => {
          person.line = undefined;
        });
      }
    };
    await Promise.all(Array.from({ length: atOnce }, signIn));
  }
}
