// What `npm run bench` may be told.
import { parseArgs } from "node:util";

const COMMANDS = ["scaling", "pairs", "churn", "limits", "redis-cost", "idle", "scrape"] as const;

export interface Options {
  readonly command: (typeof COMMANDS)[number];
  readonly pods: number;
  /** Pods that get clients. */
  readonly used: number;
  readonly pairs: number;
  /** That are idle. */
  readonly clients: number;
  readonly seconds: number;
  readonly rounds: number;
  /** Of each operation whose cost is counted. */
  readonly count: number;
  readonly json: string | undefined;
}

const ROUNDS_OF_LIMITS = 10;
const DEFAULTS = { pods: 2, pairs: 100, clients: 4000, seconds: 8, rounds: 3, count: 1000 };
/** Of scrape: what it costs is little, and CPU is counted in steps of 10 ms. */
const SCRAPE_DEFAULTS = { pods: 20, seconds: 60 };

export const USAGE = `Usage: npm run bench -- <what> [options]

  scaling      what a message costs on 1, 2, 4 and 8 pods: the CPU of all of them and of Redis
  pairs        the same once: pairs in rooms for two, each message sent when the one before has come
  churn        what it costs to meet in a fresh room and leave it
  limits       pairs again, at a pod with limits and at one without, by turns
  redis-cost   commands, bytes, CPU and memory of Redis for each thing that a session does
  idle         memory that a client takes of its pod, by protocol
  scrape       what it costs the aggregator and each pod that all are asked every 5 s

  --pods <n>     of pairs and churn, ${DEFAULTS.pods} if not given; 0 is one pod that keeps its state in memory;
                 of scrape, ${SCRAPE_DEFAULTS.pods} if not given
  --used <n>     how many of them get clients, all if not given
  --pairs <n>    pairs of clients, ${DEFAULTS.pairs} if not given
  --clients <n>  of idle, ${DEFAULTS.clients} if not given
  --seconds <n>  how long it is measured, ${DEFAULTS.seconds} if not given; of scrape ${SCRAPE_DEFAULTS.seconds}; CPU is counted in steps of 10 ms
  --rounds <n>   ${DEFAULTS.rounds} if not given, of limits ${ROUNDS_OF_LIMITS}
  --count <n>    of redis-cost: how often each thing is done, ${DEFAULTS.count} if not given
  --json <file>  writes all that was measured to a file, too
  --help         prints this

The exit code is 2 if anything was lost, doubled, reordered or wrong, or costs more than watching may.
`;

export type Choice =
  | { readonly outcome: "run"; readonly options: Options }
  | { readonly outcome: "help" }
  | { readonly outcome: "misused"; readonly fault: string };

export function chooseOptions(args: readonly string[]): Choice {
  try {
    const text = { type: "string" } as const;
    const numbers = { pods: text, used: text, pairs: text, clients: text, seconds: text, rounds: text, count: text };
    const options = { ...numbers, json: text, help: { type: "boolean" } } as const;
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    if (values.help) return { outcome: "help" };
    return { outcome: "run", options: read(positionals, values) };
  } catch (error) {
    return { outcome: "misused", fault: (error as Error).message };
  }
}

function read(positionals: readonly string[], values: Readonly<Record<string, string | boolean | undefined>>): Options {
  const command = COMMANDS.find((name) => name === positionals[0]);
  if (!command || positionals.length > 1) throw new Error(`One of ${COMMANDS.join(", ")} is wanted`);
  const number = (name: string, fallback: number, least = 1) => numberFrom(name, values[name], fallback, least);
  const defaults = command === "scrape" ? { ...DEFAULTS, ...SCRAPE_DEFAULTS } : DEFAULTS;
  const pods = number("pods", defaults.pods, 0);
  return {
    command,
    pods,
    used: number("used", Math.max(1, pods)),
    pairs: number("pairs", DEFAULTS.pairs),
    clients: number("clients", DEFAULTS.clients),
    seconds: number("seconds", defaults.seconds),
    rounds: number("rounds", command === "limits" ? ROUNDS_OF_LIMITS : DEFAULTS.rounds),
    count: number("count", DEFAULTS.count),
    json: typeof values.json === "string" ? values.json : undefined,
  };
}

function numberFrom(name: string, given: string | boolean | undefined, fallback: number, least: number): number {
  if (given === undefined) return fallback;
  const number = /^\d{1,6}$/.test(String(given)) ? Number(given) : -1;
  if (number >= least) return number;
  throw new Error(`--${name}: got ${JSON.stringify(given)}, wants a whole number from ${least} on`);
}
