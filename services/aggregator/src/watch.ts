// Asks all pods what they measure, round after round.
import { isCumulative, type Metric, totalsOf, writeTotals } from "@jongleur/core";
import type { Answer } from "./answer.ts";
import type { Finder, Target } from "./finder.ts";
import type { Ledger } from "./ledger.ts";
import type { Scrape } from "./scraper.ts";
import type { PodState, Sighting } from "./sighting.ts";

export interface WatchParts {
  readonly finder: Finder;
  readonly scrape: (target: Target) => Promise<Scrape>;
  readonly ledger: Ledger;
  readonly intervalMs: number;
  /** Monotonic, in ms. */
  readonly now: () => number;
  /** Called behind each round. @param living pods that are there, whether they answer or not */
  readonly onRound: (living: ReadonlySet<string>, seconds: number) => Promise<void>;
  readonly onScraped: (result: Scrape, target: Target) => void;
  readonly onFault: (error: unknown) => void;
}

/** So many rounds a pod without a lease may be late before its gauges count no more. */
const PATIENT_ROUNDS = 3;

const RELAYED = "jongleur_relayed_messages_total";

export class Watch {
  readonly #parts: WatchParts;
  #sightings: readonly Sighting[] = [];
  #rounds = 0;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #stopped = false;
  /** By version: pods of one version count the same things. */
  readonly #zeroes = new Map<string, readonly Metric[]>();

  constructor(parts: WatchParts) {
    this.#parts = parts;
  }

  get rounds(): number {
    return this.#rounds;
  }

  /** Those that are there, or have a lease. */
  get sightings(): readonly Sighting[] {
    return this.#sightings;
  }

  /** @returns after the first round */
  async start(): Promise<void> {
    await this.#roundAndPlan();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  /** Rounds begin at regular times, unless one takes longer than that. */
  async #roundAndPlan(): Promise<void> {
    const { now, intervalMs, onFault } = this.#parts;
    const begun = now();
    this.#running = this.#round(begun).catch(onFault);
    await this.#running;
    if (this.#stopped) return;
    this.#timer = setTimeout(() => void this.#roundAndPlan(), Math.max(0, begun + intervalMs - now()));
  }

  async #round(begun: number): Promise<void> {
    const { finder, now, onRound } = this.#parts;
    const { targets, hidden } = await finder.find();
    const seen = (await Promise.all(targets.map((target) => this.#look(target)))).filter((each) => each !== undefined);
    const unseen = hidden.map(({ pod, lease }) => nothingSeen({ pod, leaseEnd: now() + lease }));
    this.#sightings = onePerPod([...seen, ...unseen]);
    this.#rounds += 1;
    const living = new Set(this.#sightings.map(({ pod }) => pod).filter((pod) => pod !== undefined));
    await onRound(living, (now() - begun) / 1000);
  }

  async #look(target: Target): Promise<Sighting | undefined> {
    const { scrape, now, onScraped } = this.#parts;
    const { listed, url } = target;
    const leaseEnd = listed && now() + listed.lease;
    const result = await scrape(target);
    onScraped(result, target);
    if (result.outcome === "answered") {
      // Where one pod was another may be by now, which has a lease of its own.
      const isListed = listed?.pod === result.answer.pod;
      return this.#answered(result.answer, url, isListed ? leaseEnd : undefined);
    }
    // Dead, and not only silent.
    if (leaseEnd !== undefined && leaseEnd <= now()) return undefined;
    return this.#silent(target, result.outcome, leaseEnd);
  }

  #answered(answer: Answer, url: string, leaseEnd: number | undefined): Sighting {
    const { ledger, now } = this.#parts;
    const { pod, version, started, draining, number, metrics } = answer;
    const totals = totalsOf(metrics);
    ledger.take({ pod, number, last: false, text: writeTotals(totals) }, totals);
    const gauges = metrics.filter((metric) => !isCumulative(metric));
    const relayed = metrics.find(({ name }) => name === RELAYED)?.values[0]?.value;
    const state: PodState = draining ? "draining" : "up";
    const zeroes = this.#zeroesOf(version, metrics);
    return { url, pod, state, version, started, leaseEnd, answered: now(), gauges, relayed, zeroes };
  }

  #silent({ url, listed }: Target, outcome: "late" | "unreachable", leaseEnd: number | undefined): Sighting {
    const { now, intervalMs } = this.#parts;
    const before = this.#sightings.find((sighting) => (listed ? sighting.pod === listed.pod : sighting.url === url));
    const { pod, version, started, answered, gauges, relayed, zeroes } =
      before ?? nothingSeen({ pod: listed?.pod, leaseEnd });
    // What stands still is as it was; a connection that is refused comes from where no process is any more.
    const isCounted = leaseEnd !== undefined || (answered ?? 0) > now() - PATIENT_ROUNDS * intervalMs;
    const kept = outcome === "late" && isCounted ? gauges : [];
    return { url, pod, state: outcome, version, started, leaseEnd, answered, gauges: kept, relayed, zeroes };
  }

  #zeroesOf(version: string, metrics: readonly Metric[]): readonly Metric[] {
    const known = this.#zeroes.get(version);
    if (known) return known;
    const zeroes = metrics
      .filter(isCumulative)
      .map((metric) => ({ ...metric, values: metric.values.map((series) => ({ ...series, value: 0 })) }));
    this.#zeroes.set(version, zeroes);
    return zeroes;
  }
}

function nothingSeen({ pod, leaseEnd }: Pick<Sighting, "pod" | "leaseEnd">): Sighting {
  const nothing = { url: undefined, version: undefined, started: undefined, answered: undefined, relayed: undefined };
  return { ...nothing, pod, leaseEnd, state: "unreachable", gauges: [], zeroes: [] };
}

/** One pod may be known by several addresses: what it has answered at one of them counts. */
function onePerPod(sightings: readonly Sighting[]): Sighting[] {
  const byPod = Map.groupBy(sightings, ({ pod, url }) => pod ?? url);
  return Array.from(byPod.values(), (same) => same.toSorted(byAnswer)[0] as Sighting);
}

/** The latest answer first; of two, that of which Redis knows. */
function byAnswer(one: Sighting, other: Sighting): number {
  if ((one.leaseEnd === undefined) !== (other.leaseEnd === undefined)) return one.leaseEnd === undefined ? 1 : -1;
  return (other.answered ?? 0) - (one.answered ?? 0);
}
