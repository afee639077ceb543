// One of this pod's own sessions in one room.
import type { Identity } from "@jongleur/protocol";
import type { Outgoing, Relayed } from "./pod-bus.ts";
import type { Roster } from "./roster.ts";
import type { Session } from "./session.ts";

export class Seat {
  readonly session: Session;
  readonly roster: Roster;
  /** Of the room, when the seat was taken. */
  readonly version: number;
  /** Members that the room may have for its session to be seated there. */
  readonly limit: number;
  /** Under which epoch of the pod the seat is held. */
  epoch: number;
  #held: (() => void)[] | undefined = [];

  constructor(session: Session, roster: Roster, { version, epoch, limit }: Pick<Seat, "version" | "epoch" | "limit">) {
    this.session = session;
    this.roster = roster;
    this.version = version;
    this.epoch = epoch;
    this.limit = limit;
  }

  /** What is said in the room before the join is answered waits for the answer. */
  send(message: Outgoing): void {
    if (this.#held) this.#held.push(() => this.session.send(message));
    else this.session.send(message);
  }

  /** The same for what another member says. */
  hear(message: Relayed, sender: Identity): void {
    if (this.#held) this.#held.push(() => this.session.hear(message, sender, this.roster));
    else this.session.hear(message, sender, this.roster);
  }

  /** The join has been answered. */
  open(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const tell of held) tell();
  }
}
