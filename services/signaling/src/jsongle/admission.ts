// Who may connect: those who know the application token, while there is room.
import { createHash, timingSafeEqual } from "node:crypto";
import { describeError, type ErrorName, type SignalingError } from "@jongleur/protocol";
import type { Socket } from "socket.io";

/** A pod that is full or going may be another one, or empty, by then. */
const RETRY_AFTER_MS = 2000;

type Next = (error?: Error) => void;

export interface AdmissionRules {
  /** Empty refuses everyone. */
  readonly appToken: string;
  readonly maxConcurrentUsers: number;
  readonly onRefused: (socket: Socket, error: ErrorName) => void;
}

/** Counts the connections that were let in, from the moment of the decision until they close. */
export class Admission {
  readonly #rules: AdmissionRules;
  readonly #tokenDigest: Buffer;
  readonly #admitted = new WeakSet<object>();
  #connections = 0;
  #closed = false;

  constructor(rules: AdmissionRules) {
    this.#rules = rules;
    this.#tokenDigest = digest(rules.appToken);
  }

  /** Lets nobody in any more. */
  close(): void {
    this.#closed = true;
  }

  get connections(): number {
    return this.#connections;
  }

  /** Middleware of the Socket.IO namespace. */
  readonly check = (socket: Socket, next: Next): void => {
    const refused = this.#refusal(socket);
    if (!refused) {
      this.#admit(socket);
      next();
      return;
    }
    this.#rules.onRefused(socket, refused.error);
    next(Object.assign(new Error(refused.details), { data: describeError(refused) }));
  };

  #refusal({ conn, handshake }: Socket): SignalingError | undefined {
    if (!this.#knowsToken(handshake.auth.appToken)) return { error: "badToken", details: "Bad application token" };
    if (this.#closed) return unavailable("The server is shutting down");
    // A client may ask twice before it is answered: one connection is one session.
    if (this.#admitted.has(conn)) return { error: "notAdmitted", details: "Already connected" };
    const { maxConcurrentUsers } = this.#rules;
    if (this.#connections < maxConcurrentUsers) return undefined;
    return unavailable(`Too many users: the limit of ${maxConcurrentUsers} is reached`);
  }

  #admit({ conn }: Socket): void {
    // A connection that has closed meanwhile never becomes a session.
    if (conn.readyState !== "open") return;
    this.#admitted.add(conn);
    this.#connections += 1;
    conn.once("close", () => {
      this.#connections -= 1;
    });
  }

  #knowsToken(token: unknown): boolean {
    if (typeof token !== "string" || this.#rules.appToken === "") return false;
    return timingSafeEqual(digest(token), this.#tokenDigest);
  }
}

function unavailable(details: string): SignalingError {
  return { error: "unavailable", details, retryAfterMs: RETRY_AFTER_MS };
}

/** Of one length whatever the token's, so that comparing takes the same time. */
function digest(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}
