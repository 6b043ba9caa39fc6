/** What the server's metrics port says, as numbers. */

export interface Scrape {
  /** @param name with its labels, as it is written there. @throws Error where there is none of that name */
  of(name: string): number;
}

export async function scrape(port: number): Promise<Scrape> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
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
