/** Marks a line of the tests' own report among all that an extension host prints. */
export const REPORT = "test: ";
