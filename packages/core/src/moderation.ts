// What may be done to others: put them out of a room or out of the service, lock a room, close it. On any pod.
import { MAX_BAN_SECONDS, type RoomKind } from "@jongleur/protocol";
import type { Dismissal, Holder, Member } from "./room.ts";
import type { Expulsion, RoomExpulsion, Unavailable } from "./room-store.ts";
import type { Seating, SeatingParts } from "./seating.ts";

/** All sessions of a user in the room, or one. */
export type KickTarget = { readonly uid: string } | { readonly sessionId: string };

export interface RoomOrder {
  /** Whoever gives the order may give it for rooms of this kind only; of either if absent. */
  readonly kind?: RoomKind | undefined;
  /** Told to those who are put out. */
  readonly reason?: string | undefined;
}

export interface KickOrder extends RoomOrder {
  /**
   * For so long the user gets into no room of that name, with whichever session; all that it has there are put out.
   * A ban takes the place of an earlier one of the same user. MAX_BAN_SECONDS at most.
   */
  readonly banSeconds?: number | undefined;
}

type NotGranted = { readonly outcome: "otherKind" };

export type KickOutcome =
  /** `until` in ms since 1970, if the user is banned. `sessions` may be 0 then. */
  | { readonly outcome: "kicked"; readonly sessions: number; readonly until: number | undefined }
  /** Who is meant is not in the room. A ban of a uid is possible all the same, and `kicked`. */
  | { readonly outcome: "notThere" }
  | { readonly outcome: "tooManyBans" }
  | NotGranted
  | Unavailable;

export type LockOutcome = { readonly outcome: "locked" | "unlocked" | "notThere" } | NotGranted | Unavailable;

export type CloseOutcome =
  | { readonly outcome: "closed"; readonly sessions: number }
  | { readonly outcome: "notThere" }
  | NotGranted
  | Unavailable;

export type DisconnectOutcome =
  | { readonly outcome: "disconnected"; readonly sessions: number }
  | { readonly outcome: "notThere" }
  | Unavailable;

/** How often those who came in while others were put out are put out in turn, until a ban holds for all. */
const MOST_PASSES = 5;

const UNAVAILABLE: Unavailable = { outcome: "unavailable" };

/** How often a pod is told, about once a second, that it has to put somebody out; then it is taken not to be there. */
const TOLD_AT_MOST = 10;

/** Pods that have not said yet that they have done it. */
interface Owed {
  readonly rid: string;
  readonly by: Holder;
  readonly sessionIds: ReadonlySet<string>;
  tries: number;
}

/**
 * The store decides: whom it has put out is out, whatever becomes of any pod. Each outcome comes once all pods concerned
 * know of it, or have not answered for about two seconds. `unavailable` means that the store, or other pods from
 * here, can't be reached: ask again; what was done by then is not undone.
 */
export class Moderation {
  readonly #parts: SeatingParts;
  readonly #seating: Seating;
  readonly #owed = new Set<Owed>();

  constructor(parts: SeatingParts, seating: Seating) {
    this.#parts = parts;
    this.#seating = seating;
  }

  async kick(rid: string, target: KickTarget, order: KickOrder = {}): Promise<KickOutcome> {
    let sessions = 0;
    let until: number | undefined;
    let wanted = target;
    for (let pass = 0; pass < MOST_PASSES; pass++) {
      const reading = await this.#parts.rooms.read(rid);
      if (reading.outcome === "unavailable") return reading;
      const members = reading.room?.members ?? [];
      wanted = order.banSeconds === undefined ? wanted : userOf(wanted, members);
      const meant = members.filter((member) => isMeant(member, wanted)).map(({ sessionId }) => sessionId);
      if (pass > 0 && meant.length === 0) return { outcome: "kicked", sessions, until };
      const ban = banOf(wanted, order);
      if (meant.length === 0 && !ban) return { outcome: "notThere" };
      const answer = await this.#expel(rid, { sessionIds: meant, kind: order.kind, ban, reason: order.reason });
      if (answer.outcome === "notThere") continue;
      if (answer.outcome !== "expelled") return answer;
      sessions += answer.members.length;
      until = answer.until;
    }
    return UNAVAILABLE;
  }

  /** Nobody new gets into a room that is locked. The lock goes with the room, when its last member leaves. */
  async lock(rid: string, locked: boolean, { kind }: RoomOrder = {}): Promise<LockOutcome> {
    const { outcome } = await this.#parts.rooms.lock(rid, this.#holder(), locked, kind);
    if (outcome !== "done") return { outcome };
    return { outcome: locked ? "locked" : "unlocked" };
  }

  /** Puts everybody out. The next join opens another room of that name. */
  async close(rid: string, { kind, reason }: RoomOrder = {}): Promise<CloseOutcome> {
    const answer = await this.#expel(rid, { sessionIds: "all", kind, reason });
    if (answer.outcome === "expelled") return { outcome: "closed", sessions: answer.members.length };
    // Nobody is banned by this.
    return answer.outcome === "tooManyBans" ? UNAVAILABLE : answer;
  }

