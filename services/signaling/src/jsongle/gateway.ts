// JSONgle over Socket.IO: connections become sessions, and their events go to the dispatch.
import type { Server as HttpServer, IncomingMessage } from "node:http";
import { setTimeout as wait } from "node:timers/promises";
import type { Signaling, SignalingLimits, Tally } from "@jongleur/core";
import {
  address,
  buildHello,
  buildServerDrain,
  buildSessionError,
  buildTokenExpiring,
  ERRORS,
  type ErrorName,
  JSONGLE_EVENT,
  type Origin,
  serverInfo,
} from "@jongleur/protocol";
import type { Socket as Connection } from "engine.io";
import type { Server, Socket } from "socket.io";
import type { IceDesk } from "../ice/ice-desk.ts";
import type { AuthFailures } from "../limits/auth-failures.ts";
import type { MessageLimits } from "../limits/message-limits.ts";
import type { Occupancy } from "../occupancy.ts";
import type { ReportRefusedToken } from "../tokens/refused.ts";
import type { VerifyToken } from "../tokens/verifier.ts";
import { Admission } from "./admission.ts";
import { TooLargeMessage } from "./bounded-parser.ts";
import { Dispatch } from "./dispatch.ts";
import { HalfOpen } from "./half-open.ts";
import { JsongleSession } from "./session.ts";
import { openSocketServer, type SocketServerParts, type SocketServerSettings } from "./socket-server.ts";
import { lookAfter, type Upkeep } from "./upkeep.ts";
import { cutOff, watchWriteQueue } from "./write-queue.ts";

interface GatewaySettings extends SocketServerSettings, SignalingLimits {
  readonly id: string;
  readonly appToken: string;
  /** Lets the pod's own self-check in without a token. */
  readonly pass: string;
  /** Whether a token (JWT) has to be shown. */
  readonly tokenNeeded: boolean;
  readonly maxMessageDepth: number;
}

export interface GatewayParts extends SocketServerParts {
  readonly settings: GatewaySettings;
  /** Its name, as clients are told. */
  readonly pod: string;
  readonly version: string;
  readonly verify: VerifyToken;
  readonly occupancy: Occupancy;
  readonly failures: AuthFailures;
  readonly messageLimits: MessageLimits;
  readonly signaling: Signaling;
  readonly tally: Tally;
  readonly iceDesk: IceDesk;
  readonly newId: () => string;
  /** Destroys all TCP connections of the server. */
  readonly cutConnections: () => void;
  readonly onTokenRefused: ReportRefusedToken;
  readonly onRefused: (error: ErrorName) => void;
  /** @param minutes how long the connection lasted */
  readonly onClosed: (minutes: number) => void;
}

