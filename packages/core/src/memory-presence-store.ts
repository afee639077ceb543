// Presence in this process: for one pod without Redis.
import type { MucPlace, PresenceEntry, PresenceStore } from "./presence-store.ts";

interface User {
  readonly sessions: Map<string, PresenceEntry>;
  /** rid of a MUC to the sessions of the user that are in it. */
  readonly mucs: Map<string, Set<string>>;
}

export class MemoryPresenceStore implements PresenceStore {
  readonly #users = new Map<string, User>();

  async online(entry: PresenceEntry): Promise<{ first: boolean }> {
    const { sessions } = this.#user(entry.uid);
    const first = sessions.size === 0;
    sessions.set(entry.sessionId, entry);
    return { first };
  }

  async offline(uid: string, sessionId: string): Promise<{ last: boolean }> {
    const user = this.#users.get(uid);
    if (!user?.sessions.delete(sessionId)) return { last: false };
    this.#forgetIfGone(uid, user);
    return { last: user.sessions.size === 0 };
  }

  async sessionsOf(uid: string): Promise<readonly PresenceEntry[]> {
    return [...(this.#users.get(uid)?.sessions.values() ?? [])];
  }

  async takeMucPlace(uid: string, sessionId: string, rid: string, limit: number): Promise<MucPlace> {
    const { mucs } = this.#user(uid);
    const holders = mucs.get(rid);
    if (holders?.has(sessionId)) return "already";
    if (holders) {
      holders.add(sessionId);
      return "taken";
    }
    if (mucs.size >= limit) return "full";
    mucs.set(rid, new Set([sessionId]));
    return "taken";
  }

  async returnMucPlace(uid: string, sessionId: string, rid: string): Promise<void> {
    const user = this.#users.get(uid);
    const holders = user?.mucs.get(rid);
    if (!user || !holders?.delete(sessionId) || holders.size > 0) return;
    user.mucs.delete(rid);
    this.#forgetIfGone(uid, user);
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
