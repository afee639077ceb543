// A real call to oneself: two clients connect over loopback, join a room, and one hears the other.
import { randomUUID } from "node:crypto";
import { connectJsongle, type JsongleConnection } from "@jongleur/client";

export interface SelfCheckSettings {
  /** The pod's own address for clients, asked for at each check. */
  readonly url: () => string;
  readonly appToken: string;
  /** Lets it in where others need a token (JWT): the pod may have no key to sign one with. */
  readonly pass: string;
}

export interface SelfCheckResult {
  /** Percent of the steps that succeeded: a step that fails ends the check. */
  readonly score: number;
  /** Milliseconds. */
  readonly executionTime: number;
}

/** Milliseconds that the whole check may take. */
const DEADLINE = 5000;

/** @returns a function that runs the check, never twice at once: who asks meanwhile gets the same answer */
export function createSelfCheck(settings: SelfCheckSettings): () => Promise<SelfCheckResult> {
  let running: Promise<SelfCheckResult> | undefined;
  return () => {
    running ??= run(settings).finally(() => {
      running = undefined;
    });
    return running;
  };
}

async function run(settings: SelfCheckSettings): Promise<SelfCheckResult> {
  const started = performance.now();
  const connections: JsongleConnection[] = [];
  const steps = stepsOf(settings, connections, AbortSignal.timeout(DEADLINE));
  let passed = 0;
  try {
    for (const step of steps) {
      await step();
      passed += 1;
    }
  } catch {
    // The score says how far it got.
  }
  for (const connection of connections) connection.close();
  return { score: Math.round((passed / steps.length) * 100), executionTime: Math.round(performance.now() - started) };
}

function stepsOf({ url, appToken, pass }: SelfCheckSettings, connections: JsongleConnection[], signal: AbortSignal) {
  const rid = randomUUID();
  const connect = async () => {
    const identity = { uid: `self-check-${rid}` };
    const options = { transports: ["websocket"], rejectUnauthorized: false, auth: { pass } };
    connections.push(await connectJsongle({ url: url(), appToken, identity, signal, options }));
  };
  const joinAll = () => Promise.all(connections.map((connection) => connection.request("session-join", { rid })));
  const relay = async () => {
    const [speaker, listener] = connections;
    const heard = listener?.waitFor(({ jsongle }) => jsongle.action === "session-custom", signal);
    speaker?.send(rid, { action: "session-custom", description: {} });
    await heard;
  };
  return [connect, connect, joinAll, relay];
}