/** How often it is looked whose token expires, in milliseconds. */
const UPKEEP_EVERY = 1000;

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
  readonly #sessions = new Set<JsongleSession>();
  readonly #ending = new Set<Promise<void>>();
  readonly #upkeep: NodeJS.Timeout;
  #accepted = 0;

  constructor(server: HttpServer, parts: GatewayParts) {
    const { settings, signaling, tally, iceDesk, newId, onRefused, logger } = parts;
    this.#parts = parts;
    const limits = { maxDepth: settings.maxMessageDepth };
    this.#dispatch = new Dispatch({
      serverId: settings.id,
      signaling,
      tally,
      rejections: parts.rejections,
      iceDesk,
      verify: parts.verify,
      onTokenRefused: ({ id, peer }, reason) =>
        parts.onTokenRefused({ protocol: "jsongle", session: id, peer, reason }),
      limits,
      roomLimits: settings,
      messageLimits: parts.messageLimits,
      newId,
      now: isoNow,
      onRefused: (session, error) => {
        onRefused(error);
        logger.debug({ session: session.id, code: ERRORS[error].code }, "message refused");
      },
    });
    this.#admission = new Admission({
      ...parts,
      ...settings,
      addressOf: ({ conn }) => this.#addressOf(conn),
      onRefused: (socket, error) => {
        onRefused(error);
        logger.info({ peer: this.#addressOf(socket.conn), code: ERRORS[error].code }, "connection refused");
      },
    });
    this.#io = openSocketServer(server, parts);
    this.#halfOpen = new HalfOpen({
      serverId: settings.id,
      helloSeconds: settings.helloSeconds,
      isRegistered: (session) => signaling.standing(session, undefined).identity !== undefined,
      rejections: parts.rejections,
      newId,
      now: () => performance.now(),
    });
    this.#io.engine.on("connection", (connection: Connection) => this.#onOpened(connection));
    this.#io.use(this.#admission.check);
    this.#io.on("connection", (socket) => this.#onConnection(socket));
    this.#upkeep = setInterval(() => this.#lookAfterAll(), UPKEEP_EVERY);
  }

  /** All connections ever let in. */
  get accepted(): number {
    return this.#accepted;
  }

  /** Whether a request for a WebSocket is for Socket.IO. */
  takes({ url = "" }: IncomingMessage): boolean {
    return url.startsWith(`${this.#io.path()}/`);
  }

  /**
   * Lets no more in, tells all clients, and closes their connections. Who has not taken its leave at
   * half-time to the deadline, since it does not read or is gone, is cut off.
   */
  async close(deadline: Date): Promise<void> {
    this.#parts.occupancy.close();
    this.#halfOpen.close();
    clearInterval(this.#upkeep);
    const drain = buildServerDrain(this.#origin(), deadline.toISOString());
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
    const session = new JsongleSession(socket, this.#addressOf(socket.conn), this.#admission.bearerOf(socket));
    this.#halfOpen.became(session, socket.conn);
    this.#sessions.add(session);
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
    session.send(buildHello(this.#origin(), newId(), description));
    lookAfter(session, Date.now(), this.#care);
  }

  /** Runs while the packet is read, not a tick later: what precedes a client's disconnect is still handled. */
  #onEvent(session: JsongleSession, event: unknown, message: unknown): void {
    const arrived = performance.now();
    const posted = session.inbox.post(() => this.#handle(session, event, message, arrived), this.#parts.traffic.latest);
    if (!posted) this.#dispatch.refuseForBacklog(session);
  }

  #handle(session: JsongleSession, event: unknown, message: unknown, arrived: number): undefined | Promise<void> {
    if (message instanceof TooLargeMessage) {
      const details = `The message is larger than ${message.limit} bytes`;
      return this.#dispatch.refuseUnread(session, { error: "tooLarge", details });
    }
    if (event !== JSONGLE_EVENT) {
      const details = `Messages must be sent as the event '${JSONGLE_EVENT}'`;
      return this.#dispatch.refuseUnread(session, { error: "noJsongleData", details });
    }
    const { tally } = this.#parts;
    const { relayed } = tally;
    const pending = this.#dispatch.handle(session, message);
    if (tally.relayed !== relayed) tally.relayTimes.add(performance.now() - arrived);
    return pending;
  }

  #lookAfterAll(): void {
    const now = Date.now();
    for (const session of this.#sessions) lookAfter(session, now, this.#care);
  }

  readonly #care: Upkeep = {
    tell: (session, expires) => session.send(buildTokenExpiring(this.#origin(), expires.toISOString())),
    end: (session) => {
      const { rejections, onRefused, logger } = this.#parts;
      const details = "The token (JWT) has expired";
      session.send(buildSessionError(this.#origin(), { error: "badToken", details }));
      rejections.add("token_expired");
      onRefused("badToken");
      logger.info({ session: session.id }, "closing: the token has expired");
      session.dismiss();
    },
  };

  #origin(): Origin {
    return { id: this.#parts.newId(), from: this.#parts.settings.id };
  }

  #onDisconnect(session: JsongleSession, opened: number, reason: string): void {
    const { signaling, logger, onClosed } = this.#parts;
    this.#sessions.delete(session);
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
