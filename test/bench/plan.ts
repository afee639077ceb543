// What the load generator is asked for, and what it answers.

export type Scenario = "pairs" | "churn";

export interface Plan {
  readonly scenario: Scenario;
  /** Of the pods that get clients. */
  readonly urls: readonly string[];
  readonly appToken: string;
  readonly pairs: number;
  /** Whether the two of a pair are at the same pod; else at different ones, if there are several. */
  readonly together: boolean;
  readonly warmupMs: number;
  readonly windowMs: number;
  /** Of the processes whose CPU is read along with the count. */
  readonly pids: readonly number[];
}

/** What went wrong, from the first message to the last, not only within the window. */
export interface Faults {
  readonly lost: number;
  readonly doubled: number;
  readonly reordered: number;
  /** Altered on the way, or answered by an error. */
  readonly wrong: number;
}

export interface Outcome {
  /** Within the window: messages delivered by pairs, or cycles of churn. */
  readonly done: number;
  readonly seconds: number;
  /** Microseconds within the window, in the order of the plan's `pids`. */
  readonly cpu: readonly number[];
  /** The generator's own. */
  readonly ownCpu: number;
  readonly faults: Faults;
}

/** A scenario that is under way. */
export interface Load {
  /** Done so far. */
  readonly count: () => number;
  /** Begins nothing new, and waits for what is under way, though not for ever. */
  readonly stop: () => Promise<Faults>;
}
