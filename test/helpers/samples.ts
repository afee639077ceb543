// What a service tells over time, and whether what only grows ever falls.
import { setTimeout as wait } from "node:timers/promises";

const PAUSE_MS = 50;

/** A line of a counter or histogram, with its labels, to its value. */
type Sample = ReadonlyMap<string, number>;

/** Reads `/metrics` again and again. */
export class Sampler {
  readonly #url: () => string | undefined;
  readonly #samples: Sample[] = [];
  readonly #running: Promise<void>;
  #stopped = false;

  /** @param url whom to ask; undefined if nobody just now */
  constructor(url: () => string | undefined) {
    this.#url = url;
    this.#running = this.#run();
  }

  get count(): number {
    return this.#samples.length;
  }

  /** @returns each fall, as a sentence */
  async stop(): Promise<string[]> {
    this.#stopped = true;
    await this.#running;
    return fallsIn(this.#samples);
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      const url = this.#url();
      const page = url === undefined ? undefined : await pageOf(url);
      // Who is asked while he ends may be cut off: what he has told by then is no answer.
      if (page !== undefined) this.#samples.push(cumulative(page));
      await wait(PAUSE_MS);
    }
  }
}

async function pageOf(url: string): Promise<string | undefined> {
  try {
    const response = await fetch(`${url}/metrics`);
    return response.ok ? await response.text() : undefined;
  } catch {
    return undefined;
  }
}

/** Those that only grow; what the aggregator counts of itself begins anew with it. */
function cumulative(page: string): Sample {
  const sample = new Map<string, number>();
  let grows = false;
  for (const line of page.split("\n")) {
    const type = /^# TYPE (\S+) (\S+)/.exec(line);
    if (type) grows = /^(counter|histogram)$/.test(type[2]!) && !type[1]!.startsWith("jongleur_aggregator_");
    const [, series, value] = /^([^#].*) (\S+)$/.exec(line) ?? [];
    if (grows && series !== undefined) sample.set(series, Number(value));
  }
  return sample;
}

function fallsIn(samples: readonly Sample[]): string[] {
  const highest = new Map<string, number>();
  return samples.flatMap((sample, i) => {
    const fallen = [...highest].filter(([series, value]) => value > 0 && (sample.get(series) ?? 0) < value);
    for (const [series, value] of sample) highest.set(series, Math.max(value, highest.get(series) ?? 0));
    return fallen.map(([series, value]) => `sample ${i}: ${series} falls from ${value} to ${sample.get(series)}`);
  });
}
