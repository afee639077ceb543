// A JSONgle message on its way in: checked, then carried out by the verb of signaling that it asks for.
import type { HelloOutcome, Outgoing, RelayClass, Signaling, SignalingLimits, Standing, Tally } from "@jongleur/core";
import {
  buildAck,
  buildIqError,
  buildIqResult,
  buildRelayed,
  buildServerReceived,
  buildSessionError,
  buildTrying,
  buildUnreachable,
  type CallReport,
  type ErrorName,
  type Identity,
  type Incoming,
  type IqCommand,
  isAcknowledgedAction,
  isRefused,
  type JsonObject,
  type ModerationCommand,
  mayJoin,
  type Origin,
  type ParseLimits,
  parseIncoming,
  type RelayRequest,
  type RoomName,
  readIdentity,
  type SignalingError,
  type Unreadable,
  unavailable,
} from "@jongleur/protocol";
import type { IceDesk } from "../ice/ice-desk.ts";
import type { MessageClass, MessageLimits } from "../limits/message-limits.ts";
import type { Rejections } from "../rejections.ts";
import type { VerifyToken } from "../tokens/verifier.ts";
import { check } from "./checks.ts";
import { type IqAnswer, iceServersAnswer, joinAnswer, leaveAnswer, NOT_GRANTED, UNAVAILABLE } from "./iq-answers.ts";
import { classOf } from "./message-class.ts";
import { type ModerationAnswer, moderate, orderBy } from "./moderate.ts";
import type { JsongleSession } from "./session.ts";
import { refreshToken } from "./token-refresh.ts";

export interface DispatchParts {
  readonly serverId: string;
  readonly signaling: Signaling;
  readonly tally: Tally;
  readonly rejections: Rejections;
  readonly iceDesk: IceDesk;
  readonly verify: VerifyToken;
  readonly onTokenRefused: (session: JsongleSession, reason: string) => void;
  readonly limits: ParseLimits;
  readonly roomLimits: SignalingLimits;
  readonly messageLimits: MessageLimits;
  readonly newId: () => string;
  /** ISO date. */
  readonly now: () => string;
  readonly onRefused: (session: JsongleSession, error: ErrorName) => void;
}

/** Who claims to ask: what an answer's `to` echoes. */
interface Asker {
  readonly from: string | undefined;
}

type Sender = Standing & { readonly identity: Identity };

type Pending = undefined | Promise<void>;

const CUT_OFF = unavailable(
  "Members on other pods can't be reached just now: only those on this pod have got the message",
);

export class Dispatch {
  readonly #parts: DispatchParts;

  constructor(parts: DispatchParts) {
    this.#parts = parts;
  }

  /** Handles one message of a session. @returns a promise only where the outcome takes time */
  handle(session: JsongleSession, value: unknown): Pending {
    const { limits, signaling, messageLimits } = this.#parts;
    const incoming = parseIncoming(value, limits);
    const kind = classOf(incoming);
    const verdict = messageLimits.judge(session.allowances, kind);
    if (verdict !== "pass") return this.#refuseForRate(session, incoming, kind, verdict);
    if ("error" in incoming) return this.refuse(session, incoming, incoming.error);
    const standing = signaling.standing(session, incoming.to);
    const checked = check(standing, incoming);
    if (checked === "pass") return this.#carryOut(session, standing, incoming);
    if (checked !== "unreachable") return this.refuse(session, incoming, checked);
    return this.#answer(session, incoming, buildUnreachable(this.#origin(), incoming.jsongle, this.#parts.now()));
  }

  /** Of a message that is not looked at, but counts as any other. */
  refuseUnread(session: JsongleSession, error: SignalingError): undefined {
    const verdict = this.#parts.messageLimits.judge(session.allowances, "control");
    const unread = { from: undefined, error };
    if (verdict === "pass") this.refuse(session, unread, error);
    else this.#refuseForRate(session, unread, "control", verdict);
  }

  /** Of a message that there was no place for while others waited. */
  refuseForBacklog(session: JsongleSession): undefined {
    const { messageLimits } = this.#parts;
    const verdict = messageLimits.judgeBacklog(session.allowances);
    this.refuse(session, { from: undefined }, messageLimits.backlogError(verdict));
    if (verdict === "close") session.dismiss();
  }

  /** Answers with a session-error. */
  refuse(session: JsongleSession, asker: Asker, error: SignalingError): undefined {
    this.#parts.onRefused(session, error.error);
    return this.#answer(session, asker, buildSessionError(this.#origin(), error));
  }

