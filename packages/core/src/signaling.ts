// Signaling itself: the one place where what clients ask for meets rooms, presence and delivery.
import type { Identity } from "@jongleur/protocol";
import type { Journal } from "./journal.ts";
import type { Outgoing } from "./pod-bus.ts";
import type { PresenceStore } from "./presence-store.ts";
import type { Member, RoomKind, RoomState } from "./room.ts";
import type { Roster } from "./roster.ts";
import { Rosters, type RostersParts } from "./rosters.ts";
import type { Session } from "./session.ts";
import type { JoinOutcomeName, Tally } from "./tally.ts";

export interface SignalingLimits {
  readonly maxMembersPerRoom: number;
  readonly maxMembersPerMultiRoom: number;
  readonly maxMultiRoomPerUser: number;
}

interface SignalingParts extends RostersParts {
  readonly limits: SignalingLimits;
  readonly presence: PresenceStore;
  readonly journal: Journal;
  readonly tally: Tally;
}

/** Where a message's `to` leads for a session. */
export type Route = "server" | "notAMember" | "alone" | "others";

type Refusal = { readonly outcome: Exclude<JoinOutcomeName, "joined" | "already"> };
export type JoinOutcome = { readonly outcome: "joined" | "already"; readonly members: readonly Identity[] } | Refusal;

type Decision =
  | { readonly outcome: "joined"; readonly room: RoomState; readonly member: Member }
  | { readonly outcome: "already"; readonly roster: Roster }
  | Refusal;

export type LeaveOutcome = "left" | "notAMember";

/** A session whose hello has been accepted. */
interface Participant {
  readonly session: Session;
  readonly identity: Identity;
  readonly seats: Map<string, Roster>;
}

/** The caller hands over one verb of a session at a time (see Inbox); different sessions may overlap in any way. */
export class Signaling {
  readonly #parts: SignalingParts;
  readonly #participants = new Map<string, Participant>();
  readonly #rosters: Rosters;

  constructor(parts: SignalingParts) {
    this.#parts = parts;
    this.#rosters = new Rosters(parts);
  }

