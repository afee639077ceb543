// Giving back what a dead pod held, in its name, and telling those who have to know.
import type { Holding } from "./holding.ts";
import type { Holder } from "./room.ts";
import type { Rosters } from "./rosters.ts";
import type { SeatingParts } from "./seating.ts";

export class Releases {
  readonly #parts: SeatingParts;
  readonly #rosters: Rosters;

  constructor(parts: SeatingParts, rosters: Rosters) {
    this.#parts = parts;
    this.#rosters = rosters;
  }

  /** @returns false if the store could not be reached */
  async release(holder: Holder, holding: Holding): Promise<boolean> {
    const { presence, journal } = this.#parts;
    if (holding[0] === "seat") return this.#releaseSeat(holder, holding[2]);
    if (holding[0] === "expulsion") return this.#releaseExpulsion(holding[2]);
    const uid = holding[2];
    if (holding[0] === "place") return (await presence.returnMucPlace(uid, holder, holding[3])).outcome === "returned";
    const departure = await presence.offline(uid, holder);
    if (departure.outcome === "offline" && departure.last) journal.record({ fact: "user-offline", uid });
    return departure.outcome === "offline";
  }

  /** The dead pod may have freed the seat itself, and died before it told anybody. */
  async #releaseSeat(holder: Holder, rid: string): Promise<boolean> {
    const { rooms, pod } = this.#parts;
    const { announcements } = this.#rosters;
    const answer = await rooms.leave(rid, holder);
    if (answer.outcome === "left") announcements.left(answer.room, holder);
    if (answer.outcome !== "notAMember" || holder.pod === pod) return answer.outcome !== "unavailable";
    const reading = await rooms.read(rid);
    if (reading.outcome === "unavailable") return false;
    const isThere = reading.room?.members.some(({ sessionId }) => sessionId === holder.sessionId);
    if (reading.room && !isThere) announcements.left(reading.room, holder);
    return true;
  }

  /** Whoever put somebody out may have died before it told all who have to know. Told twice, it does no harm. */
  async #releaseExpulsion(rid: string): Promise<boolean> {
    const { rooms } = this.#parts;
    const [reading, expulsions] = [await rooms.read(rid), await rooms.expulsions(rid)];
    if (reading.outcome === "unavailable" || expulsions.outcome === "unavailable") return false;
    const members = reading.room?.members ?? [];
    const announced = expulsions.putOut.map((putOut) =>
      this.#rosters.announcements.putOut({ rid, version: putOut.version, members }, [putOut], putOut.why),
    );
    await Promise.all(announced);
    return true;
  }
}
