// The aggregator of the cluster: it finds the pods in Redis.
import { fileURLToPath } from "node:url";
import { type Child, startChild } from "./child.ts";
import { type Environment, withSettings } from "./pods.ts";

export interface Aggregator extends Child {
  /** @throws if it does not become ready */
  readonly ready: () => Promise<void>;
}

const MAIN = fileURLToPath(new URL("../../services/aggregator/src/main.ts", import.meta.url));

export function startAggregator(
  port: number,
  redisUrl: string,
  environment: Environment,
  onLine: (line: string) => void,
): Aggregator {
  const env = withSettings(environment, {
    aggregatorPort: String(port),
    aggregatorPods: "",
    redisUrl,
    useHTTPS: "false",
  });
  const child = startChild("aggregator", { path: process.execPath, env }, [MAIN], onLine);
  return { ...child, ready: () => child.answers(`http://127.0.0.1:${port}/readyz`) };
}
