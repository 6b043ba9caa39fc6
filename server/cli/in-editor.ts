/**
 * Whether the extension started this process, as a task of the editor: its output then names the editor's
 * commands.
 */
const IN_EDITOR = "PARLEY_IN_EDITOR";

export function isInEditor(env: Readonly<Record<string, string | undefined>>): boolean {
  return env[IN_EDITOR] !== undefined;
}
