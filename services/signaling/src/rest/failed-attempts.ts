// Who has shown wrong admin tokens again and again is not listened to for a while.
import { RateLimiterMemory } from "rate-limiter-flexible";
import { prefixOf } from "../limits/address-prefix.ts";

/** So many wrong tokens are answered within a minute, and after one more none for as long. */
const FREE = 10;
const SECONDS = 60;

export class FailedAttempts {
  readonly #limiter = new RateLimiterMemory({ points: FREE, duration: SECONDS, blockDuration: SECONDS });

  /** @returns milliseconds until tokens from there are looked at again, 0 if they are now */
  async pause(address: string): Promise<number> {
    const found = await this.#limiter.get(prefixOf(address));
    return found && found.consumedPoints > FREE ? Math.max(1, found.msBeforeNext) : 0;
  }

  /** @returns whether it was one too many */
  async add(address: string): Promise<boolean> {
    return this.#limiter.consume(prefixOf(address)).then(
      () => false,
      () => true,
    );
  }
}
