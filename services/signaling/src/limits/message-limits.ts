// How much one session may send, by the kind of what it sends: what is beyond is refused, and what is far beyond ends it.
import type { SignalingError } from "@jongleur/protocol";
import type { Rejections } from "../rejections.ts";
import { Bucket, type Rate, rateOf } from "./rate.ts";

/** Each kind has a rate of its own: a flood of candidates does not keep its sender from hanging up. */
export type MessageClass = "candidate" | "chat" | "control" | "join";

export type Verdict = "pass" | "refuse" | "close";

export interface MessageRateSettings {
  readonly candidateRate: string;
  readonly chatRate: string;
  readonly controlRate: string;
  readonly joinRate: string;
}

/** So many may be refused at once, however low the rate is, before it is enough. */
const LEAST_PATIENCE = 100;

/** What waits for others of the same session may be tried again then. */
const BACKLOG_RETRY_MS = 1000;

const NAMES: Readonly<Record<MessageClass, string>> = {
  candidate: "candidates",
  chat: "texts and events",
  control: "requests and call actions",
  join: "joins",
};

/** Both come back at the same rate: only who goes on sending more than twice as much wears patience out. */
class Allowance {
  readonly messages = new Bucket();
  readonly refusals = new Bucket();
}

/** What one session has left. Made as it is needed: one that is silent has none. */
export class Allowances {
  candidate: Allowance | undefined;
  chat: Allowance | undefined;
  control: Allowance | undefined;
  join: Allowance | undefined;
}

export class MessageLimits {
  readonly #rates: Readonly<Record<MessageClass, Rate | undefined>>;
  readonly #rejections: Rejections;
  readonly #now: () => number;

  /** @param now milliseconds of a clock that never goes back */
  constructor(settings: MessageRateSettings, rejections: Rejections, now: () => number) {
    this.#rates = {
      candidate: rateOf(settings.candidateRate),
      chat: rateOf(settings.chatRate),
      control: rateOf(settings.controlRate),
      join: rateOf(settings.joinRate),
    };
    this.#rejections = rejections;
    this.#now = now;
  }

  /** What becomes of one more message. Every message comes by here: it costs no object, and no promise. */
  judge(allowances: Allowances, kind: MessageClass): Verdict {
    const rate = this.#rates[kind];
    if (!rate) return "pass";
    allowances[kind] ??= new Allowance();
    const now = this.#now();
    if (allowances[kind].messages.take(rate, now)) return "pass";
    this.#rejections.add(`${kind}_rate`);
    return this.#judgeRefusal(allowances[kind], rate, now);
  }

  /** What becomes of a session for whose message there is no place while others of it wait. */
  judgeBacklog(allowances: Allowances): "refuse" | "close" {
    const rate = this.#rates.control;
    if (!rate) return "refuse";
    allowances.control ??= new Allowance();
    return this.#judgeRefusal(allowances.control, rate, this.#now());
  }

  /** @returns the milliseconds until the next message of the kind passes */
  wait(allowances: Allowances, kind: MessageClass): number {
    const rate = this.#rates[kind];
    return (rate && allowances[kind]?.messages.wait(rate, this.#now())) ?? 0;
  }

  /** As it is told by JSONgle. */
  errorFor(allowances: Allowances, kind: MessageClass, verdict: "refuse" | "close"): SignalingError {
    const rate = this.#rates[kind];
    const details = `Too many ${NAMES[kind]}: ${rate?.perSecond} a second may come, ${rate?.burst} at once`;
    return { error: "tooManyRequests", details: ended(details, verdict), retryAfterMs: this.wait(allowances, kind) };
  }

  backlogError(verdict: "refuse" | "close"): SignalingError {
    const details = ended("Too many requests are waiting to be handled", verdict);
    return { error: "tooManyRequests", details, retryAfterMs: BACKLOG_RETRY_MS };
  }

  #judgeRefusal({ refusals }: Allowance, { perSecond, burst }: Rate, now: number): "refuse" | "close" {
    if (refusals.take({ perSecond, burst: Math.max(burst, LEAST_PATIENCE) }, now)) return "refuse";
    this.#rejections.add("flood");
    return "close";
  }
}

function ended(details: string, verdict: "refuse" | "close"): string {
  return verdict === "close" ? `${details}; the connection is closed, as far too many came` : details;
}
