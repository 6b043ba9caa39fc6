/** The part of `vscode` that the URI handler uses before the user has answered, and a user who answers no. */

export const editor: { readonly asked: string[][] } = { asked: [] };

export const l10n = {
  t: (text: string, ...values: readonly unknown[]): string =>
    text.replace(/\{(\d)\}/g, (_, at) => String(values[Number(at)])),
};

export const window = {
  showWarningMessage: async (...said: readonly unknown[]): Promise<undefined> => {
    editor.asked.push(said.filter((part) => typeof part === "string"));
  },
};