  /** Makes the session somebody. Once only: afterwards its identity stays what it is. */
  async hello(session: Session, identity: Identity): Promise<"registered" | "already"> {
    if (this.#participants.has(session.id)) return "already";
    const { presence, journal, pod } = this.#parts;
    const { uid } = identity;
    const { first } = await presence.online({ uid, sessionId: session.id, pod, protocol: session.protocol });
    this.#participants.set(session.id, { session, identity, seats: new Map() });
    if (first) journal.record({ fact: "user-online", uid });
    return "registered";
  }

  /** The identity of the session, undefined until its hello has been accepted. */
  identityOf(session: Session): Identity | undefined {
    return this.#participants.get(session.id)?.identity;
  }

  route(session: Session, to: string | undefined): Route {
    if (to === this.#parts.serverId) return "server";
    const roster = to === undefined ? undefined : this.#participants.get(session.id)?.seats.get(to);
    if (!roster) return "notAMember";
    return roster.members.size > 1 ? "others" : "alone";
  }

  /**
   * Seats the session in a room, and tells the others.
   * @param answer called with the outcome in the very turn in which the seat is taken: what it sends to
   *   the session reaches it before anything that is said in the room
   */
  async join(session: Session, rid: string, kind: RoomKind, answer: (outcome: JoinOutcome) => void): Promise<void> {
    const participant = this.#registered(session);
    await this.#rosters.change(rid, async () => {
      const decision = await this.#decide(participant, rid, kind);
      this.#parts.tally.joins[kind][decision.outcome] += 1;
      answer(this.#carryOut(participant, decision));
    });
  }

  /** Frees the session's seat, and tells the others. */
  async leave(session: Session, rid: string): Promise<LeaveOutcome> {
    const participant = this.#registered(session);
    return this.#rosters.change(rid, () => this.#leave(participant, rid));
  }

  /**
   * Hands a message to all members of a room but its sender. Costs no look-up in any store, and nothing
   * between pods where all members are on one.
   */
  relay(session: Session, rid: string, message: Outgoing): "relayed" | "notAMember" {
    const roster = this.#participants.get(session.id)?.seats.get(rid);
    if (!roster) return "notAMember";
    const { tally } = this.#parts;
    tally.relayed += 1;
    tally.delivered += roster.members.size - 1;
    this.#rosters.relay(roster, message, session.id);
    return "relayed";
  }

  /** Ends the session: frees all its seats, tells the others, and forgets it. Harmless when repeated. */
  async disconnect(session: Session): Promise<void> {
    const participant = this.#participants.get(session.id);
    if (!participant) return;
    const { presence, journal } = this.#parts;
    const { uid } = participant.identity;
    const rids = [...participant.seats.keys()];
    await Promise.all(rids.map((rid) => this.#rosters.change(rid, () => this.#leave(participant, rid))));
    this.#participants.delete(session.id);
    const { last } = await presence.offline(uid, session.id);
    if (last) journal.record({ fact: "user-offline", uid });
  }

  /** How many rooms there are that this pod has to count. */
  countRooms(): number {
    return this.#rosters.count();
  }

  #registered(session: Session): Participant {
    const participant = this.#participants.get(session.id);
    if (!participant) throw new Error(`session ${session.id} has not said hello: its gateway must refuse this`);
    return participant;
  }

  async #decide(participant: Participant, rid: string, kind: RoomKind): Promise<Decision> {
    if (rid === this.#parts.serverId) return { outcome: "reserved" };
    const roster = participant.seats.get(rid);
    if (roster) return roster.kind === kind ? { outcome: "already", roster } : { outcome: "wrongKind" };
    return kind === "muc" ? this.#decideMuc(participant, rid) : this.#askForSeat(participant, rid, kind);
  }

  /** The user's place first, then the room's seat; refused there, the place is given back. */
  async #decideMuc(participant: Participant, rid: string): Promise<Decision> {
    const { presence, limits } = this.#parts;
    const { uid } = participant.identity;
    const { id } = participant.session;
    const place = await presence.takeMucPlace(uid, id, rid, limits.maxMultiRoomPerUser);
    if (place === "full") return { outcome: "tooManyMucs" };
    const decision = await this.#askForSeat(participant, rid, "muc");
    if (decision.outcome !== "joined") await presence.returnMucPlace(uid, id, rid);
    return decision;
  }

  async #askForSeat({ session, identity }: Participant, rid: string, kind: RoomKind): Promise<Decision> {
    const { rooms, limits, pod } = this.#parts;
    const member: Member = { sessionId: session.id, pod, identity };
    const limit = kind === "muc" ? limits.maxMembersPerMultiRoom : limits.maxMembersPerRoom;
    const answer = await rooms.join(rid, member, kind, limit);
    if (answer.outcome === "full" || answer.outcome === "wrongKind") return { outcome: answer.outcome };
    // `already` in the store but not here: a join whose answer was lost. The seat is ours all the same.
    return { outcome: "joined", room: answer.room, member };
  }

  #carryOut(participant: Participant, decision: Decision): JoinOutcome {
    const { session, seats, identity } = participant;
    if (decision.outcome === "already") return { outcome: "already", members: others(decision.roster, session) };
    if (decision.outcome !== "joined") return decision;
    const { room, member } = decision;
    const roster = this.#rosters.seat(session, room, member);
    seats.set(room.rid, roster);
    this.#recordJoin(room, identity.uid);
    return { outcome: "joined", members: others(roster, session) };
  }

  #recordJoin({ rid, members }: RoomState, uid: string): void {
    const { journal, tally } = this.#parts;
    if (members.length === 1) {
      tally.roomsOpened += 1;
      journal.record({ fact: "room-opened", rid });
    }
    journal.record({ fact: "member-joined", rid, uid });
  }

  async #leave(participant: Participant, rid: string): Promise<LeaveOutcome> {
    const roster = participant.seats.get(rid);
    if (!roster) return "notAMember";
    const { rooms, presence, journal } = this.#parts;
    const { id } = participant.session;
    const { uid } = participant.identity;
    const answer = await rooms.leave(rid, id);
    participant.seats.delete(rid);
    const room = answer.outcome === "left" ? answer.room : undefined;
    this.#rosters.unseat(roster, id, room);
    if (roster.kind === "muc") await presence.returnMucPlace(uid, id, rid);
    journal.record({ fact: "member-left", rid, uid });
    if (room?.members.length === 0) journal.record({ fact: "room-closed", rid });
    return "left";
  }
}

function others({ members }: Roster, { id }: Session): Identity[] {
  const identities: Identity[] = [];
  for (const { sessionId, identity } of members.values()) if (sessionId !== id) identities.push(identity);
  return identities;
}
