/** The words for a message that this version of Parley cannot read, the same on screen, in a search and in an exported file. */
export const NOT_UNDERSTOOD = "A message that this version of Parley doesn't understand. Update Parley.";
