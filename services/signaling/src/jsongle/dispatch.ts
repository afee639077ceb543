// A JSONgle message on its way in: checked, then carried out by the verb of signaling that it asks for.
import type { Outgoing, RelayClass, Session, Signaling, Standing, Tally } from "@jongleur/core";
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
  type HelloContent,
  type Identity,
  type Incoming,
  type IqCommand,
  isAcknowledgedAction,
  isRefused,
  type Origin,
  type ParseLimits,
  parseIncoming,
  type RelayRequest,
  type SignalingError,
  unavailable,
} from "@jongleur/protocol";
import { check } from "./checks.ts";
import { type IqAnswer, joinAnswer, leaveAnswer, UNAVAILABLE } from "./iq-answers.ts";

export interface DispatchParts {
  readonly serverId: string;
  readonly signaling: Signaling;
  readonly tally: Tally;
  readonly limits: ParseLimits;
  readonly newId: () => string;
  /** ISO date. */
  readonly now: () => string;
  readonly onRefused: (session: Session, error: ErrorName) => void;
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
  handle(session: Session, value: unknown): Pending {
    const { limits, signaling } = this.#parts;
    const incoming = parseIncoming(value, limits);
    if ("error" in incoming) return this.refuse(session, incoming, incoming.error);
    const standing = signaling.standing(session, incoming.to);
    const verdict = check(standing, incoming);
    if (verdict === "pass") return this.#carryOut(session, standing, incoming);
    if (verdict !== "unreachable") return this.refuse(session, incoming, verdict);
    return this.#answer(session, incoming, buildUnreachable(this.#origin(), incoming.jsongle, this.#parts.now()));
  }

  /** Answers with a session-error. */
  refuse(session: Session, asker: Asker, error: SignalingError): undefined {
    this.#parts.onRefused(session, error.error);
    return this.#answer(session, asker, buildSessionError(this.#origin(), error));
  }

  #carryOut(session: Session, { identity, route }: Standing, incoming: Incoming): Pending {
    const { request } = incoming;
    // A further hello answer is one that nobody asked for: whoever the session is, it stays.
    if (!identity) return request.kind === "hello" ? this.#hello(session, incoming, request.answer) : undefined;
    if (request.kind === "iq") return this.#iq(session, incoming, request.command);
    if (request.kind === "relay") return this.#relay(session, { identity, route }, incoming, request.message);
    if (request.kind === "metrics") this.#report(request.report);
    return undefined;
  }

  #hello(session: Session, incoming: Incoming, answer: HelloContent | SignalingError): Pending {
    const { transaction } = incoming.jsongle;
    if (isRefused(answer)) {
      this.#answer(session, incoming, buildAck(this.#origin(), "failed", transaction));
      return this.refuse(session, incoming, answer);
    }
    return this.#parts.signaling.hello(session, answer.identity).then((outcome) => {
      const status = outcome === "unavailable" ? "failed" : "success";
      this.#answer(session, incoming, buildAck(this.#origin(), status, transaction));
      if (outcome === "unavailable") this.refuse(session, incoming, UNAVAILABLE);
    });
  }

  #iq(session: Session, incoming: Incoming, command: IqCommand | SignalingError): Pending {
    const { signaling } = this.#parts;
    if (isRefused(command)) return this.#answerIq(session, incoming, command);
    const { rid } = command;
    if (command.command === "leave") {
      return signaling
        .leave(session, rid)
        .then((outcome) => this.#answerIq(session, incoming, leaveAnswer(outcome, rid)));
    }
    return signaling.join(session, { rid, kind: command.roomKind }, (outcome) => {
      this.#answerIq(session, incoming, joinAnswer(outcome, rid));
    });
  }

  #answerIq(session: Session, incoming: Incoming, answer: IqAnswer | SignalingError): undefined {
    const { to, jsongle } = incoming;
    const origin = { id: this.#parts.newId(), from: to ?? this.#parts.serverId };
    if (!isRefused(answer)) return this.#answer(session, incoming, buildIqResult(origin, jsongle, answer));
    this.#parts.onRefused(session, answer.error);
    return this.#answer(session, incoming, buildIqError(origin, jsongle, answer));
  }

  #relay(
    session: Session,
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
    this.#parts.tally.relays[classOf(request.action)][route === "cutOff" ? "cutOff" : "relayed"] += 1;
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

  #answer(session: Session, { from }: Asker, message: Outgoing): undefined {
    session.send(message, from);
  }
}

function classOf(action: RelayRequest["action"]): RelayClass {
  if (action === "session-text") return "chat";
  if (action === "session-event") return "event";
  return action === "session-custom" ? "custom" : "call";
}