  #refuseForRate(
    session: JsongleSession,
    incoming: Incoming | Unreadable,
    kind: MessageClass,
    verdict: "refuse" | "close",
  ): undefined {
    const error = this.#parts.messageLimits.errorFor(session.allowances, kind, verdict);
    const isIq = "request" in incoming && incoming.request.kind === "iq";
    if (isIq) this.#answerIq(session, incoming, error);
    else this.refuse(session, incoming, error);
    if (verdict === "close") session.dismiss();
  }

  #carryOut(session: JsongleSession, { identity, route }: Standing, incoming: Incoming): Pending {
    const { request } = incoming;
    // A further hello answer is one that nobody asked for: whoever the session is, it stays.
    if (!identity) return request.kind === "hello" ? this.#hello(session, incoming, request.description) : undefined;
    if (request.kind === "iq") return this.#iq(session, identity, incoming, request.command);
    if (request.kind === "relay") return this.#relay(session, { identity, route }, incoming, request.message);
    if (request.kind === "metrics") this.#report(request.report);
    return undefined;
  }

  #hello(session: JsongleSession, incoming: Incoming, description: JsonObject[string]): Pending {
    const { transaction } = incoming.jsongle;
    const answer = readIdentity(description, session.bearer);
    if (isRefused(answer)) {
      if (answer.error === "notGranted") this.#parts.rejections.add("foreign_uid");
      this.#answer(session, incoming, buildAck(this.#origin(), "failed", transaction));
      return this.refuse(session, incoming, answer);
    }
    const { maxSessions = this.#parts.roomLimits.maxSessionsPerUser } = session.grants;
    return this.#parts.signaling.hello(session, answer.identity, maxSessions).then((outcome) => {
      const refusal = helloRefusal(outcome, maxSessions);
      this.#answer(session, incoming, buildAck(this.#origin(), refusal ? "failed" : "success", transaction));
      if (refusal) this.refuse(session, incoming, refusal);
      if (outcome === "full") this.#parts.rejections.add("user_sessions");
    });
  }

  #iq(session: JsongleSession, identity: Identity, incoming: Incoming, command: IqCommand | SignalingError): Pending {
    const { signaling, iceDesk } = this.#parts;
    if (isRefused(command)) return this.#answerIq(session, incoming, command);
    if (command.command === "ice-servers") {
      return iceDesk
        .ask(identity.uid, () => signaling.isSeated(session, command.rid))
        .then((outcome) => this.#answerIq(session, incoming, iceServersAnswer(outcome)));
    }
    if (command.command === "refresh") {
      const parts = { ...this.#parts, origin: () => this.#origin() };
      return refreshToken(session, identity, command.token, parts).then((answer) =>
        this.#answerIq(session, incoming, answer),
      );
    }
    const { rid } = command;
    if (command.command !== "join" && command.command !== "leave") return this.#moderate(session, incoming, command);
    if (command.command === "leave") {
      return signaling
        .leave(session, rid)
        .then((outcome) => this.#answerIq(session, incoming, leaveAnswer(outcome, rid)));
    }
    return this.#join(session, incoming, { rid, kind: command.roomKind });
  }

  #join(session: JsongleSession, incoming: Incoming, room: RoomName): Pending {
    const { signaling, rejections, roomLimits } = this.#parts;
    if (!mayJoin(session.grants, room)) {
      rejections.add("grants");
      return this.#answerIq(session, incoming, NOT_GRANTED);
    }
    return signaling.join(session, room, (outcome) => {
      this.#answerIq(session, incoming, joinAnswer(outcome, room, roomLimits));
    });
  }

  #moderate(session: JsongleSession, incoming: Incoming, command: ModerationCommand): Pending {
    const { signaling, rejections } = this.#parts;
    const order = orderBy(session.grants, command.rid);
    if (isRefused(order)) {
      rejections.add("moderation");
      return this.#answerIq(session, incoming, order);
    }
    return moderate(signaling.moderation, command, order).then((answer) => this.#answerIq(session, incoming, answer));
  }

  #answerIq(
    session: JsongleSession,
    incoming: Incoming,
    answer: IqAnswer | ModerationAnswer | SignalingError,
  ): undefined {
    const { to, jsongle } = incoming;
    const origin = { id: this.#parts.newId(), from: to ?? this.#parts.serverId };
    if (!isRefused(answer)) return this.#answer(session, incoming, buildIqResult(origin, jsongle, answer));
    this.#parts.onRefused(session, answer.error);
    return this.#answer(session, incoming, buildIqError(origin, jsongle, answer));
  }

  #relay(
    session: JsongleSession,
    { identity, route }: Sender,
    incoming: Incoming,
    request: RelayRequest | SignalingError,
  ): undefined {
    if (isRefused(request)) return this.refuse(session, incoming, request);
    const { signaling, newId } = this.#parts;
    const { to: rid = "", jsongle } = incoming;
    const now = this.#parts.now();
    // Before anything that the callee can cause: clients drop a `ringing` that comes before `trying`.
    if (request.action === "session-propose" && route !== "cutOff") {
      this.#answer(session, incoming, buildTrying(this.#origin(), jsongle, now));
    }
    const message = buildRelayed(request, { rid, uid: identity.uid, now, newId });
    signaling.relay(session, rid, message);
    this.#parts.tally.relays[relayClassOf(request.action)][route === "cutOff" ? "cutOff" : "relayed"] += 1;
    // Those on this pod have it all the same.
    if (route === "cutOff") return this.refuse(session, incoming, CUT_OFF);
    this.#count(request);
    if (!isAcknowledgedAction(request.action)) return undefined;
    return this.#answer(session, incoming, buildServerReceived(this.#origin(), jsongle.namespace, message.id, now));
  }

  #count({ action, muc, jsongle }: RelayRequest): void {
    const { tally } = this.#parts;
    if (action === "session-accept") tally.callsAccepted += 1;
    if (action === "session-text" && muc) tally.mucTexts += 1;
    if (action === "session-event" && muc && jsongle.event === "reaction") tally.mucReactions += 1;
  }

  #report({ iceFailed, duration }: CallReport): void {
    const { tally } = this.#parts;
    if (iceFailed) tally.callsFailed += 1;
    tally.callDuration += duration;
  }

  #origin(): Origin {
    return { id: this.#parts.newId(), from: this.#parts.serverId };
  }

  #answer(session: JsongleSession, { from }: Asker, message: Outgoing): undefined {
    session.send(message, from);
  }
}

function helloRefusal(outcome: HelloOutcome, maxSessions: number): SignalingError | undefined {
  if (outcome === "unavailable") return UNAVAILABLE;
  if (outcome !== "full") return undefined;
  return { error: "notAdmitted", details: `The user has ${maxSessions} sessions, and may have no more` };
}

function relayClassOf(action: RelayRequest["action"]): RelayClass {
  if (action === "session-text") return "chat";
  if (action === "session-event") return "event";
  return action === "session-custom" ? "custom" : "call";
}
