// JSONgle over Socket.IO: connections become sessions, and their events go to the dispatch.
import type { Server as HttpServer } from "node:http";
import { setTimeout as wait } from "node:timers/promises";
import type { Signaling, Tally } from "@jongleur/core";
import {
  address,
  buildHello,
  buildServerDrain,
  ERRORS,
  type ErrorName,
  JSONGLE_EVENT,
  serverInfo,
} from "@jongleur/protocol";
import type { Logger } from "@jongleur/runtime";
import type { Socket as Connection } from "engine.io";
import { Server, type Socket } from "socket.io";
import type { AddressGate } from "../limits/address-gate.ts";
import type { AuthFailures } from "../limits/auth-failures.ts";
import type { ClientAddresses } from "../limits/client-addresses.ts";
import { FairWebSocketServer } from "../limits/fair-web-sockets.ts";
import type { MessageLimits } from "../limits/message-limits.ts";
import { turnAway } from "../limits/turned-away.ts";
import type { Occupancy } from "../occupancy.ts";
import { mayCome, originsIn } from "../origins.ts";
import type { Rejections } from "../rejections.ts";
import { Admission } from "./admission.ts";
import { nameEngineSessions } from "./affinity.ts";
import { boundedParser, TooLargeMessage, type Traffic } from "./bounded-parser.ts";
import { Dispatch } from "./dispatch.ts";
import { HalfOpen } from "./half-open.ts";
import { JsongleSession } from "./session.ts";
import { cutOff, watchWriteQueue } from "./write-queue.ts";

interface GatewaySettings {
  readonly id: string;
  readonly appToken: string;
  readonly corsPolicyOrigin: string;
  readonly maxMessageBytes: number;
  readonly maxMessageDepth: number;
  readonly helloSeconds: number;
}

export interface GatewayParts {
  readonly settings: GatewaySettings;
  /** Its name, as clients are told. */
  readonly pod: string;
  readonly version: string;
  readonly occupancy: Occupancy;
  readonly rejections: Rejections;
  readonly addresses: ClientAddresses;
  readonly gate: AddressGate;
  readonly failures: AuthFailures;
  readonly messageLimits: MessageLimits;
  readonly signaling: Signaling;
  readonly tally: Tally;
  readonly traffic: Traffic;
  readonly logger: Logger;
  readonly newId: () => string;
  /** Destroys all TCP connections of the server. */
  readonly cutConnections: () => void;
  readonly onRefused: (error: ErrorName) => void;
  /** @param minutes how long the connection lasted */
  readonly onClosed: (minutes: number) => void;
}

/** Socket.IO's own watch over connections, behind ours (see HalfOpen). */
const CONNECT_MARGIN_MS = 5000;

/**
 * What is larger than a message may be is still read, up to this many times, so that its sender is told
 * why it is refused (413001) instead of losing its connection.
 */
const READABLE_MESSAGES = 16;

/** How often it is looked whether all clients have gone, in milliseconds. */
const FAREWELL_POLL_MS = 20;

/** What may wait for a peer that does not read: messages of the largest size, and at least so many bytes. */
const WAITING_MESSAGES = 4;
const WAITING_BYTES = 1_000_000;

export class JsongleGateway {
  readonly #parts: GatewayParts;
  readonly #dispatch: Dispatch;
  readonly #admission: Admission;
  readonly #halfOpen: HalfOpen;
  readonly #io: Server;
  /** Where those who are connected are. */
  readonly #addresses = new WeakMap<Connection, string>();
  readonly #ending = new Set<Promise<void>>();
  #accepted = 0;

