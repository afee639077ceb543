// Signaling itself: the one place where what clients ask for meets rooms, presence and delivery.
import type { Identity, RoomKind } from "@jongleur/protocol";
import type { Journal } from "./journal.ts";
import type { Outgoing } from "./pod-bus.ts";
import type { PresenceStore } from "./presence-store.ts";
import type { Holder, Member, RoomState } from "./room.ts";
import type { Roster } from "./roster.ts";
import { Rosters, type RostersParts } from "./rosters.ts";
import type { Session } from "./session.ts";
import type { JoinOutcomeName, Tally } from "./tally.ts";

export interface SignalingLimits {
  readonly maxMembersPerRoom: number;
  readonly maxMembersPerMultiRoom: number;
  readonly maxMultiRoomPerUser: number;
  readonly maxRoomsPerSession: number;
}

interface SignalingParts extends RostersParts {
  /** Under which of the pod's epochs it holds what it takes now. */
  readonly epoch: () => number;
  readonly limits: SignalingLimits;
  readonly presence: PresenceStore;
  readonly journal: Journal;
  readonly tally: Tally;
}

/** Where a message's `to` leads for a session. */
type Route = "server" | "notAMember" | "alone" | "others";

export interface Standing {
  /** Undefined until the session's hello has been accepted. */
  readonly identity: Identity | undefined;
  readonly route: Route;
}

export type JoinOutcome =
  | { readonly outcome: "joined" | "already"; readonly members: readonly Identity[] }
  | { readonly outcome: Exclude<JoinOutcomeName, "joined" | "already"> };

export type LeaveOutcome = "left" | "notAMember";

/** A session whose hello has been accepted. */
interface Participant {
  readonly session: Session;
  readonly identity: Identity;
  readonly seats: Map<string, Roster>;
  /** Characters that are kept on its account: its identity and the rids of its seats. */
  kept: number;
}

