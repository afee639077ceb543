// An MSE frame on its way in: read, then each of its calls carried out by the verb of signaling that it asks for.
import type { JoinOutcome, Signaling, Standing, Tally } from "@jongleur/core";
import {
  answerError,
  answerResult,
  buildReply,
  type MseCall,
  type MseCommand,
  type MseError,
  type MseId,
  type MseIncoming,
  type MseLimits,
  parseMse,
  type RelayedCommand,
  ResponseFactory,
} from "@jongleur/protocol";
import type { IceDesk } from "../ice/ice-desk.ts";
import type { AuthFailures } from "../limits/auth-failures.ts";
import type { MessageClass, MessageLimits } from "../limits/message-limits.ts";
import type { Rejections } from "../rejections.ts";
import type { VerifyToken } from "../tokens/verifier.ts";
import { check } from "./checks.ts";
import { type Claims, readClaims } from "./claims.ts";
import { CLOSE_CODES } from "./close-codes.ts";
import type { MseSession } from "./session.ts";
import type { MseTally } from "./tally.ts";
import { whoamiOf } from "./whoami.ts";

export interface MseDispatchParts {
  readonly signaling: Signaling;
  readonly verify: VerifyToken;
  readonly tally: Tally;
  readonly iceDesk: IceDesk;
  readonly mseTally: MseTally;
  readonly rejections: Rejections;
  readonly limits: MseLimits;
  readonly messageLimits: MessageLimits;
  readonly failures: AuthFailures;
  readonly maxMembers: number;
  readonly development: boolean;
  readonly newId: () => string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Milliseconds of a clock that never goes back. */
  readonly monotonic: () => number;
  readonly onAuthFailed: (session: MseSession, reason: string) => void;
}

/** A session with a good token, and what it can reach in the room of that. */
type Authorized = Pick<Standing, "route"> & { readonly claims: Claims };

type Pending = undefined | Promise<void>;

/** What became of a call: `silent` is a success that has no answer. */
type Outcome = { readonly result: (id: MseId) => string } | "silent" | MseError;
type Conclude = (outcome: Outcome) => undefined;

/** What a binary frame holds. */
const NO_TEXT: MseIncoming = { batch: false, calls: [{ id: null, error: { error: "parseError" } }] };

/** One of the others may end. */
const TOO_MANY_SESSIONS: MseError = { error: "tooManyRequests", data: { retryAfterMs: 1000 } };

const UNAVAILABLE: MseError = { error: "unavailable", data: { retryAfterMs: 1000 } };

export class MseDispatch {
  readonly #parts: MseDispatchParts;

  constructor(parts: MseDispatchParts) {
    this.#parts = parts;
  }

  /** Handles one frame of a session. @returns a promise only where the outcome takes time */
  handle(session: MseSession, data: Buffer, isBinary: boolean): Pending {
    const incoming = isBinary ? NO_TEXT : parseMse(data.toString(), this.#parts.limits);
    return incoming.batch ? this.#handleBatch(session, incoming) : this.#handleFirst(session, incoming);
  }

  #handleFirst(session: MseSession, { calls: [call] }: MseIncoming): Pending {
    if (!call) return undefined;
    // At once, not when the promise resolves: what others say after a `start` must come after its answer.
    const pending = this.#carryOut(session, call, (answer) => session.write(answer));
    if (session.leaving) session.close(CLOSE_CODES.disconnected);
    return pending;
  }

