// How often something may happen: so many a second, and so many at once.

export interface Rate {
  readonly perSecond: number;
  /** What may come at once by who has been quiet before. */
  readonly burst: number;
}

const FORM = /^(\d{1,7})\/(\d{1,7})$/;

/** Reads `10/50`: 10 a second, 50 at once. @returns "none" for `0`, no limit; undefined if it is neither */
export function readRate(text: string): Rate | "none" | undefined {
  if (text === "0") return "none";
  const [, perSecond, burst] = FORM.exec(text) ?? [];
  const rate = { perSecond: Number(perSecond), burst: Number(burst) };
  return rate.perSecond >= 1 && rate.burst >= 1 ? rate : undefined;
}

/** A rate as the settings hold it, which have let nothing else pass. @returns undefined for no limit */
export function rateOf(text: string): Rate | undefined {
  const rate = readRate(text);
  return rate === "none" ? undefined : rate;
}

/** What is left of a rate. A single number, so that a message costs neither an object nor a timer. */
export class Bucket {
  /** When all that may come at once is there again, in milliseconds of a clock that never goes back. */
  #full = Number.NEGATIVE_INFINITY;

  /** @returns false, and takes nothing, if there is none left */
  take(rate: Rate, now: number): boolean {
    const full = this.#afterOneMore(rate, now);
    if (full - now > roomOf(rate)) return false;
    this.#full = full;
    return true;
  }

  /** @returns the milliseconds until the next can be taken */
  wait(rate: Rate, now: number): number {
    return Math.max(0, Math.ceil(this.#afterOneMore(rate, now) - now - roomOf(rate)));
  }

  /** Whether it is as one that nothing was ever taken from. */
  isFull(now: number): boolean {
    return this.#full <= now;
  }

  #afterOneMore({ perSecond }: Rate, now: number): number {
    return Math.max(this.#full, now) + 1000 / perSecond;
  }
}

/** Milliseconds in which a burst comes back; the rest is for what floating numbers lose. */
function roomOf({ perSecond, burst }: Rate): number {
  return (burst * 1000) / perSecond + 1e-3;
}
