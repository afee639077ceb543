// An MSE session: its id is its own, the WebSocket is where it is attached just now.
import { Inbox, type Outgoing, type Relayed, type Session } from "@jongleur/core";
import { ERRORS, type Identity } from "@jongleur/protocol";
import { WebSocket } from "ws";
import type { Traffic } from "../jsongle/bounded-parser.ts";
import { Allowances } from "../limits/message-limits.ts";
import { AuthThrottle } from "./auth-throttle.ts";
import type { Claims } from "./claims.ts";
import { CLOSE_CODES } from "./close-codes.ts";
import type { Notifications } from "./notifications.ts";

/** Messages of a client, and their bytes, that may wait for one that takes time: as many as come in one piece. */
const MAX_WAITING = { tasks: 20_000, size: 4_000_000 };

/** Bytes that may wait for a peer that does not read. */
const MAX_UNREAD = 1_000_000;

/** Milliseconds that a client has to show a token, from when it connects or the last one was refused. */
const TOKEN_TIME = 10_000;

/** Milliseconds from when it connects until one has to be good. */
const ALL_TOKENS_TIME = 30_000;

export interface MseSessionParts {
  readonly id: string;
  readonly socket: WebSocket;
  /** Of the client, behind proxies that are trusted. */
  readonly ipAddress: string;
  /** Milliseconds, of a clock that never goes back. */
  readonly now: number;
  readonly traffic: Traffic;
  readonly notifications: Notifications;
  /** Called once, when the session has ended. @param code with which the server closes its connection, if it does */
  readonly onEnded: (session: MseSession, code?: number) => void;
  /** Called when it is closed since its peer does not read. */
  readonly onNotReading: () => void;
}

export class MseSession implements Session {
  readonly protocol = "mse";
  readonly id: string;
  readonly ipAddress: string;
  readonly inbox = new Inbox(MAX_WAITING);
  readonly throttle = new AuthThrottle();
  readonly allowances = new Allowances();
  /** Of the token that was accepted last. */
  claims: Claims | undefined;
  /** Has asked to be disconnected: that follows when its frame has been answered. */
  leaving = false;
  /** In milliseconds of the monotonic clock, as are the next two. */
  readonly opened: number;
  /** Until when it is waited for its token. */
  tokenDue: number;
  /** When it was pinged last, and whether it has given a sign of life since then. */
  pinged: number;
  alive = true;
  /** Nothing is read from it while one of its requests takes time. */
  heldBack = false;
  readonly #parts: MseSessionParts;
  #ended = false;
  #dismissed = false;

  constructor(parts: MseSessionParts) {
    this.id = parts.id;
    this.ipAddress = parts.ipAddress;
    this.opened = parts.now;
    this.tokenDue = parts.now + TOKEN_TIME;
    this.pinged = parts.now;
    this.#parts = parts;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Whether it was the server that ended it: what the client had said by then, and was not handled, is left. */
  get dismissed(): boolean {
    return this.#dismissed;
  }

  /** What the server of JSONgle says has no words in MSE; but who has lost its seat must begin anew, or not at all. */
  send({ jsongle }: Outgoing): void {
    if ("event" in jsongle && jsongle.event === "kicked") this.close(CLOSE_CODES.kicked);
    if (!("description" in jsongle) || typeof jsongle.description !== "object") return;
    const { description } = jsongle;
    if ("errorCode" in description && description.errorCode === ERRORS.notAdmitted.code) {
      this.close(CLOSE_CODES.seatLost);
    }
  }

  hear(message: Relayed, sender: Identity): void {
    const text = this.#parts.notifications.write(message, sender.uid);
    if (text) this.write(text);
  }

  /** @param text a string, or the same as UTF-8 */
  write(text: string | Buffer): void {
    if (!this.#canWrite()) return;
    this.#parts.traffic.sent += Buffer.byteLength(text);
    this.#parts.socket.send(text, { binary: false });
  }

  /** Answers a ping, which is a sign of life. */
  pong(data: Buffer): void {
    this.alive = true;
    if (this.#canWrite()) this.#parts.socket.pong(data);
  }

  ping(now: number): void {
    this.pinged = now;
    this.alive = false;
    this.#parts.socket.ping();
  }

  /** A token was refused: another may follow, though not for ever. */
  awaitBetterToken(now: number): void {
    this.tokenDue = Math.max(this.tokenDue, Math.min(now + TOKEN_TIME, this.opened + ALL_TOKENS_TIME));
  }

  /** It could not be found out whether a token is good, which is not the client's fault. */
  awaitTokenAgain(now: number): void {
    this.tokenDue = now + TOKEN_TIME;
  }

  /** Reads on when the task is done: what comes meanwhile waits where it is. */
  async holdBack(pending: Promise<void>): Promise<void> {
    this.heldBack = true;
    this.#parts.socket.pause();
    await pending.finally(() => this.#readOn());
  }

  /** Its signs of life could not be seen meanwhile. */
  #readOn(): void {
    this.heldBack = false;
    this.alive = true;
    this.#parts.socket.resume();
  }

  /** Ends the session, and closes its connection. */
  close(code: number): void {
    this.#dismissed = true;
    this.end(code);
    // A peer that does not read gets no close frame either: `closeTimeout` then ends the connection.
    this.#parts.socket.close(code);
  }

  /** Ends the session and its connection at once, without a word. */
  terminate(): void {
    this.#dismissed = true;
    this.end();
    this.#parts.socket.terminate();
  }

  dismiss(): void {
    this.close(CLOSE_CODES.kicked);
  }

  /** Ends the session; its connection may be there still. */
  end(code?: number): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#parts.onEnded(this, code);
  }

  /** A peer that does not read is given up. */
  #canWrite(): boolean {
    if (this.#ended) return false;
    if (this.#parts.socket.bufferedAmount <= MAX_UNREAD) return true;
    this.#parts.onNotReading();
    this.close(CLOSE_CODES.notReading);
    return false;
  }

  /** Resolves when its connection is closed. */
  async closed(): Promise<void> {
    const { socket } = this.#parts;
    if (socket.readyState === WebSocket.CLOSED) return;
    await new Promise((resolve) => socket.once("close", resolve));
  }
}
