// One of this pod's own sessions in one room.
import type { Outgoing } from "./pod-bus.ts";
import type { Roster } from "./roster.ts";
import type { Session } from "./session.ts";

export class Seat {
  readonly session: Session;
  readonly roster: Roster;
  /** Of the room, when the seat was taken. */
  readonly version: number;
  /** Under which epoch of the pod the seat is held. */
  epoch: number;
  #held: Outgoing[] | undefined = [];

  constructor(session: Session, roster: Roster, version: number, epoch: number) {
    this.session = session;
    this.roster = roster;
    this.version = version;
    this.epoch = epoch;
  }

  /** What is said in the room before the join is answered waits for the answer. */
  send(message: Outgoing): void {
    if (this.#held) this.#held.push(message);
    else this.session.send(message);
  }

  /** The join has been answered. */
  open(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const message of held) this.session.send(message);
  }
}