  /**
   * Closes the connections of a user, or one of them, on whichever pods. `unavailable` if one of those pods does not
   * answer: what could be closed is closed.
   */
  async disconnect(
    { uid, sessionId }: { readonly uid: string; readonly sessionId?: string | undefined },
    { reason }: Pick<RoomOrder, "reason"> = {},
  ): Promise<DisconnectOutcome> {
    const { presence, bus, pod: own } = this.#parts;
    const reading = await presence.sessionsOf(uid);
    if (reading.outcome === "unavailable") return reading;
    const meant = reading.sessions.filter((entry) => sessionId === undefined || entry.sessionId === sessionId);
    if (meant.length === 0) return { outcome: "notThere" };
    const tell = async ([pod, entries]: readonly [string, typeof meant]): Promise<boolean> => {
      const sessionIds = entries.map((entry) => entry.sessionId);
      if (pod === own) this.#seating.dismissals.fromService(sessionIds, { reason });
      else bus.send(pod, { kind: "dismiss", sessionIds, reason });
      return pod === own || bus.settle(pod);
    };
    const reached = await Promise.all(
      Map.groupBy(meant, ({ pod }) => pod)
        .entries()
        .map(tell),
    );
    return reached.every(Boolean) ? { outcome: "disconnected", sessions: meant.length } : UNAVAILABLE;
  }

  async #expel(rid: string, expulsion: Expulsion): Promise<RoomExpulsion> {
    const { rooms, bus, pod } = this.#parts;
    // Nobody on other pods could be told.
    if (!bus.reaches(pod)) return UNAVAILABLE;
    const by = this.#holder();
    const answer = await rooms.expel(rid, by, expulsion);
    if (answer.outcome !== "expelled") return answer;
    const { room, members, until } = answer;
    if (room && members.length > 0) {
      this.#record(room.version, rid, members, room.members.length === 0);
      await this.#seating.rosters.announcements.putOut(room, members, dismissal(expulsion, until));
    }
    // Until they have done it that stays listed: if this pod dies, whoever reaps it tells them.
    const elsewhere = members.filter((member) => member.pod !== pod);
    const sessionIds = new Set(elsewhere.map(({ sessionId }) => sessionId));
    if (sessionIds.size > 0) this.#owed.add({ rid, by, sessionIds, tries: 0 });
    else await rooms.told(rid, by);
    return answer;
  }

  /** To be called about once a second while there are other pods: tells those once more that have not done it yet. */
  tend(): void {
    for (const owed of this.#owed) void this.#remind(owed);
  }

  async #remind(owed: Owed): Promise<void> {
    const { rid, by, sessionIds } = owed;
    const { rooms, bus, pod } = this.#parts;
    if (!bus.reaches(pod)) return;
    const reading = await rooms.expulsions(rid);
    if (reading.outcome === "unavailable" || !this.#owed.has(owed)) return;
    const open = reading.putOut.filter(({ sessionId }) => sessionIds.has(sessionId));
    owed.tries += 1;
    if (open.length === 0 || owed.tries > TOLD_AT_MOST) {
      this.#owed.delete(owed);
      return rooms.told(rid, by);
    }
    for (const { sessionId, pod: to, version, why } of open) {
      bus.send(to, { rid, kind: "putOut", version, sessionIds: [sessionId], ...why });
    }
  }

  #record(version: number, rid: string, members: readonly Member[], closed: boolean): void {
    const { journal } = this.#parts;
    for (const { identity, sessionId } of members) {
      journal.record({ fact: "member-left", rid, version, uid: identity.uid, sessionId });
    }
    if (closed) journal.record({ fact: "room-closed", rid });
  }

  /** In whose name the store is asked: no session's, but an expulsion's by this pod. */
  #holder(): Holder {
    const { newId, pod, epoch } = this.#parts;
    return { sessionId: newId(), pod, epoch: epoch() };
  }
}

function dismissal({ reason }: Expulsion, until: number | undefined): Dismissal {
  return { reason, until };
}

function isMeant({ sessionId, identity }: Member, target: KickTarget): boolean {
  return "uid" in target ? identity.uid === target.uid : sessionId === target.sessionId;
}

/** A ban is of a user, not of one of its sessions. */
function userOf(target: KickTarget, members: readonly Member[]): KickTarget {
  const member = members.find((one) => isMeant(one, target));
  return member ? { uid: member.identity.uid } : target;
}

function banOf(target: KickTarget, { banSeconds }: KickOrder): Expulsion["ban"] {
  return banSeconds !== undefined && "uid" in target
    ? { uid: target.uid, ms: Math.min(banSeconds, MAX_BAN_SECONDS) * 1000 }
    : undefined;
}
