// Keeps pages of other origins away from Socket.IO: every request of theirs, whatever session it names.
import { type IncomingMessage, ServerResponse } from "node:http";
import type { Server, ServerOptions } from "socket.io";
import { refuseUpgrade } from "../mse/upgrade.ts";
import { mayCome, type Origins, originOf } from "../origins.ts";

type Cors = NonNullable<ServerOptions["cors"]>;

/** What pages may read of the answers. All of them say that they depend on who asks, so that no cache mixes them up. */
export function corsFor(origins: Origins): Cors {
  if (origins === "any") return { origin: "*" };
  return {
    origin: (origin, decide) => decide(null, origin !== undefined && mayCome(origins, origin) ? origin : []),
    methods: ["GET", "POST"],
    credentials: true,
  };
}

/**
 * Not by Engine.IO's `allowRequest`, which is asked about a session's first request only: who had got hold of a
 * session's id could go on in its name from any page.
 */
export function refuseForeign(
  engine: Server["engine"],
  origins: Origins,
  onRefused: (request: IncomingMessage) => void,
): void {
  engine.use((request: IncomingMessage, response: unknown, next: () => void) => {
    if (mayCome(origins, originOf(request))) return next();
    onRefused(request);
    // For an upgrade Engine.IO hands in something that can't be answered with.
    if (response instanceof ServerResponse) response.writeHead(403).end();
    else refuseUpgrade(request.socket, "forbidden");
  });
}
