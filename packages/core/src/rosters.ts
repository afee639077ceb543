// The rosters of a pod: kept by its own joins and leaves and by parcels, and used to reach a room.
import { buildRoomEvent, buildSessionError, type Identity, unavailable } from "@jongleur/protocol";
import { Announcements } from "./announcements.ts";
import type { Parcel, ParcelReceiver, PodBus, Said } from "./pod-bus.ts";
import { Repairs } from "./repairs.ts";
import type { Dismissal, Member, RoomState } from "./room.ts";
import type { RoomLeave, RoomStore } from "./room-store.ts";
import { goneBy, type News, Roster } from "./roster.ts";
import type { Seat } from "./seat.ts";
import type { Session } from "./session.ts";
import type { Tally } from "./tally.ts";
import { Turns } from "./turns.ts";

export interface RostersParts {
  /** `from` of what the server says. */
  readonly serverId: string;
  /** This pod's name on the bus. */
  readonly pod: string;
  readonly rooms: RoomStore;
  readonly bus: PodBus;
  readonly newId: () => string;
  readonly tally: Tally;
}

/** What happens in a room, in its order. */
type RoomNews = Extract<Parcel, { readonly kind: "message" | "joined" | "left" | "putOut" }>;
type PutOutParcel = Extract<Parcel, { readonly kind: "putOut" }>;

/** What follows for this pod's own sessions from what others, or the store, tell. */
export interface RostersHooks {
  /** The store has lost the seat. */
  readonly seatAgain: (seat: Seat) => void;
  /** The seat's session has been put out of the room. */
  readonly putOut: (seat: Seat, why: Dismissal) => void;
  /** Sessions are to be put out of the service. */
  readonly dismiss: (sessionIds: readonly string[], why: Dismissal) => void;
}

export class Rosters implements ParcelReceiver {
  readonly announcements: Announcements;
  readonly #parts: RostersParts;
  readonly #rosters = new Map<string, Roster>();
  /** By rid and session id, members of whom a parcel tells that waits to be applied. */
  readonly #expected = new Map<string, Map<string, Member>>();
  readonly #turns = new Turns();
  readonly #repairs: Repairs;
  readonly #hooks: RostersHooks;

