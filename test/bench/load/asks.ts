/** Messages between the bench and its load processes. */

/** The target of the load. */
export type Target =
  | { readonly type: "floor"; readonly port: number; readonly pem: string }
  /** Invites, each for up to a thousand people. */
  | { readonly type: "parley"; readonly links: readonly string[] };

export type Pace =
  /** This many a second, over all pairs, whether or not they arrive. */
  | { readonly type: "rate"; readonly perSecond: number }
  /** This many of each pair in flight; the next is sent as soon as one is acknowledged. */
  | { readonly type: "window"; readonly size: number };

/** Each is finally answered by "ready" or "traffic". */
export type Ask =
  | { readonly type: "pairs"; readonly target: Target; readonly count: number; readonly bytes: number }
  | { readonly type: "traffic"; readonly pace: Pace; readonly seconds: number }
  | { readonly type: "mail"; readonly perSecond: number; readonly seconds: number }
  | { readonly type: "people"; readonly target: Target; readonly count: number }
  | { readonly type: "back" };

export interface Traffic {
  /** Messages that arrived between begin and end. */
  readonly delivered: number;
  /** Sent at any time, and still missing some seconds after the end. */
  readonly lost: number;
  readonly seconds: number;
  /** Milliseconds from sending to arrival. */
  readonly p50: number;
  readonly p99: number;
  /** ... and until the sender got the answer. NaN without acknowledgements. */
  readonly answeredP50: number;
  readonly answeredP99: number;
}

export type Answer =
  | { readonly type: "ready" }
  /** The measurement begins or ends now. */
  | { readonly type: "begun" }
  | { readonly type: "ended" }
  | { readonly type: "traffic"; readonly traffic: Traffic };
