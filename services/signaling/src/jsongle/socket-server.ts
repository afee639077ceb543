// The Socket.IO server: what it takes off the wire, and which requests it does not even look at.
import type { Server as HttpServer } from "node:http";
import type { Logger } from "@jongleur/runtime";
import { Server } from "socket.io";
import type { AddressGate } from "../limits/address-gate.ts";
import type { ClientAddresses } from "../limits/client-addresses.ts";
import { FairWebSocketServer } from "../limits/fair-web-sockets.ts";
import { turnAway } from "../limits/turned-away.ts";
import type { Origins } from "../origins.ts";
import type { Rejections } from "../rejections.ts";
import { nameEngineSessions } from "./affinity.ts";
import { boundedParser, type Traffic } from "./bounded-parser.ts";
import { corsFor, refuseForeign } from "./origin-gate.ts";

export interface SocketServerSettings {
  readonly maxMessageBytes: number;
  readonly helloSeconds: number;
}

export interface SocketServerParts {
  readonly settings: SocketServerSettings;
  readonly origins: Origins;
  readonly addresses: ClientAddresses;
  readonly gate: AddressGate;
  readonly rejections: Rejections;
  readonly traffic: Traffic;
  readonly logger: Logger;
}

/** Socket.IO's own watch over connections, behind ours (see HalfOpen). */
const CONNECT_MARGIN_MS = 5000;

/**
 * What is larger than a message may be is still read, up to this many times, so that its sender is told
 * why it is refused (413001) instead of losing its connection.
 */
const READABLE_MESSAGES = 16;

export function openSocketServer(server: HttpServer, parts: SocketServerParts): Server {
  const { settings, origins, addresses, gate, rejections, traffic, logger } = parts;
  // Socket.IO passes on what is not on its path: left unanswered, it would hold its connection for ever.
  server.on("request", (_request, response) => void response.writeHead(404).end());
  const io = new Server(server, {
    parser: boundedParser(settings.maxMessageBytes, traffic),
    maxHttpBufferSize: READABLE_MESSAGES * settings.maxMessageBytes,
    wsEngine: FairWebSocketServer,
    connectTimeout: settings.helloSeconds * 1000 + CONNECT_MARGIN_MS,
    // Upgrades on other paths are not its own.
    destroyUpgrade: false,
    cors: corsFor(origins),
    allowRequest: (request, decide) => {
      const turned = gate.turnAway(addresses.of(request));
      // Engine.IO would say no more than 403: a request that is answered is never decided upon.
      if (turned) turnAway(request, turned);
      else decide(null, true);
    },
  });
  refuseForeign(io.engine, origins, (request) => {
    rejections.add("origin");
    logger.info({ peer: request.socket.remoteAddress, reason: "origin" }, "connection refused");
  });
  nameEngineSessions(io.engine);
  return io;
}
