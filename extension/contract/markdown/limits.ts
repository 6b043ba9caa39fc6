/** Limits for formatting: a text that exceeds one is shown unformatted. */
export const MAX_TOKENS = 5000;
export const MAX_DEPTH = 24;
