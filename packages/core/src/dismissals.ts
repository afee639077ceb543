// This pod's own sessions that are put out, of a room or of the service: at once, whatever is under way.
import { buildKicked, type RoomName } from "@jongleur/protocol";
import type { Participant } from "./participant.ts";
import { holdersOf, type Places } from "./places.ts";
import type { Dismissal } from "./room.ts";
import type { Rosters } from "./rosters.ts";
import type { Seat } from "./seat.ts";
import type { SeatingParts } from "./seating.ts";

export interface DismissalsParts {
  readonly parts: SeatingParts;
  readonly places: Places;
  readonly rosters: () => Rosters;
  readonly find: (sessionId: string) => Participant | undefined;
}

export class Dismissals {
  readonly #parts: DismissalsParts;

  constructor(parts: DismissalsParts) {
    this.#parts = parts;
  }

  /** Out of the service: their connections are closed behind what they are told. */
  fromService(sessionIds: readonly string[], { reason }: Dismissal): void {
    for (const { session } of sessionIds.flatMap((sessionId) => this.#parts.find(sessionId) ?? [])) {
      session.send(this.#kicked(undefined, { reason }));
      session.dismiss();
    }
  }

  /** Out of the room: what it held there is given back when it is the room's turn. */
  fromRoom(seat: Seat, why: Dismissal): void {
    const { find, rosters } = this.#parts;
    const { rid } = seat.roster;
    const participant = find(seat.session.id);
    if (participant?.seats.get(rid) !== seat) return;
    participant.rise(rid);
    rosters().silence(seat);
    this.tell(seat, why);
    const freed = rosters().change(rid, () => this.#giveBack(participant, seat));
    participant.freeing.set(rid, freed);
    void freed.finally(() => participant.freeing.get(rid) === freed && participant.freeing.delete(rid));
  }

  tell(seat: Seat, why: Dismissal): void {
    this.#parts.parts.tally.kicked += 1;
    seat.send(this.#kicked(seat.roster, why));
  }

  #kicked(room: RoomName | undefined, { reason, until }: Dismissal) {
    const { newId, serverId, toIso } = this.#parts.parts;
    const why = { reason, until: until === undefined ? until : toIso(until) };
    return buildKicked({ id: newId(), from: serverId }, room, why);
  }

  /** The store has freed the seat already, unless it has lost its memory since; but it is listed still. */
  async #giveBack(participant: Participant, seat: Seat): Promise<void> {
    const { parts, places, rosters } = this.#parts;
    for (const holder of holdersOf(seat, parts)) {
      const answer = await parts.rooms.leave(seat.roster.rid, holder);
      if (answer.outcome === "left") rosters().announcements.left(answer.room, holder);
    }
    await places.giveBackAll(participant, seat);
    await parts.rooms.acknowledge(seat.roster.rid, seat.session.id);
  }
}