  async #handleBatch(session: MseSession, incoming: MseIncoming): Promise<void> {
    const answers: string[] = [];
    for (const call of incoming.calls) {
      if (!session.leaving && !session.dismissed)
        await this.#carryOut(session, call, (answer) => void answers.push(answer));
    }
    const reply = buildReply(incoming, answers);
    if (reply !== undefined) session.write(reply);
    if (session.leaving) session.close(CLOSE_CODES.disconnected);
  }

  #carryOut(session: MseSession, call: MseCall, reply: (answer: string) => void): Pending {
    const conclude = this.#concluding(call, reply);
    const kind = classOf(call);
    const verdict = this.#parts.messageLimits.judge(session.allowances, kind);
    if (verdict !== "pass") return this.#refuseForRate(session, kind, verdict, conclude);
    if ("error" in call) return conclude(call.error);
    const { command } = call;
    const { development, signaling, now } = this.#parts;
    const { claims } = session;
    const { route } = signaling.standing(session, claims?.rid);
    const started = route !== "notAMember";
    const refused = check(command, { claims, started, development, now: now() });
    if (refused) return conclude(refused);
    if (command.method === "ping") return conclude({ result: ResponseFactory.pong });
    if (command.method === "auth") return this.#auth(session, command.token, conclude);
    // The check has refused whatever needs claims.
    return claims && this.#carryOutAuthorized(session, { claims, route }, command, conclude);
  }

  #refuseForRate(session: MseSession, kind: MessageClass, verdict: "refuse" | "close", conclude: Conclude): undefined {
    const retryAfterMs = this.#parts.messageLimits.wait(session.allowances, kind);
    conclude({ error: "tooManyRequests", data: { retryAfterMs } });
    if (verdict === "close") session.close(CLOSE_CODES.flood);
  }

  #carryOutAuthorized(
    session: MseSession,
    { claims, route }: Authorized,
    command: Exclude<MseCommand, { readonly method: "ping" | "auth" }>,
    conclude: Conclude,
  ): Pending {
    switch (command.method) {
      case "start":
        return this.#start(session, claims, conclude);
      case "whoami":
        return conclude({ result: (id) => ResponseFactory.whoami(id, whoamiOf(claims, session.ipAddress)) });
      case "iceServers":
        return this.#iceServers(session, claims, conclude);
      case "disconnect":
        session.leaving = true;
        return conclude("silent");
      default:
        return this.#relay(session, { claims, route }, command, conclude);
    }
  }

  async #auth(session: MseSession, token: string, conclude: Conclude): Promise<void> {
    const { verify, monotonic, onAuthFailed, failures } = this.#parts;
    const retryAfterMs = Math.max(session.throttle.pause(monotonic()), failures.blockedFor(session.ipAddress));
    if (retryAfterMs > 0) return conclude({ error: "tooManyRequests", data: { retryAfterMs } });
    const verification = await verify(token);
    if (verification.outcome === "unavailable") return this.#putOff(session, conclude);
    const read = verification.outcome === "valid" ? readClaims(verification.payload) : { fault: verification.reason };
    const fits = "claims" in read && (!session.claims || isSameHolder(read.claims, session.claims));
    if (fits) return this.#accept(session, read.claims, conclude);
    onAuthFailed(session, "fault" in read ? read.fault : "it is that of another user or room");
    session.throttle.fail(monotonic());
    await failures.fail(session.ipAddress);
    session.awaitBetterToken(monotonic());
    return conclude({ error: "authorizationFailed" });
  }

  async #accept(session: MseSession, claims: Claims, conclude: Conclude): Promise<void> {
    if (!session.claims) {
      const { signaling, rejections } = this.#parts;
      const outcome = await signaling.hello(session, { uid: claims.userId }, claims.grants.maxSessions);
      if (outcome === "unavailable") return this.#putOff(session, conclude);
      if (outcome === "full") {
        rejections.add("user_sessions");
        return conclude(TOO_MANY_SESSIONS);
      }
    }
    session.claims = claims;
    session.throttle.succeed();
    return conclude({ result: ResponseFactory.authenticated });
  }

  #putOff(session: MseSession, conclude: Conclude): undefined {
    session.awaitTokenAgain(this.#parts.monotonic());
    return conclude(UNAVAILABLE);
  }

  #start(session: MseSession, { rid }: Claims, conclude: Conclude): Promise<void> {
    const wanted = { rid, kind: "muc", limit: this.#parts.maxMembers } as const;
    return this.#parts.signaling.join(session, wanted, (outcome) => conclude(startOutcome(outcome)));
  }

  async #iceServers(session: MseSession, { userId, rid }: Claims, conclude: Conclude): Promise<void> {
    const { iceDesk, signaling } = this.#parts;
    const answer = await iceDesk.ask(userId, () => signaling.isSeated(session, rid));
    if (answer.outcome === "given") return conclude({ result: (id) => ResponseFactory.iceServers(id, answer.servers) });
    if (answer.outcome === "notSeated") return conclude({ error: "invalidCallOrder", data: { required: "start" } });
    return conclude({ error: "tooManyRequests", data: { retryAfterMs: answer.retryAfterMs } });
  }

  #relay(
    session: MseSession,
    { claims: { rid }, route }: Authorized,
    command: RelayedCommand,
    conclude: Conclude,
  ): undefined {
    const { signaling, newId, now, tally } = this.#parts;
    const { method, params } = command;
    const message = { id: newId(), relayed: new Date(now()).toISOString(), mse: { method, params } };
    const named = command.method === "chat" && command.to.length > 0 ? command.to : undefined;
    signaling.relay(session, rid, message, named);
    if (method === "chat") tally.mucTexts += 1;
    tally.relays[method === "chat" ? "chat" : "call"][route === "cutOff" ? "cutOff" : "relayed"] += 1;
    return conclude(route === "cutOff" ? UNAVAILABLE : "silent");
  }

  #concluding(call: MseCall, reply: (answer: string) => void): Conclude {
    return (outcome) => {
      const method = "command" in call ? call.command.method : "unknown";
      const failed = typeof outcome === "object" && "error" in outcome;
      this.#parts.mseTally.countRequest(method, failed ? outcome.error : "ok");
      if (outcome === "silent") return;
      const answer = failed ? answerError(call.id, outcome) : answerResult(call.id, outcome.result);
      if (answer !== undefined) reply(answer);
    };
  }
}

/** Of what can't be read as a request the method is not known. */
function classOf(call: MseCall): MessageClass {
  if (!("command" in call)) return "control";
  const { method } = call.command;
  if (method === "iceCandidate") return "candidate";
  if (method === "chat") return "chat";
  return method === "start" ? "join" : "control";
}

/** A token can be renewed, but makes nobody somebody else, nor moves anybody to another room. */
function isSameHolder(claims: Claims, other: Claims): boolean {
  return claims.userId === other.userId && claims.rid === other.rid;
}

function startOutcome({ outcome }: JoinOutcome): Outcome {
  if (outcome === "joined" || outcome === "already") return { result: ResponseFactory.started };
  return outcome === "unavailable" ? UNAVAILABLE : { error: "roomFull" };
}
