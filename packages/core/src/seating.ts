// Taking, keeping and freeing seats: what the stores decide, and what follows from it.
import { buildRoomEvent, buildSessionError, type Identity, type RoomKind, type RoomName } from "@jongleur/protocol";
import { Dismissals } from "./dismissals.ts";
import type { Journal } from "./journal.ts";
import type { Participant } from "./participant.ts";
import { Places } from "./places.ts";
import type { PresenceStore } from "./presence-store.ts";
import type { Dismissal, Holder, Member, RoomState } from "./room.ts";
import type { RoomJoin } from "./room-store.ts";
import { Rosters, type RostersParts } from "./rosters.ts";
import type { Seat } from "./seat.ts";
import type { JoinOutcomeName } from "./tally.ts";

export interface SignalingLimits {
  readonly maxMembersPerRoom: number;
  readonly maxMembersPerMultiRoom: number;
  readonly maxMultiRoomPerUser: number;
  readonly maxRoomsPerSession: number;
  readonly maxSessionsPerUser: number;
}

export interface SeatingParts extends RostersParts {
  /** Under which of the pod's epochs it holds what it takes now. */
  readonly epoch: () => number;
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
  /** An ISO date. @param ms since 1970 */
  readonly toIso: (ms: number) => string;
  readonly limits: SignalingLimits;
  readonly presence: PresenceStore;
  readonly journal: Journal;
}

export type JoinOutcome =
  | { readonly outcome: "joined" | "already"; readonly members: readonly Identity[] }
  /** `until` as an ISO date. */
  | { readonly outcome: "banned"; readonly until: string }
  | { readonly outcome: Exclude<JoinOutcomeName, "joined" | "already" | "banned"> };

export type LeaveOutcome = "left" | "notAMember";

/** The room that a session wants to be in, with how many members at most; by its kind if absent. */
export interface WantedRoom extends RoomName {
  readonly limit?: number | undefined;
}

type Conclude = (outcome: JoinOutcome) => void;

/** The seat is missing where the join was refused. */
interface Taken {
  readonly outcome: JoinOutcome;
  readonly seat?: Seat;
}

/** Milliseconds that a join may wait for its turn: a store that is slow must not gather a queue. */
const LONGEST_WAIT = 5000;

export class Seating {
  readonly rosters: Rosters;
  readonly dismissals: Dismissals;
  readonly #parts: SeatingParts;
  readonly #find: (sessionId: string) => Participant | undefined;
  readonly #places: Places;
  readonly #renewing = new Set<Seat>();
  /** Those that could not be taken again: they are tried for as long as they are there. */
  readonly #lost = new Set<Seat>();

