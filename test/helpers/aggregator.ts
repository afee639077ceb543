// A real aggregator in a process of its own.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { inherited } from "./pod.ts";

const MAIN = fileURLToPath(new URL("../../services/aggregator/src/main.ts", import.meta.url));

export interface Aggregator {
  readonly url: string;
  readonly process: ChildProcess;
  readonly output: () => string;
  /** Sends SIGTERM and waits for the end. @returns the exit code, null if a signal killed it */
  readonly stop: () => Promise<number | null>;
}

/** Starts an aggregator on a free port. @param settings as environment variables */
export async function startAggregator(settings: Readonly<Record<string, string>>): Promise<Aggregator> {
  const child = spawn(process.execPath, [MAIN], {
    env: { ...inherited(), aggregatorPort: "0", logDefaultLevel: "info", ...settings },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const lines: string[] = [];
  const exited = once(child, "close").then(([code]) => code as number | null);
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  for (const stream of [child.stdout, child.stderr]) {
    createInterface(stream).on("line", (line) => {
      lines.push(line);
      if (line.includes('"msg":"ready"')) resolve(JSON.parse(line).port);
    });
  }
  void exited.then((code) => reject(new Error(`the aggregator ended with ${code}:\n${lines.join("\n")}`)));
  const url = `http://127.0.0.1:${await promise}`;
  const stop = () => {
    child.kill("SIGTERM");
    return exited;
  };
  return { url, process: child, output: () => lines.join("\n"), stop };
}

export interface PodSeen {
  readonly pod: string | null;
  readonly address: string | null;
  readonly state: "up" | "draining" | "late" | "unreachable";
  readonly draining: boolean;
  readonly version: string | null;
  readonly ageSeconds: number | null;
  readonly leaseSeconds: number | null;
  readonly connections: number | null;
  readonly eventLoopLagSeconds: number | null;
}

export async function podsSeen({ url }: Pick<Aggregator, "url">): Promise<readonly PodSeen[]> {
  return ((await (await fetch(`${url}/pods`)).json()) as { pods: PodSeen[] }).pods;
}

export async function statsOf(url: string): Promise<Readonly<Record<string, number>>> {
  const response = await fetch(`${url}/stats`);
  const body = await response.text();
  if (!response.ok) throw new Error(`${url}/stats answers ${response.status}: ${body}`);
  return JSON.parse(body);
}
