// Signaling itself: the one place where what clients ask for meets rooms, presence and delivery.
import type { Identity, RoomName } from "@jongleur/protocol";
import type { Holding } from "./holding.ts";
import { Moderation } from "./moderation.ts";
import { Participant } from "./participant.ts";
import type { Relayed } from "./pod-bus.ts";
import type { Arrival, Departure } from "./presence-store.ts";
import { Releases } from "./releases.ts";
import type { Holder } from "./room.ts";
import { type JoinOutcome, type LeaveOutcome, Seating, type SeatingParts, type WantedRoom } from "./seating.ts";
import type { Session } from "./session.ts";
import { Turns } from "./turns.ts";

/** Where a message's `to` leads for a session; "cutOff" where some of the others can't be reached just now. */
type Route = "server" | "notAMember" | "alone" | "others" | "cutOff";

export interface Standing {
  /** Undefined until the session's hello has been accepted. */
  readonly identity: Identity | undefined;
  readonly route: Route;
}

/** What becomes of a hello; "full" where the user has as many sessions as it may have. */
export type HelloOutcome = "registered" | "already" | "full" | "unavailable";

/** Milliseconds that a session which has gone still takes seats: what it has sent together with its end is carried out. */
const SEATED_BEHIND_END = 1000;

/** Sessions that are seated again at the same time. */
const RENEWED_AT_ONCE = 32;

/** The caller hands over one verb of a session at a time (see Inbox); different sessions may overlap in any way. */
export class Signaling {
  readonly moderation: Moderation;
  readonly #parts: SeatingParts;
  readonly #participants = new Map<string, Participant>();
  readonly #seating: Seating;
  readonly #releases: Releases;
  /** Presence of one session is changed by one at a time. */
  readonly #presence = new Turns();
  /** Those that came online under an epoch that has ended. */
  readonly #lost = new Set<Participant>();
  /** When a session that has gone wanted a seat first. */
  readonly #goneSince = new WeakMap<Session, number>();

