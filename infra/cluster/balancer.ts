// HAProxy in front of the pods, with the configuration that is there for production.
import { fileURLToPath } from "node:url";
import { findHaproxy } from "../../test/provision/local-haproxy.ts";
import { type Child, startChild } from "./child.ts";
import type { Ports } from "./ports.ts";

const CONFIGURATION = fileURLToPath(new URL("../haproxy/haproxy.cfg", import.meta.url));

export interface Balancer extends Child {
  /** @throws if it does not come to see all as ready */
  readonly seesAllPods: () => Promise<void>;
}

export async function startBalancer(ports: Ports, onLine: (line: string) => void): Promise<Balancer> {
  const { path, env } = await findHaproxy();
  const program = { path, env: { ...env, ...variablesOf(ports) } };
  // In the foreground as one process, and each message once: -q is for those that its log has, too.
  const child = startChild("balancer", program, ["-db", "-q", "-f", CONFIGURATION], onLine);
  const metrics = `http://127.0.0.1:${ports.restPort}/metrics`;
  await child.answers(metrics);
  const all = `haproxy_backend_active_servers{proxy="pods"} ${ports.pods.length}\n`;
  return { ...child, seesAllPods: () => child.answers(metrics, (page) => page.includes(all)) };
}

function variablesOf({ wsPort, restPort, pods }: Ports): Record<string, string> {
  const ofPods = pods.flatMap((pod, i) => [
    [`POD_${i + 1}_PORT`, pod.wsPort],
    [`POD_${i + 1}_REST_PORT`, pod.restPort],
  ]);
  const entries = [["BALANCER_PORT", wsPort], ["BALANCER_REST_PORT", restPort], ...ofPods];
  return Object.fromEntries(entries.map(([name, port]) => [name, String(port)]));
}