  constructor(parts: SeatingParts, find: (sessionId: string) => Participant | undefined) {
    this.#parts = parts;
    this.#find = find;
    this.#places = new Places(parts);
    this.dismissals = new Dismissals({ parts, places: this.#places, rosters: () => this.rosters, find });
    this.rosters = new Rosters(parts, {
      seatAgain: (seat) => void this.#seatAgain(seat),
      putOut: (seat, why) => this.dismissals.fromRoom(seat, why),
      dismiss: (sessionIds, why) => this.dismissals.fromService(sessionIds, why),
    });
  }

  /** To be called about once a second while there are other pods. */
  tend(): void {
    const lost = [...this.#lost];
    this.#lost.clear();
    for (const seat of lost) void this.#seatAgain(seat);
    this.rosters.tend();
  }

  /** A MUC takes the user's place first, then the room's seat; refused there, the place is given back. */
  async join(participant: Participant, wanted: WantedRoom, conclude: Conclude): Promise<void> {
    const { bus, pod } = this.#parts;
    const { rid, kind } = wanted;
    // What is given back late would be the new seat's.
    await participant.freeing.get(rid);
    const holder = this.#holder(participant);
    // Nobody on other pods could be told.
    if (!bus.reaches(pod)) return conclude({ outcome: "unavailable" });
    if (kind === "muc") {
      const refused = await this.#places.take(participant, holder, rid);
      if (refused) return conclude(refused);
    }
    const seat = await this.#takeSeat(participant, holder, wanted, conclude);
    if (kind === "muc" && !seat) await this.#places.giveBack(participant, holder, rid);
    // Taken under an epoch that has ended meanwhile.
    if (seat && seat.epoch !== this.#parts.epoch()) await this.#seatAgain(seat);
  }

  /** Frees the seat, and tells the others. */
  async leave(participant: Participant, rid: string): Promise<LeaveOutcome> {
    const seat = participant.seats.get(rid);
    if (!seat) return "notAMember";
    await this.rosters.change(rid, () => this.#freeSeat(participant, seat));
    await this.#places.giveBackAll(participant, seat);
    return "left";
  }

  /**
   * Takes all seats of a session anew that are held under an earlier epoch.
   * @returns false if the store could not be reached
   */
  async renew(participant: Participant): Promise<boolean> {
    let complete = true;
    for (const seat of participant.seats.values()) {
      if (seat.epoch !== this.#parts.epoch()) complete = (await this.#renewSeat(participant, seat)) && complete;
    }
    return complete;
  }

  /**
   * Asks the store and seats the session in one turn of the room. Where members are on other pods, the answer
   * waits until those know of the newcomer: what anybody says after it must arrive.
   */
  async #takeSeat(
    participant: Participant,
    holder: Holder,
    wanted: WantedRoom,
    conclude: Conclude,
  ): Promise<Seat | undefined> {
    const { now } = this.#parts;
    const asked = now();
    const end = ({ outcome, seat }: Taken) => {
      conclude(outcome);
      seat?.open();
      return seat;
    };
    const { alone, ...taken } = await this.rosters.change(wanted.rid, async () => {
      const late = now() - asked > LONGEST_WAIT;
      const taken: Taken = late
        ? { outcome: { outcome: "unavailable" } }
        : await this.#ask(participant, holder, wanted);
      const alone = !taken.seat || taken.seat.roster.otherPods().size === 0;
      if (alone) end(taken);
      return { ...taken, alone };
    });
    if (alone || !taken.seat) return taken.seat;
    const { seat } = taken;
    await this.rosters.settle(seat.roster);
    if (this.#parts.bus.reaches(this.#parts.pod)) return end(taken);
    // Whatever was said there would not arrive.
    await this.rosters.change(wanted.rid, () => this.#freeSeat(participant, seat));
    conclude({ outcome: "unavailable" });
    return undefined;
  }

  async #ask(participant: Participant, holder: Holder, { rid, kind, limit }: WantedRoom): Promise<Taken> {
    const { rooms } = this.#parts;
    const member: Member = { ...holder, identity: participant.identity };
    const most = limit ?? this.#limitOf(kind);
    const answer = await rooms.join(rid, member, kind, most);
    if (!("room" in answer)) return { outcome: this.#refusal(answer) };
    // `already` in the store but not here: a join whose answer was lost. The seat is ours all the same.
    const seat = this.rosters.seat(participant.session, answer.room, member, most);
    participant.sit(seat);
    this.#recordJoined(answer.room, member);
    return { outcome: { outcome: "joined", members: seat.roster.othersOf(seat) }, seat };
  }

  async #freeSeat(participant: Participant, seat: Seat): Promise<void> {
    const { rooms, journal } = this.#parts;
    const { rid } = seat.roster;
    // It may have been lost while this waited for its turn.
    if (participant.seats.get(rid) !== seat) return;
    const holder = this.#holderOf(seat);
    const answer = await rooms.leave(rid, holder);
    participant.rise(rid);
    this.rosters.unseat(seat, answer);
    if (answer.outcome !== "left") return;
    this.#recordMember("member-left", answer.room, { ...holder, identity: participant.identity });
    if (answer.room.members.length === 0) journal.record({ fact: "room-closed", rid });
  }

  /** The store has lost the seat, or given it away while the pod was taken for dead. */
  async #seatAgain(seat: Seat): Promise<void> {
    const participant = this.#find(seat.session.id);
    if (!participant || this.#renewing.has(seat)) return;
    this.#renewing.add(seat);
    try {
      if (!(await this.#renewSeat(participant, seat))) this.#lost.add(seat);
    } finally {
      this.#renewing.delete(seat);
    }
  }

  /** @returns false if the store could not be reached */
  #renewSeat(participant: Participant, seat: Seat): Promise<boolean> {
    const { rid, kind } = seat.roster;
    return this.rosters.change(rid, async () => {
      if (participant.seats.get(rid) !== seat) return true;
      const member: Member = { ...this.#holder(participant), identity: participant.identity };
      const refused = kind === "muc" ? await this.#places.take(participant, member, rid) : undefined;
      if (refused?.outcome === "unavailable") return false;
      if (refused) return this.#evict(participant, seat);
      const answer = await this.#parts.rooms.join(rid, member, kind, seat.limit, true);
      // Put out meanwhile: what it holds by now is given back in the next turn.
      if (participant.seats.get(rid) !== seat) return true;
      if (answer.outcome === "unavailable") return false;
      if (!("room" in answer)) return this.#evict(participant, seat, dismissalBy(answer));
      seat.epoch = member.epoch;
      this.rosters.seatedAgain(seat, answer.room, member);
      return true;
    });
  }

  /** Tells a session that its place has been taken by somebody else, or why it has been put out. */
  async #evict(participant: Participant, seat: Seat, why?: Dismissal): Promise<true> {
    const { newId, serverId } = this.#parts;
    const { rid } = seat.roster;
    // Before the session can try for another: what is given back late would be the new one.
    await this.#places.giveBackAll(participant, seat);
    if (participant.seats.get(rid) !== seat) return true;
    participant.rise(rid);
    this.rosters.evict(seat);
    if (why) {
      this.dismissals.tell(seat, why);
      await this.#parts.rooms.acknowledge(rid, seat.session.id);
      return true;
    }
    seat.send(buildRoomEvent({ id: newId(), from: serverId }, seat.roster, "left", participant.identity));
    const details = `The seat in ${JSON.stringify(rid)} was lost, and there is no other: the room is full or of the other kind`;
    seat.send(buildSessionError({ id: newId(), from: serverId }, { error: "notAdmitted", details }));
    return true;
  }

  #refusal(answer: Exclude<RoomJoin, { readonly outcome: "joined" | "already" }>): JoinOutcome {
    if (answer.outcome === "banned") return { outcome: "banned", until: this.#parts.toIso(answer.until) };
    // Only who is seated again is told so.
    return { outcome: answer.outcome === "putOut" ? "unavailable" : answer.outcome };
  }

  #limitOf(kind: RoomKind): number {
    const { maxMembersPerMultiRoom, maxMembersPerRoom } = this.#parts.limits;
    return kind === "muc" ? maxMembersPerMultiRoom : maxMembersPerRoom;
  }

  #holder({ session }: Participant): Holder {
    return { sessionId: session.id, pod: this.#parts.pod, epoch: this.#parts.epoch() };
  }

  #holderOf({ session, epoch }: Seat): Holder {
    return { sessionId: session.id, pod: this.#parts.pod, epoch };
  }

  #recordJoined(room: RoomState, member: Member): void {
    const { tally, journal } = this.#parts;
    if (room.members.length === 1) {
      tally.roomsOpened += 1;
      journal.record({ fact: "room-opened", rid: room.rid });
    }
    this.#recordMember("member-joined", room, member);
  }

  #recordMember(fact: "member-joined" | "member-left", { rid, version }: RoomState, member: Member): void {
    const { sessionId, identity } = member;
    this.#parts.journal.record({ fact, rid, version, uid: identity.uid, sessionId });
  }
}

/** Why there is no seat any more, if somebody wants it so. */
function dismissalBy(answer: RoomJoin): Dismissal | undefined {
  if (answer.outcome === "putOut") return answer.why;
  return answer.outcome === "banned" ? { until: answer.until } : undefined;
}
