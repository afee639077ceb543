// MSE over a plain WebSocket: connections become sessions, and their frames go to the dispatch.
import type { Server as HttpServer, IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { Signaling, Tally } from "@jongleur/core";
import type { ErrorName, SignalingError } from "@jongleur/protocol";
import type { Logger } from "@jongleur/runtime";
import type { WebSocket } from "ws";
import type { IceDesk } from "../ice/ice-desk.ts";
import type { Traffic } from "../jsongle/bounded-parser.ts";
import type { AddressGate } from "../limits/address-gate.ts";
import type { AuthFailures } from "../limits/auth-failures.ts";
import type { ClientAddresses } from "../limits/client-addresses.ts";
import { FairWebSocketServer } from "../limits/fair-web-sockets.ts";
import type { MessageLimits } from "../limits/message-limits.ts";
import { turnAway } from "../limits/turned-away.ts";
import type { Occupancy } from "../occupancy.ts";
import { mayCome, type Origins, originOf } from "../origins.ts";
import type { Rejections } from "../rejections.ts";
import type { ReportRefusedToken } from "../tokens/refused.ts";
import type { VerifyToken } from "../tokens/verifier.ts";
import { CLOSE_CODES } from "./close-codes.ts";
import { MseDispatch } from "./dispatch.ts";
import { Notifications } from "./notifications.ts";
import { MseSession } from "./session.ts";
import type { MseTally } from "./tally.ts";
import { POD_HEADER, refuseUpgrade } from "./upgrade.ts";
import { lookAfter } from "./upkeep.ts";

interface MseSettings {
  readonly environment: string;
  readonly jwtGraceSeconds: number;
  readonly maxMembersPerMseRoom: number;
  readonly maxMessageBytes: number;
  readonly maxMessageDepth: number;
}

export interface MseGatewayParts {
  /** Its name, as clients are told. */
  readonly pod: string;
  readonly settings: MseSettings;
  readonly origins: Origins;
  readonly addresses: ClientAddresses;
  readonly gate: AddressGate;
  readonly failures: AuthFailures;
  readonly messageLimits: MessageLimits;
  readonly signaling: Signaling;
  readonly verify: VerifyToken;
  readonly occupancy: Occupancy;
  readonly rejections: Rejections;
  readonly tally: Tally;
  readonly iceDesk: IceDesk;
  readonly mseTally: MseTally;
  readonly traffic: Traffic;
  readonly logger: Logger;
  readonly newId: () => string;
  readonly onTokenRefused: ReportRefusedToken;
  readonly onRefused: (error: ErrorName) => void;
  /** @param minutes how long the connection lasted */
  readonly onClosed: (minutes: number) => void;
}

/** In a variable of its own, as the types of ws do not know all of them. */
const SOCKET_OPTIONS = {
  noServer: true,
  clientTracking: false,
  // By itself ws would agree to the first that a client offers.
  handleProtocols: () => false as const,
  // By itself ws would answer a peer that pings and does not read until memory ends.
  autoPong: false,
  // Frames of a message, and pieces off the wire of a frame: more cost more than they carry.
  maxFragments: 128,
  maxBufferedChunks: 4096,
  // Milliseconds that a peer has to answer a close frame.
  closeTimeout: 2000,
};

/** How often sessions are looked after, in milliseconds. */
const UPKEEP_EVERY = 1000;

const monotonic = () => performance.now();

export class MseGateway {
  readonly #parts: MseGatewayParts;
  readonly #dispatch: MseDispatch;
  readonly #sockets: FairWebSocketServer;
  readonly #notifications = new Notifications();
  readonly #sessions = new Set<MseSession>();
  readonly #ending = new Set<Promise<void>>();
  readonly #upkeep: NodeJS.Timeout;

  constructor(parts: MseGatewayParts) {
    const { settings, mseTally, onTokenRefused } = parts;
    this.#parts = parts;
    this.#dispatch = new MseDispatch({
      ...parts,
      now: Date.now,
      monotonic,
      limits: { maxDepth: settings.maxMessageDepth },
      maxMembers: settings.maxMembersPerMseRoom,
      development: settings.environment === "development",
      onAuthFailed: ({ id, ipAddress }, reason) => {
        mseTally.authFailures += 1;
        onTokenRefused({ protocol: "mse", session: id, peer: ipAddress, reason });
      },
    });
    this.#sockets = new FairWebSocketServer({ ...SOCKET_OPTIONS, maxPayload: settings.maxMessageBytes });
    this.#sockets.on("headers", (headers) => headers.push(`${POD_HEADER}: ${parts.pod}`));
    this.#upkeep = setInterval(() => this.#lookAfterAll(), UPKEEP_EVERY);
  }

  /** Takes what comes to the path of a server, and refuses what comes to any other. @param othersTake but for these */
  listen(server: HttpServer, path: string, othersTake: (request: IncomingMessage) => boolean = () => false): void {
    server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      if (request.url?.split("?", 1)[0] === path) this.#onUpgrade(request, socket, head);
      else if (!othersTake(request)) refuseUpgrade(socket, "notFound");
    });
  }

  /** Lets no more in, frees all seats, and then closes all connections. */
  async close(): Promise<void> {
    const { occupancy } = this.#parts;
    occupancy.close();
    clearInterval(this.#upkeep);
    const sessions = [...this.#sessions];
    for (const session of sessions) session.end();
    await Promise.all(this.#ending);
    for (const session of sessions) session.close(CLOSE_CODES.goingAway);
    await Promise.all(sessions.map((session) => session.closed()));
  }

  #onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { origins, occupancy, rejections, addresses, gate, logger } = this.#parts;
    const address = addresses.of(request);
    const comes = mayCome(origins, originOf(request));
    const turned = comes ? gate.turnAway(address) : undefined;
    const refusal = occupancy.refusal();
    if (!comes) {
      rejections.add("origin");
      logger.info({ peer: request.socket.remoteAddress, reason: "origin" }, "connection refused");
      refuseUpgrade(socket, "forbidden");
    } else if (turned) {
      turnAway(request, turned);
    } else if (refusal) {
      this.#refuseForOccupancy(refusal, address, socket);
    } else {
      occupancy.enter(socket);
      gate.enter(address, socket);
      this.#sockets.handleUpgrade(request, socket, head, (ws) => this.#onConnection(ws, address));
    }
  }

  #refuseForOccupancy({ error, details, retryAfterMs }: SignalingError, address: string, socket: Duplex): void {
    const { rejections, onRefused, logger } = this.#parts;
    rejections.add("pod_full");
    onRefused(error);
    logger.info({ peer: address, reason: details }, "connection refused");
    refuseUpgrade(socket, "unavailable", retryAfterMs);
  }

  #onConnection(socket: WebSocket, ipAddress: string): void {
    const { mseTally, rejections, newId, traffic, logger } = this.#parts;
    const session = new MseSession({
      id: newId(),
      socket,
      ipAddress,
      now: monotonic(),
      traffic,
      notifications: this.#notifications,
      onEnded: (ended, code) => this.#onEnded(ended, code),
      onNotReading: () => rejections.add("slow_reader"),
    });
    this.#sessions.add(session);
    mseTally.accepted += 1;
    mseTally.connections += 1;
    logger.info({ session: session.id, protocol: session.protocol }, "connected");
    socket.on("message", (data: Buffer, isBinary) => this.#onMessage(session, data, isBinary));
    socket.on("ping", (data: Buffer) => session.pong(data));
    socket.on("pong", () => {
      session.alive = true;
    });
    // What breaks WebSocket's own rules: ws closes the connection, which may take the peer's time.
    socket.on("error", (error) => {
      logger.debug({ session: session.id, reason: error.message }, "frame refused");
      session.end();
    });
    socket.on("close", (code) => this.#onClosed(session, code));
  }

  #onMessage(session: MseSession, data: Buffer, isBinary: boolean): void {
    if (session.ended) return;
    session.alive = true;
    this.#parts.traffic.received += data.length;
    const arrived = monotonic();
    const task = () => this.#handle(session, data, isBinary, arrived);
    if (session.inbox.post(task, data.length)) return;
    this.#parts.rejections.add("flood");
    session.close(CLOSE_CODES.tooMuchWaiting);
  }

  #handle(session: MseSession, data: Buffer, isBinary: boolean, arrived: number): undefined | Promise<void> {
    if (session.dismissed) return undefined;
    const { tally } = this.#parts;
    const { relayed } = tally;
    const pending = this.#dispatch.handle(session, data, isBinary);
    if (tally.relayed !== relayed) tally.relayTimes.add(monotonic() - arrived);
    return pending && session.holdBack(pending);
  }

  #onEnded(session: MseSession, code: number | undefined): void {
    const { rejections, signaling, logger } = this.#parts;
    if (code === CLOSE_CODES.noToken) rejections.add(session.claims ? "token_expired" : "hello_deadline");
    if (code !== undefined) logger.info({ session: session.id, code }, "closing");
    const ending = session.inbox.end(() => signaling.disconnect(session));
    this.#ending.add(ending);
    void ending.finally(() => this.#ending.delete(ending));
  }

  #onClosed(session: MseSession, code: number): void {
    const { mseTally, logger, onClosed } = this.#parts;
    session.end();
    this.#sessions.delete(session);
    mseTally.connections -= 1;
    onClosed((monotonic() - session.opened) / 60_000);
    logger.info({ session: session.id, code }, "disconnected");
  }

  #lookAfterAll(): void {
    const moment = { now: Date.now(), monotonic: monotonic() };
    for (const session of this.#sessions) {
      if (!session.ended) lookAfter(session, moment, this.#parts.settings.jwtGraceSeconds * 1000);
    }
  }
}
