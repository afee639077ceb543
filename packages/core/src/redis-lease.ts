// The lease under which a pod holds what it has in Redis: renewed while it lives, and begun anew under the next epoch.
import { type Owner, ownerOf, type WriteAuthority } from "./redis-authority.ts";
import { RedisClaims } from "./redis-claims.ts";
import { within } from "./redis-deadline.ts";
import { redisKeys } from "./redis-keys.ts";
import { orUnavailable } from "./redis-outage.ts";
import { RedisPods, type RedisPodsParts, type Renewal, type Term } from "./redis-pods.ts";

export interface RedisLeaseParts extends RedisPodsParts {
  /** Of no other process that runs. */
  readonly pod: string;
  /** From the end of one renewal to the next. */
  readonly renewalMs: number;
  /** For how long, after Redis was away, others are given time to come back before they are taken for dead. */
  readonly patienceMs: number;
  /** A new epoch has taken the place of another: living sessions have to be seated again under it. */
  readonly onEpoch: (epoch: number) => void;
  /** Somebody's lease may have lapsed: see who can be claimed. */
  readonly onOverdue: () => Promise<unknown>;
  /** Something failed for another reason than that Redis is away. */
  readonly onFault: (error: unknown) => void;
}

/** One epoch of this pod. */
interface Tenure {
  readonly owner: Owner;
  /** Of the last renewal as the current epoch: no write in the owner's name has a later deadline. */
  term: Term;
  /** Redis does not have it any more: reaped, or forgotten. */
  lost: boolean;
}

/** While renewals fail, the next comes after so much of the usual time. */
const HASTE = 1 / 4;

export class RedisLease implements WriteAuthority {
  readonly claims: RedisClaims;
  readonly #parts: RedisLeaseParts;
  readonly #pods: RedisPods;
  #lastEpoch = 0;
  #current: Tenure | undefined;
  /** They stay renewed until all that is alive is held under the current epoch. */
  #formers: Tenure[] = [];
  #settled = 0;
  /** A new epoch is for when Redis answers again quietly: a renewal behind the last doubt, and one more. */
  #doubt: "none" | "fresh" | "quiet" = "none";
  /** Until then others may only be as late as this pod itself was: Redis has been away for all of them. */
  #patientUntil = 0;
  #wasHeld = false;
  #failing = false;
  #closed = false;
  #renewing: Promise<void> | undefined;
  #looking = false;
  #renewal: NodeJS.Timeout | undefined;
  #look: NodeJS.Timeout | undefined;

