/** Beyond these a text is not meant for reading: it is shown as it was written. */
export const MAX_TOKENS = 5000;
export const MAX_DEPTH = 24;
