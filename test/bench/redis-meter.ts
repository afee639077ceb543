// What a Redis has done between two readings, as it counts by itself.
import { Redis } from "ioredis";

export interface Reading {
  /** Milliseconds. */
  readonly at: number;
  readonly amounts: Amounts;
}

export interface Amounts {
  /** Commands that clients sent; a script is one. */
  readonly commands: number;
  /** Commands that scripts ran. */
  readonly inScripts: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** CPU in microseconds, all threads. */
  readonly cpu: number;
}

/** What pods send; all else that Redis counts is run by scripts. */
const SENT = new Set(["evalsha", "eval", "srem", "smembers", "unlink", "spublish", "publish", "ssubscribe"]);
/** Of the meter itself, and of handshakes. */
const UNCOUNTED = new Set(["info", "dbsize", "hello", "client", "client|setinfo", "ping", "zrange", "scard"]);

export class RedisMeter {
  readonly #redis: Redis;
  #replied = 0;

  constructor(url: string) {
    this.#redis = new Redis(url);
  }

  get redis(): Redis {
    return this.#redis;
  }

  async read(): Promise<Reading> {
    const text = String(await this.#redis.call("INFO", "commandstats", "stats", "cpu"));
    const number = (name: string) => Number(new RegExp(`^${name}:(\\S+)\r$`, "m").exec(text)?.[1] ?? 0);
    // Redis counts an answer once it is sent: this one's is in the next reading.
    const bytesOut = number("total_net_output_bytes") - this.#replied;
    this.#replied += Buffer.byteLength(text);
    const cpu = (number("used_cpu_user") + number("used_cpu_sys")) * 1e6;
    const amounts = { ...callsIn(text), bytesIn: number("total_net_input_bytes"), bytesOut, cpu };
    return { at: performance.now(), amounts };
  }

  async usedMemory(): Promise<number> {
    const text = await this.#redis.info("memory");
    return Number(/^used_memory:(\d+)\r$/m.exec(text)?.[1]);
  }

  close(): void {
    this.#redis.disconnect();
  }
}

function callsIn(text: string): Pick<Amounts, "commands" | "inScripts"> {
  let [commands, inScripts] = [0, 0];
  for (const [, name = "", calls] of text.matchAll(/^cmdstat_(\S+?):calls=(\d+),/gm)) {
    if (SENT.has(name)) commands += Number(calls);
    else if (!UNCOUNTED.has(name)) inScripts += Number(calls);
  }
  return { commands, inScripts };
}

/** What is between two readings. @param idle what happens anyway, per second */
export function between(before: Reading, after: Reading, idle?: Amounts): Amounts {
  const seconds = (after.at - before.at) / 1000;
  return combine(after.amounts, before.amounts, (now, then, key) => now - then - (idle?.[key] ?? 0) * seconds);
}

/** A share, as per operation or per second. */
export function per(amounts: Amounts, count: number): Amounts {
  return combine(amounts, amounts, (amount) => amount / count);
}

function combine(
  one: Amounts,
  other: Amounts,
  how: (one: number, other: number, key: keyof Amounts) => number,
): Amounts {
  const of = (key: keyof Amounts) => how(one[key], other[key], key);
  return {
    commands: of("commands"),
    inScripts: of("inScripts"),
    bytesIn: of("bytesIn"),
    bytesOut: of("bytesOut"),
    cpu: of("cpu"),
  };
}
