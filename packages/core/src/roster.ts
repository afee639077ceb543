// A pod's view of a room in which it has members: who is in there, on which pod, and whom it serves itself.
import type { Identity, RoomKind } from "@jongleur/protocol";
import type { Said } from "./pod-bus.ts";
import { type Member, type RoomChange, type RoomState, sameHolder } from "./room.ts";
import { Seat } from "./seat.ts";
import type { Session } from "./session.ts";

/** What some of the pod's own members have to be told. */
export interface News {
  readonly event: "joined" | "left";
  readonly member: Member;
  readonly seats: readonly Seat[];
}

/** What became of a change: undefined means that earlier changes have not come by yet, or never will. */
export type Applied = readonly News[] | undefined;

/**
 * A member whom the store does not show any more, though nobody has said that it left: its pod's word may be
 * under way still, behind its last message, or the store may have lost it. It can be reached until that is settled.
 */
interface Doubt {
  /** The others were never told of the member. */
  readonly knownTo: ReadonlySet<Seat>;
  /** How often it was asked about in vain. */
  asked: number;
}

const NOTHING: readonly News[] = [];

export class Roster {
  readonly rid: string;
  readonly kind: RoomKind;
  /** Those whom this pod serves, by session id. */
  readonly seats = new Map<string, Seat>();
  readonly #pod: string;
  readonly #members = new Map<string, Member>();
  readonly #doubts = new Map<string, Doubt>();
  readonly #expected: ReadonlyMap<string, Member>;
  #version = 0;
  #otherPods: ReadonlySet<string> | undefined;

  /**
   * @param pod this pod
   * @param expected by session id, those who are on their way into this roster: a parcel tells of them that waits
   *   to be applied. What is said meanwhile is for them too
   */
  constructor({ rid, kind }: Pick<RoomState, "rid" | "kind">, pod: string, expected: ReadonlyMap<string, Member>) {
    this.rid = rid;
    this.kind = kind;
    this.#pod = pod;
    this.#expected = expected;
  }

  get version(): number {
    return this.#version;
  }

  /** Whether what somebody says in there is for nobody else. */
  get isForOne(): boolean {
    return this.#members.size <= 1 && [...this.#expected.keys()].every((sessionId) => this.#members.has(sessionId));
  }

