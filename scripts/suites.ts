/** The kinds of tests, from the fastest to real VS Code windows, and the files of each. */
export const SUITES = {
  unit: ["{protocol,server,messenger,extension,terminal,scripts}/**/*.test.ts"],
  system: ["test/{system,mls}/**/*.test.ts"],
  attacks: ["test/attacks/**/*.test.ts"],
  fuzz: ["test/fuzz/**/*.test.ts"],
  torture: ["test/{torture,soak}/**/*.test.ts"],
  webview: ["test/webview/**/*.test.ts"],
  host: ["test/host.test.ts"],
  ui: ["test/ui/**/*.test.ts"],
} as const satisfies Record<string, readonly string[]>;

export type Suite = keyof typeof SUITES;
