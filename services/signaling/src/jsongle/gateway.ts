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
import { Server, type Socket } from "socket.io";
import type { Occupancy } from "../occupancy.ts";
import { mayCome, originsIn } from "../origins.ts";
import type { Rejections } from "../rejections.ts";
import { Admission } from "./admission.ts";
import { nameEngineSessions } from "./affinity.ts";
import { boundedParser, TooLargeMessage, type Traffic } from "./bounded-parser.ts";
import { Dispatch } from "./dispatch.ts";
import { JsongleSession } from "./session.ts";
import { cutOff, watchWriteQueue } from "./write-queue.ts";

interface GatewaySettings {
  readonly id: string;
  readonly appToken: string;
  readonly corsPolicyOrigin: string;
  readonly maxMessageBytes: number;
  readonly maxMessageDepth: number;
}

export interface GatewayParts {
  readonly settings: GatewaySettings;
  /** Its name, as clients are told. */
  readonly pod: string;
  readonly version: string;
  readonly occupancy: Occupancy;
  readonly rejections: Rejections;
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

/** A connection that does not become a session in time is closed. */
const CONNECT_TIMEOUT_MS = 10_000;

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
  readonly #io: Server;
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
      onRefused: (socket, error) => {
        onRefused(error);
        logger.info({ peer: socket.handshake.address, code: ERRORS[error].code }, "connection refused");
      },
    });
    // Socket.IO passes on what is not on its path: left unanswered, it would hold its connection for ever.
    server.on("request", (_request, response) => void response.writeHead(404).end());
    this.#io = new Server(server, {
      parser: boundedParser(settings.maxMessageBytes, parts.traffic),
      maxHttpBufferSize: READABLE_MESSAGES * settings.maxMessageBytes,
      connectTimeout: CONNECT_TIMEOUT_MS,
      cors: origins ? { origin: origins, methods: ["GET", "POST"], credentials: true } : { origin: "*" },
      allowRequest: ({ headers }, decide) => {
        const allowed = mayCome(origins, headers.origin);
        if (!allowed) parts.rejections.add("origin");
        decide(null, allowed);
      },
    });
    nameEngineSessions(this.#io.engine);
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

  #onConnection(socket: Socket): void {
    const { settings, logger } = this.#parts;
    const session = new JsongleSession(socket);
    const opened = Date.now();
    this.#accepted += 1;
    logger.info({ session: session.id }, "connected");
    const limit = Math.max(WAITING_BYTES, WAITING_MESSAGES * settings.maxMessageBytes);
    watchWriteQueue(socket.conn, limit, () => {
      logger.warn({ session: session.id }, "closing: the client does not read");
      cutOff(socket.conn);
    });
    socket.onAny((event: unknown, message: unknown) => {
      // Socket.IO hands over what came in one piece with the disconnect, and after it: the session has ended.
      if (socket.connected) this.#onEvent(session, event, message);
    });
    socket.on("disconnect", (reason) => {
      this.#onDisconnect(session, opened, reason);
      // One connection is one session: a client that only leaves the namespace has ended it.
      socket.conn.close();
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
    const arrived = performance.now();
    const posted = session.inbox.post(() => this.#handle(session, event, message, arrived), this.#parts.traffic.latest);
    if (posted) return;
    const details = "Too many requests are waiting to be handled";
    this.#dispatch.refuse(session, { from: undefined }, { error: "tooManyRequests", details });
  }

  #handle(session: JsongleSession, event: unknown, message: unknown, arrived: number): undefined | Promise<void> {
    if (message instanceof TooLargeMessage) {
      const details = `The message is larger than ${message.limit} bytes`;
      return this.#dispatch.refuse(session, { from: undefined }, { error: "tooLarge", details });
    }
    if (event !== JSONGLE_EVENT) {
      const details = `Messages must be sent as the event '${JSONGLE_EVENT}'`;
      return this.#dispatch.refuse(session, { from: undefined }, { error: "noJsongleData", details });
    }
    const { tally } = this.#parts;
    const { relayed } = tally;
    const pending = this.#dispatch.handle(session, message);
    if (tally.relayed !== relayed) tally.relayTimes.add(performance.now() - arrived);
    return pending;
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