  constructor(server: HttpServer, parts: GatewayParts) {
    const { settings, signaling, tally, newId, onRefused, logger } = parts;
    this.#parts = parts;
    const limits = { maxDepth: settings.maxMessageDepth };
    const origins = originsIn(settings.corsPolicyOrigin);
    this.#dispatch = new Dispatch({
      serverId: settings.id,
      signaling,
      tally,
      limits,
      messageLimits: parts.messageLimits,
      newId,
      now: isoNow,
      onRefused: (session, error) => {
        onRefused(error);
        logger.debug({ session: session.id, code: ERRORS[error].code }, "message refused");
      },
    });
    this.#admission = new Admission({
      appToken: settings.appToken,
      occupancy: parts.occupancy,
      rejections: parts.rejections,
      failures: parts.failures,
      addressOf: ({ conn }) => this.#addressOf(conn),
      onRefused: (socket, error) => {
        onRefused(error);
        logger.info({ peer: this.#addressOf(socket.conn), code: ERRORS[error].code }, "connection refused");
      },
    });
    // Socket.IO passes on what is not on its path: left unanswered, it would hold its connection for ever.
    server.on("request", (_request, response) => void response.writeHead(404).end());
    this.#io = new Server(server, {
      parser: boundedParser(settings.maxMessageBytes, parts.traffic),
      maxHttpBufferSize: READABLE_MESSAGES * settings.maxMessageBytes,
      wsEngine: FairWebSocketServer,
      connectTimeout: settings.helloSeconds * 1000 + CONNECT_MARGIN_MS,
      cors: origins ? { origin: origins, methods: ["GET", "POST"], credentials: true } : { origin: "*" },
      allowRequest: (request, decide) => {
        const allowed = mayCome(origins, request.headers.origin);
        if (!allowed) parts.rejections.add("origin");
        const turned = allowed ? parts.gate.turnAway(parts.addresses.of(request)) : undefined;
        // Engine.IO would say no more than 403: a request that is answered is never decided upon.
        if (turned) turnAway(request, turned);
        else decide(null, allowed);
      },
    });
    this.#halfOpen = new HalfOpen({
      serverId: settings.id,
      helloSeconds: settings.helloSeconds,
      isRegistered: (session) => signaling.standing(session, undefined).identity !== undefined,
      rejections: parts.rejections,
      newId,
      now: () => performance.now(),
    });
    nameEngineSessions(this.#io.engine);
    this.#io.engine.on("connection", (connection: Connection) => this.#onOpened(connection));
    this.#io.use(this.#admission.check);
    this.#io.on("connection", (socket) => this.#onConnection(socket));
  }

  /** All connections ever let in. */
  get accepted(): number {
    return this.#accepted;
  }

  /**
   * Lets no more in, tells all clients, and closes their connections. Who has not taken its leave at
   * half-time to the deadline, since it does not read or is gone, is cut off.
   */
  async close(deadline: Date): Promise<void> {
    this.#parts.occupancy.close();
    this.#halfOpen.close();
    const origin = { id: this.#parts.newId(), from: this.#parts.settings.id };
    const drain = buildServerDrain(origin, deadline.toISOString());
    for (const socket of this.#io.sockets.sockets.values()) {
      socket.emit(JSONGLE_EVENT, address(drain, socket.id));
      // The transport only: told to disconnect, a client of Socket.IO would not connect again by itself.
      socket.conn.close();
    }
    const halfTime = Date.now() + (deadline.getTime() - Date.now()) / 2;
    await this.#farewells(halfTime);
    const cut = setTimeout(this.#parts.cutConnections, Math.max(0, halfTime - Date.now()));
    await this.#io.close();
    clearTimeout(cut);
    await Promise.all(this.#ending);
  }

  /** A client that polls takes what it is told only when it asks next. */
  async #farewells(end: number): Promise<void> {
    while (this.#io.engine.clientsCount > 0 && Date.now() < end) await wait(FAREWELL_POLL_MS);
  }

  #onOpened(connection: Connection): void {
    const address = this.#parts.addresses.of(connection.request);
    this.#addresses.set(connection, address);
    this.#parts.gate.enter(address, connection);
    this.#halfOpen.opened(connection);
  }

  #addressOf(connection: Connection): string {
    return this.#addresses.get(connection) ?? "";
  }

  #onConnection(socket: Socket): void {
    const { settings, logger, rejections } = this.#parts;
    const session = new JsongleSession(socket);
    this.#halfOpen.became(session, socket.conn);
    const opened = Date.now();
    this.#accepted += 1;
    logger.info({ session: session.id }, "connected");
    const limit = Math.max(WAITING_BYTES, WAITING_MESSAGES * settings.maxMessageBytes);
    watchWriteQueue(socket.conn, limit, () => {
      logger.warn({ session: session.id }, "closing: the client does not read");
      rejections.add("slow_reader");
      cutOff(socket.conn);
    });
    socket.onAny((event: unknown, message: unknown) => {
      // Socket.IO hands over what came in one piece with the disconnect, and after it: the session has ended.
      if (socket.connected) this.#onEvent(session, event, message);
    });
    socket.on("disconnect", (reason) => {
      this.#onDisconnect(session, opened, reason);
      // One connection is one session: a client that only leaves the namespace has ended it.
      this.#halfOpen.leaves(socket.conn);
    });
    this.#sayHello(session);
  }

  #sayHello(session: JsongleSession): void {
    const { settings, pod, version, newId } = this.#parts;
    const description = { version, sn: settings.id, info: serverInfo(pod), connected: isoNow() };
    session.send(buildHello({ id: newId(), from: settings.id }, newId(), description));
  }

  /** Runs while the packet is read, not a tick later: what precedes a client's disconnect is still handled. */
  #onEvent(session: JsongleSession, event: unknown, message: unknown): void {
    const posted = session.inbox.post(() => this.#handle(session, event, message), this.#parts.traffic.latest);
    if (!posted) this.#dispatch.refuseForBacklog(session);
  }

  #handle(session: JsongleSession, event: unknown, message: unknown): undefined | Promise<void> {
    if (message instanceof TooLargeMessage) {
      const details = `The message is larger than ${message.limit} bytes`;
      return this.#dispatch.refuseUnread(session, { error: "tooLarge", details });
    }
    if (event !== JSONGLE_EVENT) {
      const details = `Messages must be sent as the event '${JSONGLE_EVENT}'`;
      return this.#dispatch.refuseUnread(session, { error: "noJsongleData", details });
    }
    return this.#dispatch.handle(session, message);
  }

  #onDisconnect(session: JsongleSession, opened: number, reason: string): void {
    const { signaling, logger, onClosed } = this.#parts;
    const ending = session.inbox.end(() => signaling.disconnect(session));
    this.#ending.add(ending);
    void ending.finally(() => this.#ending.delete(ending));
    onClosed((Date.now() - opened) / 60_000);
    logger.info({ session: session.id, reason }, "disconnected");
  }
}

function isoNow(): string {
  return new Date().toISOString();
}