  constructor(parts: SeatingParts) {
    this.#parts = parts;
    this.#seating = new Seating(parts, (sessionId) => this.#participants.get(sessionId));
    this.#releases = new Releases(parts, this.#seating.rosters);
    this.moderation = new Moderation(parts, this.#seating);
  }

  /**
   * Makes the session somebody. Once only: afterwards its identity stays what it is.
   * @param maxSessions that the user may have with it, on any pod; as the limits say if absent
   */
  async hello(session: Session, identity: Identity, maxSessions?: number): Promise<HelloOutcome> {
    if (this.#participants.has(session.id)) return "already";
    const participant = new Participant(session, identity, this.#parts.epoch());
    const arrival = await this.#comeOnline(participant, maxSessions ?? this.#parts.limits.maxSessionsPerUser);
    if (arrival.outcome !== "online") return arrival.outcome;
    this.#participants.set(session.id, participant);
    if (arrival.first) this.#parts.journal.record({ fact: "user-online", uid: identity.uid });
    // Online under an epoch that has ended meanwhile.
    if (participant.epoch !== this.#parts.epoch()) this.#lost.add(participant);
    return "registered";
  }

  /** Who the session is, and what it can reach at `to`. */
  standing(session: Session, to: string | undefined): Standing {
    const participant = this.#participants.get(session.id);
    const identity = participant?.identity;
    if (to === this.#parts.serverId) return { identity, route: "server" };
    const roster = to === undefined ? undefined : participant?.seats.get(to)?.roster;
    if (!roster) return { identity, route: "notAMember" };
    if (roster.isForOne) return { identity, route: "alone" };
    return { identity, route: this.#seating.rosters.reachesAll(roster) ? "others" : "cutOff" };
  }

  /** @param rid of the room that counts; any does if absent */
  isSeated(session: Session, rid?: string): boolean {
    const seats = this.#participants.get(session.id)?.seats;
    if (!seats) return false;
    return rid === undefined ? seats.size > 0 : seats.has(rid);
  }

  /**
   * Seats the session in a room, and tells the others.
   * @param answer called with the outcome before anything that is said in the room reaches the session; what
   *   is said in the room afterwards, from any pod, does reach it
   */
  async join(session: Session, wanted: WantedRoom, answer: (outcome: JoinOutcome) => void): Promise<void> {
    if (this.#isLongGone(session)) return;
    const participant = this.#registered(session);
    const { tally, now } = this.#parts;
    const asked = now();
    const conclude = (outcome: JoinOutcome) => {
      tally.joins[wanted.kind][outcome.outcome] += 1;
      tally.joinTimes[wanted.kind].add(now() - asked);
      answer(outcome);
    };
    const known = this.#decideWithoutStore(participant, wanted);
    if (known) conclude(known);
    else await this.#seating.join(participant, wanted, conclude);
  }

  /** The rooms and MUCs that the session is in. */
  roomsOf(session: Session): RoomName[] {
    const seats = this.#participants.get(session.id)?.seats.values() ?? [];
    return Array.from(seats, ({ roster: { rid, kind } }) => ({ rid, kind }));
  }

  /** Frees the session's seat, and tells the others. */
  async leave(session: Session, rid: string): Promise<LeaveOutcome> {
    return this.#seating.leave(this.#registered(session), rid);
  }

  /**
   * Hands a message to all members of a room but its sender. Costs no look-up in any store, and nothing
   * between pods where all members are on one. Those on pods that can't be reached don't get it.
   * @param only uids of those whom it is for; all others if absent
   */
  relay(session: Session, rid: string, message: Relayed, only?: readonly string[]): "relayed" | "notAMember" {
    const participant = this.#participants.get(session.id);
    const roster = participant?.seats.get(rid)?.roster;
    if (!roster) return "notAMember";
    const { tally } = this.#parts;
    const said = { sender: session.id, message, only };
    tally.relayed += 1;
    tally.delivered += roster.countFor(said);
    this.#seating.rosters.relay(roster, said, participant.identity);
    return "relayed";
  }

  /** Ends the session: frees all its seats, tells the others, and forgets it. Harmless when repeated. */
  async disconnect(session: Session): Promise<void> {
    const participant = this.#participants.get(session.id);
    if (!participant) return;
    const { journal } = this.#parts;
    await Promise.all([...participant.seats.keys()].map((rid) => this.#seating.leave(participant, rid)));
    this.#participants.delete(session.id);
    const departure = await this.#goOffline(participant);
    const { uid } = participant.identity;
    if (departure.outcome === "offline" && departure.last) journal.record({ fact: "user-offline", uid });
  }

  /**
   * Makes all that living sessions hold the present epoch's: what they held before may be lost, or is about to be
   * given back. Who finds no place any more is told so.
   * @returns false if the store could not be reached, or another epoch has begun meanwhile
   */
  async renew(): Promise<boolean> {
    const epoch = this.#parts.epoch();
    const waiting = this.#participants.values();
    const renewInTurn = async () => {
      let complete = true;
      // Of a Cluster, some servers may be there and others not.
      for (const participant of waiting) complete = (await this.#renew(participant)) && complete;
      return complete;
    };
    const done = await Promise.all(Array.from({ length: RENEWED_AT_ONCE }, renewInTurn));
    return done.every((complete) => complete) && epoch === this.#parts.epoch();
  }

  /** Gives back what a dead pod held, in its name, and tells those who stay. @returns false if the store could not be reached */
  release(holder: Holder, holding: Holding): Promise<boolean> {
    return this.#releases.release(holder, holding);
  }

  /** To be called about once a second while there are other pods: keeps rosters right. */
  tend(): void {
    const lost = [...this.#lost];
    this.#lost.clear();
    for (const participant of lost) {
      void this.#renew(participant).then((complete) => complete || this.#lost.add(participant));
    }
    this.#seating.tend();
    this.moderation.tend();
  }

  /** How many rooms there are that this pod has to count. */
  countRooms(): number {
    return this.#seating.rosters.count();
  }

  /** Sessions whose identity is known. */
  countSessions(protocol: Session["protocol"]): number {
    let count = 0;
    for (const { session } of this.#participants.values()) if (session.protocol === protocol) count += 1;
    return count;
  }

  /** A slow store must not be kept busy with seats for nobody. */
  #isLongGone(session: Session): boolean {
    if (!session.ended) return false;
    const now = this.#parts.now();
    const since = this.#goneSince.get(session) ?? now;
    this.#goneSince.set(session, since);
    return now - since > SEATED_BEHIND_END;
  }

  #registered(session: Session): Participant {
    const participant = this.#participants.get(session.id);
    if (!participant) throw new Error(`session ${session.id} has not said hello: its gateway must refuse this`);
    return participant;
  }

  #decideWithoutStore(participant: Participant, { rid, kind }: RoomName): JoinOutcome | undefined {
    const { serverId, limits } = this.#parts;
    const { seats } = participant;
    if (rid === serverId) return { outcome: "reserved" };
    const seat = seats.get(rid);
    if (seat && seat.roster.kind !== kind) return { outcome: "wrongKind" };
    if (seat) return { outcome: "already", members: seat.roster.othersOf(seat) };
    const tooMany = seats.size >= limits.maxRoomsPerSession || !participant.canKeep(rid);
    return tooMany ? { outcome: "tooManyRooms" } : undefined;
  }

  async #renew(participant: Participant): Promise<boolean> {
    const { id } = participant.session;
    const online = await this.#presence.take(id, async () => {
      const current = participant.epoch === this.#parts.epoch() || this.#participants.get(id) !== participant;
      // Without a limit: who lives is not thrown out for those who came while it was not seen.
      return current || (await this.#comeOnline(participant)).outcome === "online";
    });
    return online && this.#seating.renew(participant);
  }

  async #comeOnline(participant: Participant, limit?: number): Promise<Arrival> {
    const { presence, pod, epoch } = this.#parts;
    const { session, identity } = participant;
    const holder = { sessionId: session.id, pod, epoch: epoch() };
    const arrival = await presence.online({ ...holder, uid: identity.uid, protocol: session.protocol }, limit);
    if (arrival.outcome === "online") participant.epoch = holder.epoch;
    return arrival;
  }

  #goOffline(participant: Participant): Promise<Departure> {
    const { presence, pod } = this.#parts;
    const { session, identity } = participant;
    return this.#presence.take(session.id, () =>
      presence.offline(identity.uid, { sessionId: session.id, pod, epoch: participant.epoch }),
    );
  }
}
