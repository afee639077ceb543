// Connections that have not said in time who they are, and those that do not go when they are told to.
import { buildSessionError } from "@jongleur/protocol";
import type { Socket as Connection } from "engine.io";
import { Deadlines } from "../limits/deadlines.ts";
import type { Rejections } from "../rejections.ts";
import type { JsongleSession } from "./session.ts";
import { cutOff, isGone } from "./write-queue.ts";

export interface HalfOpenParts {
  readonly serverId: string;
  /** Seconds from the connection of the transport to the accepted answer to hello. */
  readonly helloSeconds: number;
  readonly isRegistered: (session: JsongleSession) => boolean;
  readonly rejections: Rejections;
  readonly newId: () => string;
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
}

/** What a peer has to take its leave, once it was told. */
const LEAVING_MS = 2000;

const SWEEP_MS = 250;
/** Connections that are ended at a time, so that many at once do not keep everybody else waiting. */
const AT_A_TIME = 1000;

export class HalfOpen {
  readonly #parts: HalfOpenParts;
  readonly #waiting: Deadlines<Connection>;
  readonly #leaving = new Deadlines<Connection>(LEAVING_MS);
  readonly #sessions = new WeakMap<Connection, JsongleSession>();
  readonly #sweeping: NodeJS.Timeout;

  constructor(parts: HalfOpenParts) {
    this.#parts = parts;
    this.#waiting = new Deadlines(parts.helloSeconds * 1000);
    this.#sweeping = setInterval(() => this.#sweep(), SWEEP_MS);
  }

  /** Its time runs from now on, whatever it does, until its hello is accepted. */
  opened(connection: Connection): void {
    this.#waiting.add(connection, this.#parts.now());
    connection.once("close", () => this.#waiting.remove(connection));
  }

  became(session: JsongleSession, connection: Connection): void {
    this.#sessions.set(connection, session);
  }

  /** The connection is to close as soon as its peer has read what it was told, and soon in any case. */
  leaves(connection: Connection): void {
    connection.close();
    if (!isGone(connection)) this.#leaving.add(connection, this.#parts.now());
  }

  close(): void {
    clearInterval(this.#sweeping);
  }

  #sweep(): void {
    const now = this.#parts.now();
    for (const connection of this.#waiting.over(now, AT_A_TIME)) this.#look(connection, now);
    for (const connection of this.#leaving.over(now, AT_A_TIME)) cutOff(connection);
  }

  #look(connection: Connection, now: number): void {
    const session = this.#sessions.get(connection);
    if (session && this.#parts.isRegistered(session)) return;
    // Its hello is being carried out, by a store that takes its time: not the client's fault.
    if (session?.inbox.busy) {
      this.#waiting.add(connection, now);
      return;
    }
    this.#parts.rejections.add("hello_deadline");
    if (session) this.#tell(session);
    this.leaves(connection);
  }

  #tell(session: JsongleSession): void {
    const { serverId, helloSeconds, newId } = this.#parts;
    const details = `session-hello was not answered within ${helloSeconds} s: the connection is closed`;
    session.send(buildSessionError({ id: newId(), from: serverId }, { error: "notRegistered", details }));
  }
}
