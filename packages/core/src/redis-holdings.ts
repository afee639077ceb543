// What a pod holds in Redis under one epoch, so that another can give it back when the pod has died.
import type { Holding } from "./holding.ts";
import type { WriteAuthority } from "./redis-authority.ts";
import { redisKeys } from "./redis-keys.ts";
import { RedisCalls } from "./redis-outage.ts";
import type { RedisConnection, RedisScripts } from "./redis-scripts.ts";
import type { Holder } from "./room.ts";
import type { Unavailable } from "./room-store.ts";

/** What a script answers: {"late"} if it came after its deadline, and so did nothing. */
type Reply = readonly [outcome: string, ...detail: unknown[]];
type InTime<R extends Reply> = Exclude<R, readonly ["late"]>;

/** A script that lacks only its deadline. */
type Write = (deadline: number) => Promise<unknown>;

const UNAVAILABLE: Unavailable = { outcome: "unavailable" };

interface RedisHoldingsParts {
  readonly redis: RedisConnection;
  readonly scripts: RedisScripts;
  readonly authority: WriteAuthority;
  readonly onFault: (error: unknown) => void;
}

export class RedisHoldings {
  readonly #parts: RedisHoldingsParts;
  readonly #calls: RedisCalls;

  constructor(parts: RedisHoldingsParts) {
    this.#parts = parts;
    this.#calls = new RedisCalls(parts.onFault);
  }

  /**
   * Lists a holding before it is taken: a crash in between leaves one listed too many, never one unlisted.
   * @param refused tells by the answer that nothing is held: the holding is struck off again
   */
  async take<R extends Reply>(
    holder: Holder,
    holding: Holding,
    write: Write,
    refused: (reply: InTime<R>) => boolean = () => false,
  ): Promise<InTime<R> | Unavailable> {
    const { redis, scripts, authority } = this.#parts;
    const deadline = authority.deadlineOf(holder);
    if (deadline === 0 || redis.status !== "ready" || this.#calls.full) return UNAVAILABLE;
    const note = () => scripts["holding-note"](redisKeys.holdings(holder), deadline, JSON.stringify(holding));
    const reply = await this.#write<R>(holder, async () => {
      const noted = (await note()) as Reply;
      return noted[0] === "late" ? noted : write(deadline);
    });
    if (!("outcome" in reply) && refused(reply)) await this.strike(holder, holding);
    return reply;
  }

  /** Gives a holding back, and strikes it off. Never refused for the number of calls: that would leave it held. */
  async giveBack<R extends Reply>(holder: Holder, holding: Holding, write: Write): Promise<InTime<R> | Unavailable> {
    const { redis, authority } = this.#parts;
    const deadline = authority.deadlineOf(holder);
    if (deadline === 0 || redis.status !== "ready") {
      authority.doubt(holder);
      return UNAVAILABLE;
    }
    const reply = await this.#write<R>(holder, () => write(deadline));
    if (!("outcome" in reply)) await this.strike(holder, holding);
    return reply;
  }

  /** For a change of which nothing is held. */
  async change<R extends Reply>(holder: Holder, write: Write): Promise<InTime<R> | Unavailable> {
    const { redis, authority } = this.#parts;
    const deadline = authority.deadlineOf(holder);
    if (deadline === 0 || redis.status !== "ready") return UNAVAILABLE;
    const reply = (await this.#calls.runIfNotFull(() => write(deadline))) as R | Unavailable;
    return "outcome" in reply || reply[0] !== "late" ? (reply as InTime<R> | Unavailable) : UNAVAILABLE;
  }

  /** For what is only asked. */
  read<T>(call: () => Promise<T>): Promise<T | Unavailable> {
    return this.#calls.runIfNotFull(call);
  }

  /** Late is in doubt as well: a Cluster's client sends a command again that may have been done already. */
  async #write<R extends Reply>(holder: Holder, write: () => Promise<unknown>): Promise<InTime<R> | Unavailable> {
    const reply = (await this.#calls.run(write)) as R | Unavailable;
    if (!("outcome" in reply) && reply[0] !== "late") return reply as InTime<R>;
    this.#parts.authority.doubt(holder);
    return UNAVAILABLE;
  }

  /**
   * Strikes a holding off. Has no deadline: where it fails, one is listed too many. But done late it could strike off what has been
   * taken again since.
   */
  async strike(holder: Holder, holding: Holding): Promise<void> {
    const { redis, authority } = this.#parts;
    const struck = this.#calls.run(() => redis.srem(redisKeys.holdings(holder), JSON.stringify(holding)));
    if (typeof (await struck) !== "number") authority.doubt(holder);
  }
}

/** @returns undefined if it is none */
export function holdingFrom(listed: string): Holding | undefined {
  const value = parsed(listed);
  if (!Array.isArray(value) || !value.every((part) => typeof part === "string")) return undefined;
  const [kind, sessionId, name, rid] = value;
  if (sessionId === undefined || name === undefined) return undefined;
  if (kind === "place" && rid !== undefined) return [kind, sessionId, name, rid];
  if (rid !== undefined) return undefined;
  return kind === "session" || kind === "seat" || kind === "expulsion" ? [kind, sessionId, name] : undefined;
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
