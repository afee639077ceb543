// Presence in Redis: a user's sessions and MUC places, each in the user's slot.

import type { Holding } from "./holding.ts";
import type {
  Arrival,
  Departure,
  MucPlace,
  PlaceReturned,
  PresenceEntry,
  PresenceStore,
  Protocol,
  UserReading,
} from "./presence-store.ts";
import { ownerOf, type WriteAuthority } from "./redis-authority.ts";
import { RedisHoldings } from "./redis-holdings.ts";
import { literal, redisKeys } from "./redis-keys.ts";
import { loadScripts, type RedisConnection, type RedisScripts } from "./redis-scripts.ts";
import type { Holder } from "./room.ts";

type OnlineReply = readonly ["first" | "online" | "full"];
type OfflineReply = readonly ["last" | "offline"];
type TakeReply = readonly ["taken" | "already" | "full"];
type ReturnReply = readonly ["returned"];

export class RedisPresenceStore implements PresenceStore {
  readonly #redis: RedisConnection;
  readonly #scripts: RedisScripts;
  readonly #holdings: RedisHoldings;

  /** @param onFault told of what fails though Redis is there; it is answered as if it were not */
  constructor(redis: RedisConnection, authority: WriteAuthority, onFault: (error: unknown) => void) {
    this.#redis = redis;
    this.#scripts = loadScripts(redis);
    this.#holdings = new RedisHoldings({ redis, scripts: this.#scripts, authority, onFault });
  }

  async online(entry: PresenceEntry, limit = 0): Promise<Arrival> {
    const { uid, sessionId, protocol } = entry;
    const args = [sessionId, ownerOf(entry), protocol, limit] as const;
    const reply = await this.#holdings.take<OnlineReply>(
      entry,
      ["session", sessionId, uid],
      (deadline) => this.#scripts["presence-online"](redisKeys.sessions(uid), deadline, ...args),
      ([outcome]) => outcome === "full",
    );
    if ("outcome" in reply) return reply;
    return reply[0] === "full" ? { outcome: "full" } : { outcome: "online", first: reply[0] === "first" };
  }

  async offline(uid: string, holder: Holder): Promise<Departure> {
    const { sessionId } = holder;
    const reply = await this.#holdings.giveBack<OfflineReply>(holder, ["session", sessionId, uid], (deadline) =>
      this.#scripts["presence-offline"](redisKeys.sessions(uid), deadline, sessionId, ownerOf(holder)),
    );
    return "outcome" in reply ? reply : { outcome: "offline", last: reply[0] === "last" };
  }

  sessionsOf(uid: string): Promise<UserReading> {
    return this.#holdings.read(async () => {
      const sessions = Object.entries(await this.#redis.hgetall(redisKeys.sessions(uid)));
      return {
        outcome: "read",
        sessions: sessions.flatMap(([sessionId, held]) => entryOf(uid, sessionId, held) ?? []),
      };
    });
  }

  async takeMucPlace(uid: string, holder: Holder, rid: string, limit: number): Promise<MucPlace> {
    const { sessionId } = holder;
    const place: Holding = ["place", sessionId, uid, rid];
    const args = [sessionId, literal(rid), ownerOf(holder), limit] as const;
    const reply = await this.#holdings.take<TakeReply>(
      holder,
      place,
      (deadline) => this.#scripts["place-take"](redisKeys.places(uid), deadline, ...args),
      ([outcome]) => outcome === "full",
    );
    return "outcome" in reply ? reply : { outcome: reply[0] };
  }

  async returnMucPlace(uid: string, holder: Holder, rid: string): Promise<PlaceReturned> {
    const { sessionId } = holder;
    const place: Holding = ["place", sessionId, uid, rid];
    const reply = await this.#holdings.giveBack<ReturnReply>(holder, place, (deadline) =>
      this.#scripts["place-return"](redisKeys.places(uid), deadline, sessionId, literal(rid), ownerOf(holder)),
    );
    return "outcome" in reply ? reply : { outcome: reply[0] };
  }
}

/** A session reads `pod epoch protocol`. @returns undefined if that is damaged */
function entryOf(uid: string, sessionId: string, held: string): PresenceEntry | undefined {
  const [, pod = "", epoch, protocol] = /^(\S+) (\d{1,15}) (jsongle|mse)$/.exec(held) ?? [];
  return protocol === undefined
    ? undefined
    : { uid, sessionId, pod, epoch: Number(epoch), protocol: protocol as Protocol };
}
