/** The safety number of two people: 60 digits in 12 groups of five, the same on both sides. Ends a man in the middle who sat there from the first contact. */
export interface SafetyNumberParty {
  readonly name: string;
  readonly identityKey: Uint8Array;
}
export declare function safetyNumber(one: SafetyNumberParty, other: SafetyNumberParty): string;
