/**
 * Makes a language pack without translations of the editor's own words: Microsoft's come from its marketplace alone. The editor takes
 * the language on, and extensions speak it.
 */
import { writeFileSync } from "node:fs";
import JSZip from "jszip";

/** @param path of the VSIX to write */
export async function writeLanguagePack(
  path: string,
  languageId: string,
  languageName: string,
): Promise<void> {
  const manifest = {
    name: `language-pack-${languageId}`,
    publisher: "parley-tests",
    version: "1.0.0",
    engines: { vscode: "^1.106.0" },
    categories: ["Language Packs"],
    contributes: {
      localizations: [
        {
          languageId,
          languageName,
          localizedLanguageName: languageName,
          translations: [{ id: "vscode", path: "./main.i18n.json" }],
        },
      ],
    },
  };
  const zip = new JSZip();
  zip.file("extension/package.json", JSON.stringify(manifest));
  zip.file("extension/main.i18n.json", JSON.stringify({ version: "1.0.0", contents: {} }));
  writeFileSync(path, await zip.generateAsync({ type: "nodebuffer" }));
}
