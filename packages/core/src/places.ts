// Places in MUCs: a user's, taken before a seat in one is asked for, and returned behind it.
import type { Participant } from "./participant.ts";
import type { Holder } from "./room.ts";
import type { Seat } from "./seat.ts";
import type { JoinOutcome, SeatingParts } from "./seating.ts";

export class Places {
  readonly #parts: SeatingParts;

  constructor(parts: SeatingParts) {
    this.#parts = parts;
  }

  /** @returns why the place is refused, undefined if it is taken */
  async take({ identity }: Participant, holder: Holder, rid: string): Promise<JoinOutcome | undefined> {
    const { presence, limits } = this.#parts;
    const { outcome } = await presence.takeMucPlace(identity.uid, holder, rid, limits.maxMultiRoomPerUser);
    if (outcome === "unavailable") return { outcome };
    return outcome === "full" ? { outcome: "tooManyMucs" } : undefined;
  }

  async giveBack({ identity }: Participant, holder: Holder, rid: string): Promise<void> {
    await this.#parts.presence.returnMucPlace(identity.uid, holder, rid);
  }

  /** That of a seat, which may have one under the new epoch already if it was to be taken again. */
  async giveBackAll(participant: Participant, seat: Seat): Promise<void> {
    const { rid, kind } = seat.roster;
    if (kind !== "muc") return;
    for (const holder of holdersOf(seat, this.#parts)) await this.giveBack(participant, holder, rid);
  }
}

/** Those by whose names a seat may be held: under its own epoch, and the present one if it was to be taken again. */
export function holdersOf(
  { session, epoch }: Seat,
  { pod, epoch: present }: Pick<SeatingParts, "pod" | "epoch">,
): Holder[] {
  const epochs = [...new Set([epoch, present()])];
  return epochs.map((each) => ({ sessionId: session.id, pod, epoch: each }));
}
