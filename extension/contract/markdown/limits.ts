/** The limits of Markdown: a text beyond these is not meant for reading, and is shown as it was written. */
export const MAX_TOKENS = 5000;
export const MAX_DEPTH = 24;
