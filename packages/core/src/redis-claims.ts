// The dead owners that this pod has claimed: as long as it holds a claim it may write in the owner's name.
import { type Owner, ownerOf } from "./redis-authority.ts";
import type { RedisPods, Term } from "./redis-pods.ts";

/** The right to give back what a dead owner holds. No two pods have it for one owner at a time. */
export interface Claim {
  readonly owner: Owner;
  /** The owner as it is written in Redis. */
  readonly name: string;
  /** When the owner's lease has lapsed, in ms of the process's own clock. */
  readonly lapsedAt: number;
}

export class RedisClaims {
  readonly #pods: RedisPods;
  readonly #now: () => number;
  /** By the owner as it is written in Redis. */
  readonly #held = new Map<string, Term>();

  constructor(pods: RedisPods, now: () => number) {
    this.#pods = pods;
    this.#now = now;
  }

  /** @returns undefined if there is nothing to claim, or no Redis */
  async take(): Promise<Claim | undefined> {
    const claimed = await this.#pods.claim();
    if (!claimed || "outcome" in claimed) return undefined;
    const { owner: name, lapsedAt } = claimed;
    this.#held.set(name, claimed);
    return { owner: ownerFrom(name), name, lapsedAt };
  }

  async renew({ name }: Claim): Promise<void> {
    const renewal = await this.#pods.renew(`reaping ${name}`, this.#deadlineOf(name));
    if (renewal === "lost") this.#held.delete(name);
    else if ("end" in renewal && this.#held.has(name)) this.#held.set(name, renewal);
  }

  /** Once nothing of the owner is left. Where that fails the claim lapses, and somebody else finds nothing left. */
  async end({ name }: Claim): Promise<void> {
    const deadline = this.#deadlineOf(name);
    this.#held.delete(name);
    await this.#pods.end(`reaping ${name}`, deadline);
  }

  /** Gives a claim up without having done all: when it has lapsed, somebody claims the owner again. */
  drop({ name }: Claim): void {
    this.#held.delete(name);
  }

  /** In ms of Redis's clock; 0 if the owner is not claimed by this pod. */
  deadlineOf(owner: Owner): number {
    return this.#deadlineOf(ownerOf(owner));
  }

  #deadlineOf(name: string): number {
    const term = this.#held.get(name);
    return term && term.until > this.#now() ? term.end : 0;
  }
}

function ownerFrom(written: string): Owner {
  const [pod = "", epoch] = written.split(" ");
  return { pod, epoch: Number(epoch) };
}
