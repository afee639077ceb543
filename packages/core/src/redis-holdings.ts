// What a pod holds in Redis under one epoch, so that another can give it back when the pod has died.
import { redisKeys } from "./redis-keys.ts";
import type { RedisConnection } from "./redis-scripts.ts";
import type { Holder } from "./room.ts";

export type Holding =
  | readonly ["session", sessionId: string, uid: string]
  | readonly ["place", sessionId: string, uid: string, rid: string]
  | readonly ["seat", sessionId: string, rid: string];

/** The holder's pod and epoch, as every value in Redis begins that is held by one. */
export function ownerOf({ pod, epoch }: Holder): string {
  return `${pod} ${epoch}`;
}

export class RedisHoldings {
  readonly #redis: RedisConnection;

  constructor(redis: RedisConnection) {
    this.#redis = redis;
  }

  /** Lists a holding before it is taken: a crash in between leaves one listed too many, never one unlisted. */
  async noteThen<T>(holder: Holder, holding: Holding, take: () => Promise<T>): Promise<T> {
    await this.#redis.sadd(redisKeys.holdings(holder), JSON.stringify(holding));
    return take();
  }

  /** Strikes a holding off once it has been given back. */
  async giveBackThenStrike<T>(holder: Holder, holding: Holding, giveBack: () => Promise<T>): Promise<T> {
    const answer = await giveBack();
    await this.strike(holder, holding);
    return answer;
  }

  /** Where that fails, one is listed too many: what has been given back stays given back. */
  async strike(holder: Holder, holding: Holding): Promise<void> {
    await this.#redis.srem(redisKeys.holdings(holder), JSON.stringify(holding)).catch(() => {});
  }
}
