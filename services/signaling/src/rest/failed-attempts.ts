// Who has shown wrong admin tokens again and again is not listened to for a while.
import ipaddr from "ipaddr.js";
import { RateLimiterMemory } from "rate-limiter-flexible";

/** So many wrong tokens are answered within a minute, and after one more none for as long. */
const FREE = 10;
const SECONDS = 60;

export class FailedAttempts {
  readonly #limiter = new RateLimiterMemory({ points: FREE, duration: SECONDS, blockDuration: SECONDS });

  /** @returns milliseconds until tokens from there are looked at again, 0 if they are now */
  async pause(address: string): Promise<number> {
    const found = await this.#limiter.get(networkOf(address));
    return found && found.consumedPoints > FREE ? Math.max(1, found.msBeforeNext) : 0;
  }

  /** @returns whether it was one too many */
  async add(address: string): Promise<boolean> {
    return this.#limiter.consume(networkOf(address)).then(
      () => false,
      () => true,
    );
  }
}

/** Who has one IPv6 address has the other 2^64 of its network, too. */
export function networkOf(address: string): string {
  return ipaddr.IPv6.isValid(address) ? ipaddr.IPv6.networkAddressFromCIDR(`${address}/64`).toString() : address;
}
