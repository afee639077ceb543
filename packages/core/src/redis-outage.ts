// Telling a Redis that is away from a defect, and not piling up calls to one that is slow.
import { ReplyError } from "ioredis";
import type { Unavailable } from "./room-store.ts";

/** What a Redis answers that can't serve just now: loading, failing over, out of memory, or a slot on the move. */
const TRANSIENT =
  /^(LOADING|READONLY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|MOVED|ASK|OOM|MISCONF|NOREPLICAS|BUSY|UNBLOCKED)\b/;

/** What JavaScript itself throws: a defect of ours. */
const DEFECTS = [TypeError, RangeError, SyntaxError, ReferenceError];

/** Runs what needs Redis. Rejects with what fails for any other reason than that Redis is not there. */
export async function orUnavailable<T>(call: () => Promise<T>): Promise<T | Unavailable> {
  try {
    return await call();
  } catch (error) {
    const refused = error instanceof ReplyError && !TRANSIENT.test((error as Error).message);
    if (refused || DEFECTS.some((defect) => error instanceof defect)) throw error;
    // All else is about the connection: closed, not there yet, or silent for too long.
    return { outcome: "unavailable" };
  }
}

const MOST_UNDER_WAY = 10_000;
const LEAST_UNDER_WAY = 64;
const SLOW_MS = 1000;
const GROWTH = 1.1;

/** The calls of one store that are under way: as many as Redis answers quickly, since what is given up still waits there. */
export class RedisCalls {
  readonly #onFault: (error: unknown) => void;
  #underWay = 0;
  #limit = MOST_UNDER_WAY;

  /** @param onFault told of what fails though Redis is there; it is as if it were not */
  constructor(onFault: (error: unknown) => void) {
    this.#onFault = onFault;
  }

  /** One call more would only wait in line. */
  get full(): boolean {
    return this.#underWay >= this.#limit;
  }

  async run<T>(call: () => Promise<T>): Promise<T | Unavailable> {
    const begun = performance.now();
    this.#underWay += 1;
    try {
      return await orUnavailable(call);
    } catch (error) {
      this.#onFault(error);
      return { outcome: "unavailable" };
    } finally {
      this.#underWay -= 1;
      this.#adapt(performance.now() - begun);
    }
  }

  #adapt(ms: number): void {
    if (ms > SLOW_MS) this.#limit = Math.max(LEAST_UNDER_WAY, this.#limit / 2);
    else this.#limit = Math.min(MOST_UNDER_WAY, this.#limit * GROWTH);
  }

  /** Refuses at once when there are too many. */
  async runIfNotFull<T>(call: () => Promise<T>): Promise<T | Unavailable> {
    return this.full ? { outcome: "unavailable" } : this.run(call);
  }
}
