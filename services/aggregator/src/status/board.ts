// What the status page shows: made once a round of what the aggregator has read in it, for all who look.
import { describePods } from "../pods-page.ts";
import { gaugeOf, missingIn, type Sighting } from "../sighting.ts";
import { type Happening, happeningsBetween, type Seen } from "./happenings.ts";
import { type Figure, History } from "./history.ts";
import { Rates } from "./rates.ts";

export interface BoardParts {
  /** Of pods that have not ended. */
  readonly sightings: () => readonly Sighting[];
  /** Names of pods that have handed over all that they counted. */
  readonly ended: () => readonly string[];
  readonly redisAway: () => boolean;
  /** Why nothing can be told yet; undefined when it can. */
  readonly notBegun: () => string | undefined;
  readonly intervalMs: number;
  /** Monotonic, in ms. */
  readonly now: () => number;
}

interface Row {
  /** Null for an address at which no pod has answered yet; the address stands for it then. */
  readonly pod: string | null;
  readonly address?: string | null;
  readonly state: Sighting["state"] | "ended" | "died" | "lost";
  readonly version: string | null;
  readonly ageSeconds: Figure;
  readonly leaseSeconds: Figure;
  readonly connections: Figure;
  readonly eventLoopLagSeconds: Figure;
  readonly messagesPerSecond: Figure;
}

/** So long what has happened, and pods that have gone, are shown. */
const SHOWN_MS = 60_000;
const LINE_MS = 300_000;
/** So that what is sent is bounded, however many pods there are. */
const MOST = { rows: 200, happenings: 100, version: 40, points: 100 };

export class Board {
  readonly #parts: BoardParts;
  readonly #history: History;
  readonly #rates = new Rates();
  #before: Seen | undefined;
  #happened: readonly (Happening & { readonly at: number })[] = [];
  #rows: readonly Row[] = [];
  #gone: readonly { readonly row: Row; readonly at: number }[] = [];
  #text: string;
  #at: number;

  constructor(parts: BoardParts) {
    this.#parts = parts;
    this.#history = new History(Math.min(MOST.points, Math.ceil(LINE_MS / parts.intervalMs)));
    this.#text = '"waiting":"starting"}';
    this.#at = parts.now();
  }

  /** JSON, with how old it is. */
  text(): string {
    return `{"ageMs":${Math.round(this.#parts.now() - this.#at)},${this.#text}`;
  }

  /** To be called behind each round. */
  look(): void {
    const { notBegun, now } = this.#parts;
    const waiting = notBegun();
    this.#at = now();
    const told = waiting === undefined ? this.#tell(this.#at) : { waiting };
    this.#text = JSON.stringify(told).slice(1);
  }

  #tell(at: number): object {
    const { redisAway, intervalMs } = this.#parts;
    const sightings = this.#parts.sightings();
    const rates = this.#rates.take(sightings);
    this.#note(this.#see(at, sightings));
    // Redis lists them by their leases, which is another order each time.
    this.#rows = describePods(sightings, at)
      .map((pod) => rowOf(pod, rates))
      .toSorted(byName);
    const figures = {
      connections: sumOf(sightings, "users_count"),
      rooms: sumOf(sightings, "conferences_count"),
      messagesPerSecond: rates.size > 0 ? Math.round(rates.values().reduce((sum, rate) => sum + rate, 0)) : null,
    };
    this.#history.add(figures);
    const rows = [...this.#rows, ...this.#gone.map(({ row }) => row)];
    return {
      intervalMs,
      missing: missingIn(sightings, redisAway()),
      figures,
      lines: this.#history.lines(),
      pods: rows.slice(0, MOST.rows),
      podsNotShown: Math.max(0, rows.length - MOST.rows),
      happenings: this.#happened.map(({ at: then, ...happening }) => ({ ...happening, agoMs: Math.round(at - then) })),
    };
  }

  #see(at: number, sightings: readonly Sighting[]): Seen {
    const named = sightings.flatMap(({ pod, state, leaseEnd }) =>
      pod === undefined ? [] : [{ pod, state, leaseEnd }],
    );
    return { at, redisAway: this.#parts.redisAway(), pods: named, ended: new Set(this.#parts.ended()) };
  }

  /** What was there in the first round has not joined in it. */
  #note(seen: Seen): void {
    const news = this.#before ? happeningsBetween(this.#before, seen) : [];
    this.#before = seen;
    const isRecent = ({ at }: { readonly at: number }) => seen.at - at < SHOWN_MS;
    const noted = news.map((happening) => ({ ...happening, at: seen.at }));
    this.#happened = [...this.#happened, ...noted].filter(isRecent).slice(-MOST.happenings);
    const present = new Set(seen.pods.map(({ pod }) => pod));
    const left = news
      .flatMap(({ kind, pod }) => this.#farewell(kind, pod))
      .filter(({ pod }) => !present.has(pod ?? ""));
    this.#gone = [...this.#gone, ...left.map((row) => ({ row, at: seen.at }))].filter(isRecent).slice(-MOST.happenings);
  }

  /** @returns its row as it stays for a while */
  #farewell(kind: Happening["kind"], pod: string | undefined): readonly Row[] {
    const row = this.#rows.find((each) => each.pod === pod);
    if (!row || (kind !== "ended" && kind !== "died" && kind !== "lost")) return [];
    const nothing = { leaseSeconds: null, connections: null, eventLoopLagSeconds: null, messagesPerSecond: null };
    return [{ ...row, ...nothing, state: kind }];
  }
}

function rowOf(described: ReturnType<typeof describePods>[number], rates: ReadonlyMap<string, number>): Row {
  const { pod, address, state, version, ageSeconds, leaseSeconds, connections, eventLoopLagSeconds } = described;
  return {
    pod,
    ...(pod === null && { address }),
    state,
    version: version?.slice(0, MOST.version) ?? null,
    ageSeconds,
    leaseSeconds,
    connections,
    eventLoopLagSeconds,
    messagesPerSecond: rates.get(pod ?? "") ?? null,
  };
}

function byName(one: Row, other: Row): number {
  return nameOf(one) < nameOf(other) ? -1 : 1;
}

/** Behind all names: addresses. */
function nameOf({ pod, address }: Row): string {
  return pod ?? `~${address}`;
}

/** Null where no pod has told it. */
function sumOf(sightings: readonly Sighting[], name: string): Figure {
  const values = sightings.map((sighting) => gaugeOf(sighting, name)).filter((value) => value !== undefined);
  return values.length > 0 ? values.reduce((sum, value) => sum + value, 0) : null;
}
