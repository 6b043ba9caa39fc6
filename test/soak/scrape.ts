/** What the server's metrics port says, as numbers. */

const TRIES = 5;

export interface Scrape {
  /** @param name with its labels, as it is written there. @throws Error where there is none of that name */
  of(name: string): number;
}

export async function scrape(port: number): Promise<Scrape> {
  const text = await ask(`http://127.0.0.1:${port}/metrics`);
  const values = new Map(
    text
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith("#"))
      .map((line) => {
        const at = line.lastIndexOf(" ");
        return [line.slice(0, at), Number(line.slice(at + 1))];
      }),
  );
  return {
    of(name) {
      const value = values.get(name);
      if (value === undefined) throw new Error(`no metric ${name}`);
      return value;
    },
  };
}

/** A machine with too much to do may miss one, as Prometheus would. */
async function ask(url: string): Promise<string> {
  for (let left = TRIES; ; left -= 1) {
    try {
      return await (await fetch(url)).text();
    } catch (error) {
      if (left === 1) throw error;
    }
  }
}
