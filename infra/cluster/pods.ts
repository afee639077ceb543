// The pods of the cluster: what each is told by its environment.
import { fileURLToPath } from "node:url";
import { type Child, startChild } from "./child.ts";
import type { PodPorts } from "./ports.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

export interface PodParts {
  readonly environment: Environment;
  readonly appToken: string;
  readonly jwtSecret: string | undefined;
  /** Whether it was made for this run: clients of JSONgle need no token then, as with a pod alone. */
  readonly madeSecret: boolean;
  readonly redisUrl: string;
  readonly onLine: (pod: string, line: string) => void;
}

export interface Pod extends Child {
  /** @throws if it does not become ready */
  readonly ready: () => Promise<void>;
}

const MAIN = fileURLToPath(new URL("../../services/signaling/src/main.ts", import.meta.url));

export function startPod({ name, wsPort, restPort, msePort }: PodPorts, parts: PodParts): Pod {
  const env = withSettings(parts.environment, {
    wsPort: String(wsPort),
    restPort: String(restPort),
    ...(msePort !== undefined && { msePort: String(msePort) }),
    podName: name,
    redisUrl: parts.redisUrl,
    podAddress: "127.0.0.1",
    appToken: parts.appToken,
    ...(parts.jwtSecret !== undefined && { jwtSecret: parts.jwtSecret }),
    ...(parts.madeSecret && { jwtRequired: "false" }),
    // TLS ends at the balancer.
    useHTTPS: "false",
    // The welcome of a pod alone would mislead.
    environment: "production",
  });
  const child = startChild(name, { path: process.execPath, env }, [MAIN], (line) => parts.onLine(name, line));
  return { ...child, ready: () => child.answers(`http://127.0.0.1:${restPort}/readyz`) };
}

/** A setting must not be there in another spelling, too: WS_PORT beside wsPort is a fault. */
export function withSettings(
  environment: Environment,
  settings: Readonly<Record<string, string>>,
): Record<string, string> {
  const taken = new Set([...Object.keys(settings), "NODE_ENV"].map(plain));
  const others = Object.entries(environment).filter(([name]) => !taken.has(plain(name)));
  return { ...Object.fromEntries(others), ...settings } as Record<string, string>;
}

function plain(name: string): string {
  return name
    .replace(/^JONGLEUR_/, "")
    .replaceAll("_", "")
    .toLowerCase();
}