  /** How many a member reaches by what it says. */
  countFor(said: Omit<Said, "message">): number {
    if (said.only === undefined) return this.#members.size - 1;
    return [...this.#members.keys()].filter((sessionId) => this.isFor(sessionId, said)).length;
  }

  identityOf(sessionId: string): Identity | undefined {
    return this.#members.get(sessionId)?.identity;
  }

  /** Whether what a member says is for this one. */
  isFor(sessionId: string, { sender, only }: Omit<Said, "message">): boolean {
    if (sessionId === sender || only === undefined) return sessionId !== sender;
    const uid = this.identityOf(sessionId)?.uid;
    return uid !== undefined && only.includes(uid);
  }

  seat(session: Session, epoch: number, limit: number): Seat {
    const seat = new Seat(session, this, { version: this.#version, epoch, limit });
    this.seats.set(session.id, seat);
    return seat;
  }

  /** The others in the room, in the order in which they took their seats, as the seat's session knows them. */
  othersOf(seat: Seat): Identity[] {
    const others: Identity[] = [];
    for (const { sessionId, identity } of this.#members.values()) {
      if (sessionId !== seat.session.id && this.knows(seat, sessionId)) others.push(identity);
    }
    return others;
  }

  /** Whether the seat's session has been told of the member. */
  knows(seat: Seat, sessionId: string): boolean {
    const doubt = this.#doubts.get(sessionId);
    return doubt === undefined || doubt.knownTo.has(seat);
  }

  /** Takes the next change over. */
  apply(change: RoomChange): Applied {
    const { version } = change;
    if (version > this.#version + 1) return undefined;
    if (version <= this.#version) return this.#applyLate(change);
    // Somebody has left of whom this roster does not know: it can't be right.
    const gone = goneBy(change);
    if (!gone.every((sessionId) => this.#members.has(sessionId))) return undefined;
    // Told once more, with the version of somebody else's change, which is still to come.
    if (change.kind === "joined" && this.#isKnown(change.member)) return undefined;
    this.#version = version;
    if (change.kind === "joined") return this.#add(change.member);
    // Taken for dead, and alive after all: it will be seated again, or told that it can't.
    return gone.flatMap((sessionId) => (this.seats.has(sessionId) ? this.#doubt(sessionId) : this.forget(sessionId)));
  }

  /**
   * Takes over the room as the store has it, unless that is older than what is known.
   * @param anyway also then: a store that has lost what it knew begins anew
   * @param newcomer who is about to be seated here
   */
  catchUp(room: RoomState, { anyway = false, newcomer = "" } = {}): readonly News[] {
    if (room.version < this.#version && !anyway) return NOTHING;
    this.#version = room.version;
    // Of its own sessions a pod knows best who is there: others have gone, and the store could not be told.
    const isThere = ({ pod, sessionId }: Member) =>
      pod !== this.#pod || sessionId === newcomer || this.seats.has(sessionId);
    const members = room.members.filter(isThere);
    const present = new Set(members.map(({ sessionId }) => sessionId));
    const missing = [...this.#members.values()].filter(({ sessionId }) => !present.has(sessionId));
    const left = missing.flatMap((member) => this.#miss(member));
    const joined = members.flatMap((member) => this.#add(member));
    this.#sort(members);
    return [...left, ...joined];
  }

  /** Takes a member out. */
  forget(sessionId: string): readonly News[] {
    const member = this.#members.get(sessionId);
    if (!member) return NOTHING;
    const news = this.#news("left", member, (seat) => this.knows(seat, sessionId));
    this.#members.delete(sessionId);
    this.#doubts.delete(sessionId);
    this.#otherPods = undefined;
    return news;
  }

  /** Somebody who must know says that the member has left. Of its own sessions nobody knows better than this pod. */
  settleLeft(...sessionIds: readonly string[]): readonly News[] {
    const gone = sessionIds.filter((sessionId) => this.#doubts.has(sessionId) && !this.seats.has(sessionId));
    return gone.flatMap((sessionId) => this.forget(sessionId));
  }

  get isDoubtful(): boolean {
    return this.#doubts.size > 0;
  }

  /** The doubtful members. */
  doubtful(): Member[] {
    return [...this.#doubts.keys()].flatMap((sessionId) => this.#members.get(sessionId) ?? []);
  }

  /** Counts one more time that a member was asked about. @returns how often that has been by now */
  countAsked(sessionId: string): number {
    const doubt = this.#doubts.get(sessionId) ?? { asked: 0 };
    doubt.asked += 1;
    return doubt.asked;
  }

  /** The doubtful member's pod says that it is there. */
  heardOf(sessionId: string): void {
    const doubt = this.#doubts.get(sessionId);
    if (doubt) doubt.asked = 0;
  }

  /** The other pods that serve members. */
  otherPods(): ReadonlySet<string> {
    this.#otherPods ??= this.#podsOf(this.#members);
    return this.#expected.size === 0 ? this.#otherPods : this.#otherPods.union(this.#podsOf(this.#expected));
  }

  /** A room that spans pods is counted by the pod of its oldest member. */
  isCountedHere(): boolean {
    for (const oldest of this.#members.values()) return oldest.pod === this.#pod;
    return false;
  }

  #isKnown(member: Member): boolean {
    const known = this.#members.get(member.sessionId);
    return known !== undefined && !this.#doubts.has(member.sessionId) && sameHolder(known, member);
  }

  #add(member: Member): readonly News[] {
    const { sessionId } = member;
    const [known, doubt] = [this.#members.has(sessionId), this.#doubts.get(sessionId)];
    this.#members.set(sessionId, member);
    this.#doubts.delete(sessionId);
    this.#otherPods = undefined;
    if (known && !doubt) return NOTHING;
    return this.#news("joined", member, (seat) => doubt === undefined || !doubt.knownTo.has(seat));
  }

  /**
   * What the store has shown in a later state already. Whom it did not show any more has gone by then, but may have
   * said something in between: that is heard by those who were there, with its `left` to come.
   */
  #applyLate(change: RoomChange): Applied {
    if (change.kind !== "joined") return this.settleLeft(...goneBy(change));
    const { member, version } = change;
    if (this.#doubts.has(member.sessionId)) return undefined;
    if (this.#members.has(member.sessionId)) return NOTHING;
    const earlier = [...this.seats.values()].filter((seat) => seat.version < version);
    const news = this.#news("joined", member, (seat) => earlier.includes(seat));
    this.#members.set(member.sessionId, member);
    this.#doubts.set(member.sessionId, { knownTo: new Set(earlier), asked: 0 });
    this.#otherPods = undefined;
    return news;
  }

  /** Of its own sessions a pod knows best who has gone; others are doubted first. */
  #miss({ sessionId, pod }: Member): readonly News[] {
    return pod === this.#pod && !this.seats.has(sessionId) ? this.forget(sessionId) : this.#doubt(sessionId);
  }

  #doubt(sessionId: string): readonly News[] {
    if (this.#doubts.has(sessionId)) return NOTHING;
    this.#doubts.set(sessionId, { knownTo: new Set(this.seats.values()), asked: 0 });
    return NOTHING;
  }

  /** In the store's order, the doubtful last. */
  #sort(members: readonly Member[]): void {
    const doubtful = this.doubtful();
    this.#members.clear();
    for (const member of [...members, ...doubtful]) this.#members.set(member.sessionId, member);
  }

  #news(event: News["event"], member: Member, concerns: (seat: Seat) => boolean): readonly News[] {
    const seats = [...this.seats.values()].filter((seat) => seat.session.id !== member.sessionId && concerns(seat));
    return seats.length > 0 ? [{ event, member, seats }] : NOTHING;
  }

  #podsOf(members: ReadonlyMap<string, Member>): ReadonlySet<string> {
    const pods = new Set(Array.from(members.values(), ({ pod }) => pod));
    pods.delete(this.#pod);
    return pods;
  }
}

/** Whom a change takes out. */
export function goneBy(change: RoomChange): readonly string[] {
  if (change.kind === "joined") return [];
  return change.kind === "left" ? [change.sessionId] : change.sessionIds;
}
