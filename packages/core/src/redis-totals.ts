// What pods have counted, kept in Redis beyond their end: for each pod that was seen lately, and one sum of all before.
import { redisKeys } from "./redis-keys.ts";
import { orUnavailable } from "./redis-outage.ts";
import { loadScripts, type RedisConnection, type RedisScripts } from "./redis-scripts.ts";
import type { Unavailable } from "./room-store.ts";

/** What is known of what one pod has counted. */
export interface Reading {
  readonly pod: string;
  /** Of two readings the one with the greater number is the later. */
  readonly number: number;
  /** The pod has stopped: nothing comes after it. */
  readonly last: boolean;
  /** As `writeTotals` makes it. */
  readonly text: string;
}

interface KeptReading extends Reading {
  /** ms since it was noted. */
  readonly age: number;
}

export interface KeptTotals {
  readonly outcome: "read";
  /** How many pods' totals have been added to the sum. */
  readonly version: number;
  /** The sum, empty if there is none yet. */
  readonly folded: string;
  readonly readings: readonly KeptReading[];
  /** Pods that the sum holds, as far as they are remembered, to the ms since they were added. */
  readonly retired: ReadonlyMap<string, number>;
}

/** So long totals outlive the last of those who add them up. */
const KEPT_MS = 7 * 24 * 3600 * 1000;

export class RedisTotals {
  readonly #redis: RedisConnection;
  readonly #scripts: RedisScripts;

  constructor(redis: RedisConnection) {
    this.#redis = redis;
    this.#scripts = loadScripts(redis);
  }

  /** Hands over what a pod has counted in all; it is kept only where somebody adds up. */
  handOver(reading: Reading): Promise<"noted" | "nobody" | "newer" | "retired" | Unavailable> {
    return this.#note(reading);
  }

  /** Keeps what was read from a pod. Harmless when repeated, or late. */
  note(reading: Reading): Promise<"noted" | "nobody" | "newer" | "retired" | Unavailable> {
    return this.#note(reading, KEPT_MS);
  }

  /** What is kept of all pods, in one moment. */
  read(): Promise<KeptTotals | Unavailable> {
    return orUnavailable(async () => {
      const reply = await this.#scripts["totals-read"](redisKeys.totals, KEPT_MS);
      const [now, fields] = reply as [number, string[]];
      return keptFrom(now, fields);
    });
  }

  /**
   * Adds a pod to the sum.
   * @param from the version that the sum was made from
   * @param sum that and the pod's own
   * @param age in ms, that the reading must have
   */
  async fold(
    { pod, number }: Reading,
    { from, sum, age }: { readonly from: number; readonly sum: string; readonly age: number },
  ): Promise<"folded" | "lost" | "young" | Unavailable> {
    const reply = await orUnavailable(() =>
      this.#scripts["totals-fold"](redisKeys.totals, pod, number, from, sum, age),
    );
    return outcomeIn(reply);
  }

  /** Brings a sum back that Redis has lost. @param retired pods that it holds */
  async restore(version: number, sum: string, retired: readonly string[]): Promise<"restored" | "newer" | Unavailable> {
    const reply = await orUnavailable(() =>
      this.#scripts["totals-restore"](redisKeys.totals, version, sum, ...retired),
    );
    return outcomeIn(reply);
  }

  /** That the sum holds these pods need not be remembered any more. */
  async forget(pods: readonly string[]): Promise<void> {
    const fields = pods.map((pod) => `retired ${pod}`);
    await orUnavailable(() => this.#redis.hdel(redisKeys.totals, ...fields));
  }

  async #note({ pod, number, last, text }: Reading, ...length: readonly number[]) {
    const reply = await orUnavailable(() =>
      this.#scripts["totals-note"](redisKeys.totals, pod, number, last ? 1 : 0, text, ...length),
    );
    return outcomeIn<"noted" | "nobody" | "newer" | "retired">(reply);
  }
}

function outcomeIn<Outcome extends string>(reply: unknown): Outcome | Unavailable {
  return Array.isArray(reply) ? reply[0] : (reply as Unavailable);
}

function keptFrom(now: number, fields: readonly string[]): KeptTotals {
  let [version, folded] = [0, ""];
  const readings: KeptReading[] = [];
  const retired = new Map<string, number>();
  for (let i = 0; i < fields.length; i += 2) {
    const [field = "", value = ""] = [fields[i], fields[i + 1]];
    const [kind, pod = ""] = field.split(" ");
    if (kind === "version") version = Number(value);
    else if (kind === "folded") folded = value;
    else if (kind === "pod") readings.push(readingFrom(pod, value, now));
    else if (kind === "retired") retired.set(pod, now - Number(value));
  }
  return { outcome: "read", version, folded, readings, retired };
}

function readingFrom(pod: string, value: string, now: number): KeptReading {
  const [number = "", last = "", noted = ""] = value.split(" ", 3);
  const text = value.slice(`${number} ${last} ${noted} `.length);
  return { pod, number: Number(number), last: last === "1", text, age: now - Number(noted) };
}
