/** Marks a line of the tests' own report in an extension host's output. */
export const REPORT = "test: ";