  constructor(parts: RostersParts, hooks: RostersHooks) {
    const { bus, pod, rooms, tally } = parts;
    this.#parts = parts;
    this.#hooks = hooks;
    this.announcements = new Announcements({ bus, pod, receive: (parcel) => this.onParcel(parcel, pod) });
    this.#repairs = new Repairs({
      bus,
      pod,
      rooms,
      rosters: this.#rosters,
      turns: this.#turns,
      tally,
      tell: (roster, news) => this.#tell(roster, news),
      seatAgain: hooks.seatAgain,
    });
    bus.receive(this);
  }

  /** Runs what changes a room's members: one change of a room at a time, in the order asked for. */
  change<T>(rid: string, task: () => Promise<T>): Promise<T> {
    return this.#turns.take(rid, task);
  }

  /**
   * Takes over a join as the store decided it, and tells the other members, those on other pods too.
   * The newcomer itself is told nothing before its seat is opened: the answer to its join holds all members.
   */
  seat(session: Session, room: RoomState, member: Member, limit: number): Seat {
    const { rid } = room;
    const roster = this.#rosters.get(rid) ?? new Roster(room, this.#parts.pod, this.#expectedIn(rid));
    this.#rosters.set(rid, roster);
    this.#takeOver(roster, room, { newcomer: session.id });
    this.#tellJoined(roster, room, member);
    return roster.seat(session, member.epoch, limit);
  }

  /** Waits until the pods of all other members know what this pod has told them, or don't answer. */
  settle(roster: Roster): Promise<void> {
    return this.announcements.settle(roster, roster.otherPods());
  }

  /** Takes over that a seat is held anew, under another epoch or since the store had lost it. */
  seatedAgain({ roster }: Seat, room: RoomState, member: Member): void {
    this.#takeOver(roster, room, { anyway: true });
    this.#tellJoined(roster, room, member);
  }

  /** Takes over that a seat is lost, and that the store knows nothing of it. */
  evict({ roster, session }: Seat): void {
    this.#dismiss(roster, session.id);
    this.#tell(roster, roster.forget(session.id));
    this.#sendToOtherPods(roster, { rid: roster.rid, kind: "left", version: 0, sessionId: session.id });
  }

  /** A session that has been put out hears nothing more. Whoever put it out has told, or tells, the others. */
  silence({ roster, session }: Seat): void {
    this.#dismiss(roster, session.id);
  }

  /**
   * Takes over a leave as the store decided it, and tells those who stay. Where the store knew of no seat,
   * or can't be reached, this pod's own members are told all the same: the session is gone.
   */
  unseat({ roster, session }: Seat, answer: RoomLeave): void {
    const { rid } = roster;
    this.#dismiss(roster, session.id);
    if (answer.outcome === "left") {
      this.#takeOver(roster, answer.room);
      this.#sendToOtherPods(roster, { rid, kind: "left", version: answer.room.version, sessionId: session.id });
    } else {
      this.#tell(roster, roster.forget(session.id));
    }
  }

  /** Whether what is said in the room reaches the pods of all members just now. */
  reachesAll(roster: Roster): boolean {
    for (const pod of roster.otherPods()) if (!this.#parts.bus.reaches(pod)) return false;
    return true;
  }

  /** Hands a message to all members whom it is for, on whichever pods can be reached. */
  relay(roster: Roster, said: Said, sender: Identity): void {
    hand(roster, said, sender);
    const { bus } = this.#parts;
    const pods = roster.otherPods();
    if (pods.size === 0) return;
    const parcel: Parcel = { rid: roster.rid, kind: "message", ...said };
    // Whom it does not reach the sender is told before it is even tried.
    for (const pod of pods) if (bus.reaches(pod)) bus.send(pod, parcel);
  }

  /** To be called about once a second: asks after what is in doubt, and compares rosters with other pods now and then. */
  tend(): void {
    this.#repairs.tend();
  }

  /** How many rooms there are that this pod has to count. */
  count(): number {
    let count = 0;
    for (const roster of this.#rosters.values()) if (roster.isCountedHere()) count += 1;
    return count;
  }

  /**
   * What happens in a room waits while a change of it is under way here: a member who is just being seated must
   * learn of what happened right after, and what one pod sent must not overtake itself.
   */
  onParcel(parcel: Parcel, from: string): void {
    if (parcel.kind === "digest") this.#repairs.onDigest(parcel, from);
    else if (parcel.kind === "missing") this.#repairs.onMissing(parcel, from);
    else if (parcel.kind === "present") this.#repairs.onPresent(parcel);
    else if (parcel.kind === "bounced") this.#onBounced(parcel);
    else if (parcel.kind === "dismiss") this.#hooks.dismiss(parcel.sessionIds, parcel);
    // Who is out is so at once, whatever is under way: it must not be heard any more.
    else if (parcel.kind === "putOut") this.#onPutOut(parcel, from);
    else if (this.#turns.busy(parcel.rid) || !this.#unpack(parcel)) this.#unpackInTurn(parcel, from);
  }

  #onPutOut(parcel: PutOutParcel, from: string): void {
    const busy = this.#turns.busy(parcel.rid);
    this.#putOut(parcel);
    if (busy || !this.#unpack(parcel)) this.#unpackInTurn(parcel, from);
  }

  /** A seat that was taken later is another one, which its session was let in to. */
  #putOut({ rid, version, sessionIds, reason, until }: PutOutParcel): void {
    for (const sessionId of sessionIds) {
      const seat = this.#rosters.get(rid)?.seats.get(sessionId);
      if (!seat || seat.version >= version) continue;
      this.#hooks.putOut(seat, { reason, until });
      // Behind its `joined`, which may come to others later than that it has been put out.
      this.#sendToOtherPods(seat.roster, { rid, kind: "left", version: 0, sessionId });
    }
  }

  #unpackInTurn(parcel: RoomNews, from: string): void {
    const { rid } = parcel;
    const newcomer = parcel.kind === "joined" ? parcel.member : undefined;
    if (newcomer) this.#expectedIn(rid).set(newcomer.sessionId, newcomer);
    void this.#turns.take(rid, async () => {
      // It may just have been seated.
      if (parcel.kind === "putOut") this.#putOut(parcel);
      await this.#unpackAndRepair(parcel, from);
      if (newcomer) this.#expectedIn(rid).delete(newcomer.sessionId);
      this.#forgetExpected(rid);
    });
  }

  #expectedIn(rid: string): Map<string, Member> {
    const expected = this.#expected.get(rid) ?? new Map<string, Member>();
    this.#expected.set(rid, expected);
    return expected;
  }

  #forgetExpected(rid: string): void {
    if (!this.#rosters.has(rid) && this.#expected.get(rid)?.size === 0) this.#expected.delete(rid);
  }

  /** A message's sender is told, unless those whom it would have reached have gone. */
  onUndelivered(pod: string, parcel: Parcel): void {
    if (parcel.kind !== "message") this.#repairs.onUndelivered(pod, parcel);
    else if (this.#rosters.get(parcel.rid)?.otherPods().has(pod)) {
      this.#refuse(parcel.rid, parcel.sender, parcel.message.id);
    }
  }

  onMissed(): void {
    this.#repairs.onMissed();
  }

  /** A repair belongs to the turn that finds it needed: parcels that wait behind it must find it done. */
  async #unpackAndRepair(parcel: RoomNews, from: string): Promise<void> {
    if (this.#unpack(parcel)) return;
    const roster = await this.#repairs.repair(parcel.rid);
    if (!roster) return;
    if (parcel.kind !== "message") this.#tell(roster, roster.settleLeft(...goneBy(parcel)));
    // Who has gone again by the time of the reading may have said something in between.
    if (parcel.kind === "joined") this.#tell(roster, roster.apply(parcel) ?? []);
    if (parcel.kind === "message" && !this.#deliver(roster, parcel)) {
      // Nobody here could make sense of it: the sender has lost its seat, and may not know yet.
      this.#parts.bus.send(from, { rid: parcel.rid, kind: "bounced", sender: parcel.sender, mid: parcel.message.id });
    }
  }

  /** @returns false if the parcel shows that earlier ones are missing */
  #unpack(parcel: RoomNews): boolean {
    const roster = this.#rosters.get(parcel.rid);
    if (!roster) return true;
    if (parcel.kind === "message") return this.#deliver(roster, parcel);
    const news = roster.apply(parcel);
    if (news) this.#tell(roster, news);
    this.#repairs.watch(roster);
    return news !== undefined;
  }

  /** Turns what the roster lacks into the events that the local members have missed. */
  #takeOver(roster: Roster, room: RoomState, how?: Parameters<Roster["catchUp"]>[1]): void {
    this.#tell(roster, roster.catchUp(room, how));
    this.#repairs.ask(roster);
  }

  /** What was said has got lost twice over if the seat has: another is tried for. */
  #onBounced({ rid, sender, mid }: Extract<Parcel, { readonly kind: "bounced" }>): void {
    this.#refuse(rid, sender, mid);
    const seat = this.#rosters.get(rid)?.seats.get(sender);
    if (seat) this.#hooks.seatAgain(seat);
  }

  #refuse(rid: string, sender: string, mid: string): void {
    const { newId, serverId } = this.#parts;
    const details = `Message ${mid} may not have reached members on another pod: try again`;
    const error = unavailable(details);
    this.#rosters
      .get(rid)
      ?.seats.get(sender)
      ?.send(buildSessionError({ id: newId(), from: serverId }, error));
  }

  #dismiss(roster: Roster, sessionId: string): void {
    roster.seats.delete(sessionId);
    if (roster.seats.size > 0 || this.#rosters.get(roster.rid) !== roster) return;
    this.#rosters.delete(roster.rid);
    this.#forgetExpected(roster.rid);
  }

  #tellJoined(roster: Roster, { rid, version }: RoomState, member: Member): void {
    this.#sendToOtherPods(roster, { rid, kind: "joined", version, member });
  }

  /** Each member is told in a message of its own: what the server says has a fresh id. */
  #tell(roster: Roster, all: readonly News[]): void {
    const { newId, serverId } = this.#parts;
    for (const { event, member, seats } of all) {
      for (const seat of seats) {
        seat.send(buildRoomEvent({ id: newId(), from: serverId }, roster, event, member.identity));
      }
    }
  }

  /** @returns false if nothing is known here of the sender: its `joined` has to come first */
  #deliver(roster: Roster, said: Said): boolean {
    const sender = roster.identityOf(said.sender);
    if (sender) hand(roster, said, sender);
    return sender !== undefined;
  }

  #sendToOtherPods(roster: Roster, parcel: Parcel): void {
    const { bus } = this.#parts;
    for (const pod of roster.otherPods()) bus.send(pod, parcel);
  }
}

/** Hands a message to those of this pod's own members whom it is for, and who know of its sender. */
function hand(roster: Roster, said: Said, sender: Identity): void {
  for (const [sessionId, seat] of roster.seats) {
    if (roster.isFor(sessionId, said) && roster.knows(seat, said.sender)) seat.hear(said.message, sender);
  }
}
