// How long Redis takes for what the pod asks of it, seen from the pod: from sending a command to its answer.
import { BOUNDS, Durations } from "@jongleur/core";
import type { createRedis } from "@jongleur/runtime";

export const REDIS_USES = ["commands", "lease", "publications"] as const;
export type RedisUse = (typeof REDIS_USES)[number];

/** Of one connection. */
export class RedisTally {
  readonly durations = new Durations(BOUNDS.remote);
  /** Commands that were refused, given up, or cut off. */
  failures = 0;
}

type Connection = ReturnType<typeof createRedis>;
type Send = (
  command: { readonly name: string; readonly promise: Promise<unknown> },
  ...rest: readonly unknown[]
) => unknown;

/** What the connection asks by itself, some of it of servers that don't know it. */
const OF_CONNECTIONS = new Set(["hello", "auth", "select", "client", "info", "readonly", "cluster", "ping"]);

/** @returns the connection, which counts from now on */
export function timeCommands<C extends Connection>(connection: C, tally: RedisTally): C {
  const sender = connection as unknown as { sendCommand: Send };
  const send = sender.sendCommand.bind(connection);
  sender.sendCommand = (command, ...rest) => {
    const sent = performance.now();
    const answer = send(command, ...rest);
    if (OF_CONNECTIONS.has(command.name)) return answer;
    command.promise.then(
      () => tally.durations.add(performance.now() - sent),
      (error: unknown) => {
        if (!isUnknownScript(error)) tally.failures += 1;
      },
    );
    return answer;
  };
  return connection;
}

/** No failure: the script is sent along with the next attempt. */
function isUnknownScript(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith("NOSCRIPT");
}
