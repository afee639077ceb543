// Presence in this process: for one pod without Redis.
import type {
  Arrival,
  Departure,
  MucPlace,
  PlaceReturned,
  PresenceEntry,
  PresenceStore,
  UserReading,
} from "./presence-store.ts";
import { type Holder, isSuperseded, sameHolder } from "./room.ts";

interface User {
  readonly sessions: Map<string, PresenceEntry>;
  /** rid of a MUC to the holders of the user's places in it, by session id. */
  readonly mucs: Map<string, Map<string, Holder>>;
}

export class MemoryPresenceStore implements PresenceStore {
  readonly #users = new Map<string, User>();

  async online(entry: PresenceEntry, limit = Number.POSITIVE_INFINITY): Promise<Arrival> {
    const { sessions } = this.#user(entry.uid);
    const current = sessions.get(entry.sessionId);
    if (current && isSuperseded(entry, current)) return { outcome: "unavailable" };
    if (!current && sessions.size >= limit) return { outcome: "full" };
    const first = sessions.size === 0;
    sessions.set(entry.sessionId, entry);
    return { outcome: "online", first };
  }

  async offline(uid: string, holder: Holder): Promise<Departure> {
    const user = this.#users.get(uid);
    const entry = user?.sessions.get(holder.sessionId);
    if (!user || !entry || !sameHolder(entry, holder)) return { outcome: "offline", last: false };
    user.sessions.delete(holder.sessionId);
    this.#forgetIfGone(uid, user);
    return { outcome: "offline", last: user.sessions.size === 0 };
  }

  async sessionsOf(uid: string): Promise<UserReading> {
    return { outcome: "read", sessions: [...(this.#users.get(uid)?.sessions.values() ?? [])] };
  }

  async takeMucPlace(uid: string, holder: Holder, rid: string, limit: number): Promise<MucPlace> {
    const { mucs } = this.#user(uid);
    const holders = mucs.get(rid) ?? new Map<string, Holder>();
    const held = holders.get(holder.sessionId);
    if (held && isSuperseded(holder, held)) return { outcome: "unavailable" };
    if (holders.size === 0 && mucs.size >= limit) return { outcome: "full" };
    holders.set(holder.sessionId, holder);
    mucs.set(rid, holders);
    return { outcome: held ? "already" : "taken" };
  }

  async returnMucPlace(uid: string, holder: Holder, rid: string): Promise<PlaceReturned> {
    const user = this.#users.get(uid);
    const holders = user?.mucs.get(rid);
    const held = holders?.get(holder.sessionId);
    if (!user || !holders || !held || !sameHolder(held, holder)) return { outcome: "returned" };
    holders.delete(holder.sessionId);
    if (holders.size === 0) user.mucs.delete(rid);
    this.#forgetIfGone(uid, user);
    return { outcome: "returned" };
  }

  #user(uid: string): User {
    const known = this.#users.get(uid);
    if (known) return known;
    const user = { sessions: new Map(), mucs: new Map() };
    this.#users.set(uid, user);
    return user;
  }

  #forgetIfGone(uid: string, { sessions, mucs }: User): void {
    if (sessions.size === 0 && mucs.size === 0) this.#users.delete(uid);
  }
}