/** Names may be as long as a message, but one client must not fill the pod with long ones. */
const MAX_KEPT = 2_000_000;

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
  async hello(session: Session, identity: Identity): Promise<"registered" | "already" | "unavailable"> {
    if (this.#participants.has(session.id)) return "already";
    const { presence, journal } = this.#parts;
    const { uid } = identity;
    const arrival = await presence.online({ ...this.#holder(session), uid, protocol: session.protocol });
    if (arrival.outcome === "unavailable") return "unavailable";
    this.#participants.set(session.id, { session, identity, seats: new Map(), kept: JSON.stringify(identity).length });
    if (arrival.first) journal.record({ fact: "user-online", uid });
    return "registered";
  }

  /** Who the session is, and what it can reach at `to`. */
  standing(session: Session, to: string | undefined): Standing {
    const participant = this.#participants.get(session.id);
    const identity = participant?.identity;
    if (to === this.#parts.serverId) return { identity, route: "server" };
    const roster = to === undefined ? undefined : participant?.seats.get(to);
    if (!roster) return { identity, route: "notAMember" };
    return { identity, route: roster.members.size > 1 ? "others" : "alone" };
  }

  /**
   * Seats the session in a room, and tells the others. A MUC takes the user's place first, then the
   * room's seat; refused there, the place is given back.
   * @param answer called with the outcome in the very turn in which the seat is taken: what it sends to
   *   the session reaches it before anything that is said in the room
   */
  async join(session: Session, rid: string, kind: RoomKind, answer: (outcome: JoinOutcome) => void): Promise<void> {
    const participant = this.#registered(session);
    const conclude = (outcome: JoinOutcome) => {
      this.#parts.tally.joins[kind][outcome.outcome] += 1;
      answer(outcome);
      return outcome;
    };
    const known = this.#decideWithoutStore(participant, rid, kind);
    if (known) return void conclude(known);
    if (kind === "room") return void (await this.#takeSeat(participant, rid, kind, conclude));
    const refused = await this.#takePlace(participant, rid);
    if (refused) return void conclude(refused);
    const { outcome } = await this.#takeSeat(participant, rid, kind, conclude);
    if (outcome !== "joined") await this.#returnPlace(participant, rid);
  }

  /** Frees the session's seat, and tells the others. */
  async leave(session: Session, rid: string): Promise<LeaveOutcome> {
    return this.#freeSeat(this.#registered(session), rid);
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
    await Promise.all([...participant.seats.keys()].map((rid) => this.#freeSeat(participant, rid)));
    this.#participants.delete(session.id);
    const departure = await presence.offline(uid, this.#holder(session));
    if (departure.outcome === "offline" && departure.last) journal.record({ fact: "user-offline", uid });
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

  #decideWithoutStore({ session, seats, kept }: Participant, rid: string, kind: RoomKind): JoinOutcome | undefined {
    const { serverId, limits } = this.#parts;
    if (rid === serverId) return { outcome: "reserved" };
    const roster = seats.get(rid);
    if (roster && roster.kind !== kind) return { outcome: "wrongKind" };
    if (roster) return { outcome: "already", members: others(roster, session) };
    const tooMany = seats.size >= limits.maxRoomsPerSession || kept + rid.length > MAX_KEPT;
    return tooMany ? { outcome: "tooManyRooms" } : undefined;
  }

  /** Asks the store, seats the session if it may, and concludes, all in one turn of the room. */
  #takeSeat(
    participant: Participant,
    rid: string,
    kind: RoomKind,
    conclude: (outcome: JoinOutcome) => JoinOutcome,
  ): Promise<JoinOutcome> {
    const { rooms, limits } = this.#parts;
    const { session, identity } = participant;
    const member: Member = { ...this.#holder(session), identity };
    const limit = kind === "muc" ? limits.maxMembersPerMultiRoom : limits.maxMembersPerRoom;
    return this.#rosters.change(rid, async () => {
      const answer = await rooms.join(rid, member, kind, limit);
      if (!("room" in answer)) return conclude({ outcome: answer.outcome });
      // `already` in the store but not here: a join whose answer was lost. The seat is ours all the same.
      return conclude(this.#seat(participant, answer.room, member));
    });
  }

  #seat(participant: Participant, room: RoomState, member: Member): JoinOutcome {
    const { session, seats } = participant;
    const roster = this.#rosters.seat(session, room, member);
    seats.set(room.rid, roster);
    participant.kept += room.rid.length;
    if (room.members.length === 1) {
      this.#parts.tally.roomsOpened += 1;
      this.#parts.journal.record({ fact: "room-opened", rid: room.rid });
    }
    this.#recordMember("member-joined", room, member);
    return { outcome: "joined", members: others(roster, session) };
  }

  async #freeSeat(participant: Participant, rid: string): Promise<LeaveOutcome> {
    const roster = participant.seats.get(rid);
    if (!roster) return "notAMember";
    await this.#rosters.change(rid, () => this.#unseat(participant, roster));
    if (roster.kind === "muc") await this.#returnPlace(participant, rid);
    return "left";
  }

  async #unseat(participant: Participant, roster: Roster): Promise<void> {
    const { session, identity, seats } = participant;
    const { rooms, journal } = this.#parts;
    const { rid } = roster;
    const holder = this.#holder(session);
    const answer = await rooms.leave(rid, holder);
    seats.delete(rid);
    participant.kept -= rid.length;
    this.#rosters.unseat(roster, session.id, answer);
    if (answer.outcome !== "left") return;
    this.#recordMember("member-left", answer.room, { ...holder, identity });
    if (answer.room.members.length === 0) journal.record({ fact: "room-closed", rid });
  }

  /** @returns why the place is refused, undefined if it is taken */
  async #takePlace({ session, identity }: Participant, rid: string): Promise<JoinOutcome | undefined> {
    const { presence, limits } = this.#parts;
    const holder = this.#holder(session);
    const { outcome } = await presence.takeMucPlace(identity.uid, holder, rid, limits.maxMultiRoomPerUser);
    if (outcome === "unavailable") return { outcome };
    return outcome === "full" ? { outcome: "tooManyMucs" } : undefined;
  }

  async #returnPlace({ session, identity }: Participant, rid: string): Promise<void> {
    await this.#parts.presence.returnMucPlace(identity.uid, this.#holder(session), rid);
  }

  #holder({ id }: Session): Holder {
    return { sessionId: id, pod: this.#parts.pod, epoch: this.#parts.epoch() };
  }

  #recordMember(fact: "member-joined" | "member-left", { rid, version }: RoomState, member: Member): void {
    const { sessionId, identity } = member;
    this.#parts.journal.record({ fact, rid, version, uid: identity.uid, sessionId });
  }
}

function others({ members }: Roster, { id }: Session): Identity[] {
  const identities: Identity[] = [];
  for (const { sessionId, identity } of members.values()) if (sessionId !== id) identities.push(identity);
  return identities;
}
