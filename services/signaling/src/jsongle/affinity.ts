// Tells balancers which session a handshake began: requests that carry its id must come to this pod, and no other.
import type { IncomingMessage } from "node:http";
import type { Server } from "socket.io";

/** A client need not know it: a balancer compares its value with the parameter `sid` of later requests. */
const SESSION_HEADER = "Engine-Session";

/** Engine.IO makes the headers of a handshake without a word about its id, so it is kept until then. */
export function nameEngineSessions(engine: Server["engine"]): void {
  const sids = new WeakMap<IncomingMessage, string>();
  const generateId = engine.generateId.bind(engine);
  engine.generateId = async (request: IncomingMessage) => {
    const sid = await generateId(request);
    sids.set(request, sid);
    return sid;
  };
  engine.on("initial_headers", (headers: Record<string, string>, request: IncomingMessage) => {
    const sid = sids.get(request);
    // A connection that begins as a WebSocket has its headers before its id, and no later requests.
    if (sid !== undefined) headers[SESSION_HEADER] = sid;
  });
}
