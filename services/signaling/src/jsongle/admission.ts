// Who may connect: those who know the application token and show a good token (JWT), while there is room.
import { createHash, timingSafeEqual } from "node:crypto";
import { describeError, type ErrorName, type SignalingError } from "@jongleur/protocol";
import type { Socket } from "socket.io";
import { blockedAddress } from "../limits/address-gate.ts";
import type { AuthFailures } from "../limits/auth-failures.ts";
import type { Occupancy } from "../occupancy.ts";
import type { RejectionReason, Rejections } from "../rejections.ts";
import type { Bearer } from "../tokens/bearer.ts";
import { judge } from "../tokens/judge.ts";
import type { ReportRefusedToken } from "../tokens/refused.ts";
import type { VerifyToken } from "../tokens/verifier.ts";

type Next = (error?: Error) => void;

export interface AdmissionRules {
  /** Empty refuses everyone. */
  readonly appToken: string;
  /** Lets the pod's own self-check in without a token. */
  readonly pass: string;
  readonly verify: VerifyToken;
  /** Whether a token (JWT) has to be shown; one that is shown has to be good. */
  readonly tokenNeeded: boolean;
  /** Where the client is. */
  readonly addressOf: (socket: Socket) => string;
  readonly occupancy: Occupancy;
  readonly rejections: Rejections;
  readonly onTokenRefused: ReportRefusedToken;
  readonly failures: AuthFailures;
  readonly onRefused: (socket: Socket, error: ErrorName) => void;
}

type Refusal = SignalingError & { readonly reason?: RejectionReason };

export class Admission {
  readonly #rules: AdmissionRules;
  readonly #appToken: Buffer;
  readonly #pass: Buffer;
  /** Connections that are let in, or about to be. */
  readonly #admitted = new WeakSet<object>();
  readonly #bearers = new WeakMap<object, Bearer>();

  constructor(rules: AdmissionRules) {
    this.#rules = rules;
    this.#appToken = digest(rules.appToken);
    this.#pass = digest(rules.pass);
  }

  /** Middleware of the Socket.IO namespace. */
  readonly check = (socket: Socket, next: Next): void => {
    const { auth } = socket.handshake;
    const refused = this.#refusal(socket);
    if (refused) this.#refuse(socket, refused, next);
    else if (this.#isSpared(auth)) this.#admit(socket, undefined, next);
    else this.#admitByToken(socket, auth.token, next).catch(next);
  };

  /** Whose token it was by which the connection was let in; undefined where it came without. */
  bearerOf({ conn }: Socket): Bearer | undefined {
    return this.#bearers.get(conn);
  }

  #refusal(socket: Socket): Refusal | undefined {
    const { conn, handshake } = socket;
    const blocked = this.#rules.failures.blockedFor(this.#rules.addressOf(socket));
    if (blocked > 0) return { error: "tooManyRequests", ...blockedAddress(blocked) };
    if (this.#rules.appToken === "" || !matches(handshake.auth.appToken, this.#appToken)) {
      return { error: "badToken", details: "Bad application token", reason: "app_token" };
    }
    // One connection is one session.
    if (this.#admitted.has(conn)) return { error: "notAdmitted", details: "Already connected" };
    return this.#full();
  }

  #full(): Refusal | undefined {
    const full = this.#rules.occupancy.refusal();
    return full && { ...full, reason: "pod_full" };
  }

  /** Who needs to show no token, and shows none; or is the pod itself. */
  #isSpared({ token, pass }: Socket["handshake"]["auth"]): boolean {
    return matches(pass, this.#pass) || (token === undefined && !this.#rules.tokenNeeded);
  }

  async #admitByToken(socket: Socket, token: unknown, next: Next): Promise<void> {
    const { conn } = socket;
    // Before what takes time: a client may ask twice before it is answered.
    this.#admitted.add(conn);
    const judged = await judge(this.#rules.verify, token);
    // Others may have come meanwhile.
    const refused = "refusal" in judged ? judged.refusal : this.#full();
    if ("bearer" in judged && !refused) this.#admit(socket, judged.bearer, next);
    if (!refused) return;
    this.#admitted.delete(conn);
    if ("reason" in judged) this.#reportToken(socket, judged.reason);
    this.#refuse(socket, refused, next);
  }

  #reportToken(socket: Socket, reason: string | undefined): void {
    const { onTokenRefused, addressOf } = this.#rules;
    if (reason !== undefined) onTokenRefused({ protocol: "jsongle", peer: addressOf(socket), reason });
  }

  #admit({ conn }: Socket, bearer: Bearer | undefined, next: Next): void {
    // A connection that has closed meanwhile never becomes a session.
    if (conn.readyState === "open") {
      this.#admitted.add(conn);
      if (bearer) this.#bearers.set(conn, bearer);
      this.#rules.occupancy.enter(conn);
    }
    next();
  }

  #refuse(socket: Socket, refused: Refusal, next: Next): void {
    if (refused.reason) this.#rules.rejections.add(refused.reason);
    this.#rules.onRefused(socket, refused.error);
    const answer = () => next(Object.assign(new Error(refused.details), { data: describeError(refused) }));
    // Later and later, if it goes on.
    if (refused.error === "badToken") void this.#rules.failures.fail(this.#rules.addressOf(socket)).then(answer);
    else answer();
  }
}

/** Whether a text is that of the digest; it takes the same time whichever it is. */
function matches(text: unknown, expected: Buffer): boolean {
  return typeof text === "string" && timingSafeEqual(digest(text), expected);
}

/** Of one length whatever the text's. */
function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
