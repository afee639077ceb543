// Who may connect: those who know the application token, while there is room, and whose address is not blocked.
import { createHash, timingSafeEqual } from "node:crypto";
import { describeError, type ErrorName, type SignalingError } from "@jongleur/protocol";
import type { Socket } from "socket.io";
import { blockedAddress } from "../limits/address-gate.ts";
import type { AuthFailures } from "../limits/auth-failures.ts";
import type { Occupancy } from "../occupancy.ts";
import type { RejectionReason, Rejections } from "../rejections.ts";

type Next = (error?: Error) => void;

export interface AdmissionRules {
  /** Empty refuses everyone. */
  readonly appToken: string;
  readonly occupancy: Occupancy;
  readonly rejections: Rejections;
  readonly failures: AuthFailures;
  /** Where the client is. */
  readonly addressOf: (socket: Socket) => string;
  readonly onRefused: (socket: Socket, error: ErrorName) => void;
}

type Refusal = SignalingError & { readonly reason?: RejectionReason };

export class Admission {
  readonly #rules: AdmissionRules;
  readonly #tokenDigest: Buffer;
  readonly #admitted = new WeakSet<object>();

  constructor(rules: AdmissionRules) {
    this.#rules = rules;
    this.#tokenDigest = digest(rules.appToken);
  }

  /** Middleware of the Socket.IO namespace. */
  readonly check = (socket: Socket, next: Next): void => {
    const refused = this.#refusal(socket);
    if (!refused) {
      this.#admit(socket);
      next();
      return;
    }
    if (refused.reason) this.#rules.rejections.add(refused.reason);
    this.#rules.onRefused(socket, refused.error);
    const answer = () => next(Object.assign(new Error(refused.details), { data: describeError(refused) }));
    // Later and later, if it goes on.
    if (refused.error === "badToken") void this.#rules.failures.fail(this.#rules.addressOf(socket)).then(answer);
    else answer();
  };

  #refusal(socket: Socket): Refusal | undefined {
    const { conn, handshake } = socket;
    const blocked = this.#rules.failures.blockedFor(this.#rules.addressOf(socket));
    if (blocked > 0) return { error: "tooManyRequests", ...blockedAddress(blocked) };
    if (!this.#knowsToken(handshake.auth.appToken)) {
      return { error: "badToken", details: "Bad application token", reason: "app_token" };
    }
    // A client may ask twice before it is answered: one connection is one session.
    if (this.#admitted.has(conn)) return { error: "notAdmitted", details: "Already connected" };
    const full = this.#rules.occupancy.refusal();
    return full && { ...full, reason: "pod_full" };
  }

  #admit({ conn }: Socket): void {
    // A connection that has closed meanwhile never becomes a session.
    if (conn.readyState !== "open") return;
    this.#admitted.add(conn);
    this.#rules.occupancy.enter(conn);
  }

  #knowsToken(token: unknown): boolean {
    if (typeof token !== "string" || this.#rules.appToken === "") return false;
    return timingSafeEqual(digest(token), this.#tokenDigest);
  }
}

/** Of one length whatever the token's, so that comparing takes the same time. */
function digest(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}
