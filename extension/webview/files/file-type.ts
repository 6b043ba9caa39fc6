/** The type of a file, for its icon and for the offer to open it. By its name alone: nothing depends on it that could do harm. */

export type FileType = "picture" | "text" | "archive" | "media" | "file";

const TYPES: Readonly<Record<Exclude<FileType, "file">, RegExp>> = {
  picture: /\.(png|jpe?g|gif|webp|svg|avif|bmp|tiff?|heic|ico)$/i,
  archive: /\.(zip|t?gz|tar|bz2|xz|7z|rar|zst|jar|vsix|deb|rpm|iso|dmg)$/i,
  media: /\.(mp[34]|m4[av]|wav|flac|ogg|opus|webm|mov|avi|mkv)$/i,
  text: /\.(txt|md|log|csv|tsv|json[cl5]?|ya?ml|toml|ini|cfg|conf|env|xml|html?|s?css|less|[cm]?[jt]sx?|vue|svelte|py|rb|rs|go|java|kts?|swift|cs|c|cc|cpp|h|hpp|php|pl|lua|r|sh|bash|zsh|fish|ps1|bat|sql|graphql|proto|diff|patch|tex|rst|adoc|lock|gradle|tf|ipynb|dockerfile|gitignore|editorconfig)$/i,
};

/** @param name as fileName() returns it */
export function fileType(name: string, media: string): FileType {
  for (const [type, ending] of Object.entries(TYPES))
    if (ending.test(name)) return type as keyof typeof TYPES;
  return /^(text\/|application\/json$)/.test(media) || !name.includes(".") ? "text" : "file";
}