  constructor(parts: RedisLeaseParts) {
    this.#parts = parts;
    this.#pods = new RedisPods(parts);
    this.claims = new RedisClaims(this.#pods, parts.now);
  }

  /** @returns after the first attempt; the others go on by themselves, until `close` */
  start(): Promise<void> {
    this.#parts.redis.on("ready", this.#onReady);
    return this.#renewNow();
  }

  /** 0 before the first. */
  get epoch(): number {
    return this.#current?.owner.epoch ?? 0;
  }

  held(): boolean {
    return this.#current !== undefined && !this.#current.lost && this.#current.term.until > this.#parts.now();
  }

  deadlineOf(owner: Owner): number {
    return this.claims.deadlineOf(owner) || (this.#isCurrent(owner) && this.held() ? this.#end : 0);
  }

  /**
   * What is held under the current epoch is not known any more: the outcome of a write, or the connection, was
   * lost. Once Redis answers quietly a new epoch begins, and what nobody holds is reaped with the old one.
   * @param owner of whom that is true; former epochs and claims are reaped anyway
   */
  doubt(owner?: Owner): void {
    if (!owner || this.#isCurrent(owner)) this.#doubt = "fresh";
  }

  /** All living sessions are held under this epoch: former ones are left to be reaped. */
  settled(epoch: number): void {
    if (epoch !== this.epoch) return;
    this.#settled = epoch;
    void this.#renewNow();
  }

  /** Ends the lease, if Redis is there: at once where nothing is held, else by leaving it to be reaped. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#parts.redis.off("ready", this.#onReady);
    clearTimeout(this.#renewal);
    clearTimeout(this.#look);
    await within(this.#parts.renewalMs, this.#endAll());
    this.#current = undefined;
  }

  get #end(): number {
    return this.#current?.term.end ?? 0;
  }

  #isCurrent({ pod, epoch }: Owner): boolean {
    return pod === this.#parts.pod && epoch === this.epoch;
  }

  readonly #onReady = () => void this.#renewNow();

  /** One attempt at a time; the next follows when this one has ended. */
  #renewNow(): Promise<void> {
    if (this.#closed) return Promise.resolve();
    this.#renewing ??= this.#renewAndPlan().finally(() => {
      this.#renewing = undefined;
    });
    return this.#renewing;
  }

  async #renewAndPlan(): Promise<void> {
    clearTimeout(this.#renewal);
    const { renewalMs, onFault } = this.#parts;
    const succeeded = await this.#renewAll().catch((error) => onFault(error));
    if (!succeeded) this.#failing = true;
    if (this.#closed) return;
    this.#renewal = setTimeout(() => void this.#renewNow(), succeeded ? renewalMs : renewalMs * HASTE);
  }

  async #renewAll(): Promise<boolean> {
    const current = this.#current && !this.#current.lost ? this.#current : await this.#begin();
    const renewal = current && (await this.#pods.renew(ownerOf(current.owner), Number.MAX_SAFE_INTEGER));
    if (!current || !renewal || this.#closed) return false;
    // Reaped while it was cut off, or forgotten by a Redis that has lost its memory.
    if (renewal === "lost") {
      current.lost = true;
      return this.#renewAll();
    }
    if ("outcome" in renewal) return false;
    this.#onRenewed(current, renewal);
    await Promise.all(this.#formers.map((former) => this.#tendFormer(former)));
    return this.#clearDoubt();
  }

  #onRenewed(current: Tenure, renewal: Renewal): void {
    const { now, lengthMs, patienceMs } = this.#parts;
    if (!this.held() || this.#failing) this.#patientUntil = now() + (this.#wasHeld ? patienceMs : lengthMs);
    this.#failing = false;
    this.#wasHeld = true;
    current.term = renewal;
    this.#planLook(renewal.firstClaimIn);
  }

  /** Lasting doubt must not keep an epoch from settling: the next begins behind it. */
  async #clearDoubt(): Promise<boolean> {
    if (this.#doubt === "fresh") this.#doubt = "quiet";
    else if (this.#doubt === "quiet" && this.#formers.length === 0) return (await this.#begin()) !== undefined;
    return true;
  }

  /** An epoch whose taking is not answered is not tried again: it is the next one's turn. */
  async #begin(): Promise<Tenure | undefined> {
    const owner = { pod: this.#parts.pod, epoch: ++this.#lastEpoch };
    const term = await this.#pods.take(owner);
    if (term === "inUse") return this.#begin();
    if ("outcome" in term || this.#closed) return undefined;
    const former = this.#current;
    if (former) this.#formers.push(former);
    this.#current = { owner, term, lost: false };
    this.#doubt = "none";
    if (former) this.#parts.onEpoch(owner.epoch);
    return this.#current;
  }

  async #tendFormer(former: Tenure): Promise<void> {
    if (this.#settled === this.epoch) {
      const left = await this.#pods.lapse(former.owner, former.term.end);
      if (left) this.#formers = this.#formers.filter((other) => other !== former);
    } else if (!former.lost) {
      former.lost = (await this.#pods.renew(ownerOf(former.owner), Number.MAX_SAFE_INTEGER)) === "lost";
    }
  }

  /** Exactly when it may be needed: nobody asks in vain while all pods live. */
  #planLook(firstClaimIn: number | undefined): void {
    clearTimeout(this.#look);
    const { now, lengthMs, marginMs } = this.#parts;
    // What is later, the next renewals tell better.
    if (firstClaimIn === undefined || firstClaimIn > lengthMs + 2 * marginMs) return;
    const patience = this.#patientUntil - now();
    this.#look = setTimeout(() => void this.#lookForOverdue(), Math.max(firstClaimIn, patience, 0));
  }

  async #lookForOverdue(): Promise<void> {
    if (this.#looking || !this.held()) return;
    this.#looking = true;
    await this.#parts.onOverdue().catch((error) => this.#parts.onFault(error));
    this.#looking = false;
    // Tells when to look next.
    await this.#renewNow();
  }

  async #endAll(): Promise<void> {
    await this.#renewing;
    const all = this.#current ? [this.#current, ...this.#formers] : [];
    await Promise.all(all.map((tenure) => this.#endOne(tenure))).catch(this.#parts.onFault);
  }

  async #endOne({ owner, term }: Tenure): Promise<void> {
    const left = await orUnavailable(() => this.#parts.redis.exists(redisKeys.holdings(owner)));
    const known = this.#doubt === "none" && this.#isCurrent(owner);
    if (left === 0 && known) await this.#pods.end(ownerOf(owner), Number.MAX_SAFE_INTEGER);
    else await this.#pods.lapse(owner, term.end);
  }
}
