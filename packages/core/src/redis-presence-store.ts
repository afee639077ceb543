// Presence in Redis: a user's sessions and MUC places, each in the user's slot.
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
import { type Holding, ownerOf, RedisHoldings } from "./redis-holdings.ts";
import { literal, redisKeys } from "./redis-keys.ts";
import { orUnavailable } from "./redis-outage.ts";
import { loadScripts, type RedisConnection, type RedisScripts } from "./redis-scripts.ts";
import type { Holder } from "./room.ts";

export class RedisPresenceStore implements PresenceStore {
  readonly #redis: RedisConnection;
  readonly #scripts: RedisScripts;
  readonly #holdings: RedisHoldings;

  constructor(redis: RedisConnection) {
    this.#redis = redis;
    this.#scripts = loadScripts(redis);
    this.#holdings = new RedisHoldings(redis);
  }

  online(entry: PresenceEntry): Promise<Arrival> {
    const { uid, sessionId, protocol } = entry;
    return orUnavailable(async () => {
      const reply = await this.#holdings.noteThen(entry, ["session", sessionId, uid], () =>
        this.#scripts["presence-online"](redisKeys.sessions(uid), sessionId, ownerOf(entry), protocol),
      );
      return { outcome: "online", first: reply === 1 };
    });
  }

  offline(uid: string, holder: Holder): Promise<Departure> {
    const { sessionId } = holder;
    return orUnavailable(async () => {
      const reply = await this.#holdings.giveBackThenStrike(holder, ["session", sessionId, uid], () =>
        this.#scripts["presence-offline"](redisKeys.sessions(uid), sessionId, ownerOf(holder)),
      );
      return { outcome: "offline", last: reply === 1 };
    });
  }

  sessionsOf(uid: string): Promise<UserReading> {
    return orUnavailable(async () => {
      const sessions = Object.entries(await this.#redis.hgetall(redisKeys.sessions(uid)));
      return { outcome: "read", sessions: sessions.map(([sessionId, held]) => entryOf(uid, sessionId, held)) };
    });
  }

  takeMucPlace(uid: string, holder: Holder, rid: string, limit: number): Promise<MucPlace> {
    const { sessionId } = holder;
    const place: Holding = ["place", sessionId, uid, rid];
    return orUnavailable(async () => {
      const reply = await this.#holdings.noteThen(holder, place, () =>
        this.#scripts["place-take"](redisKeys.places(uid), sessionId, literal(rid), ownerOf(holder), limit),
      );
      const outcome = reply as "taken" | "already" | "full";
      if (outcome === "full") await this.#holdings.strike(holder, place);
      return { outcome };
    });
  }

  returnMucPlace(uid: string, holder: Holder, rid: string): Promise<PlaceReturned> {
    const { sessionId } = holder;
    return orUnavailable(async () => {
      await this.#holdings.giveBackThenStrike(holder, ["place", sessionId, uid, rid], () =>
        this.#scripts["place-return"](redisKeys.places(uid), sessionId, literal(rid), ownerOf(holder)),
      );
      return { outcome: "returned" };
    });
  }
}

/** A session reads `pod epoch protocol`. */
function entryOf(uid: string, sessionId: string, held: string): PresenceEntry {
  const [pod = "", epoch, protocol] = held.split(" ");
  return { uid, sessionId, pod, epoch: Number(epoch), protocol: protocol as Protocol };
}
