// Slows down a connection whose tokens are refused again and again: checking signatures costs.

/** So many failures are free. */
const FREE = 10;

/** Milliseconds; the first pause is doubled with each further failure, up to the longest. */
const FIRST_PAUSE = 1000;
const LONGEST_PAUSE = 60_000;

export class AuthThrottle {
  #failures = 0;
  #until = 0;

  /** @returns milliseconds until the next attempt is looked at, 0 if it is now */
  pause(now: number): number {
    return Math.max(0, Math.ceil(this.#until - now));
  }

  fail(now: number): void {
    this.#failures += 1;
    const beyond = this.#failures - FREE;
    if (beyond >= 0) this.#until = now + Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** beyond);
  }

  succeed(): void {
    this.#failures = 0;
  }
}
