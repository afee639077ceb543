// A session whose hello has been accepted.
import type { Identity } from "@jongleur/protocol";
import type { Seat } from "./seat.ts";
import type { Session } from "./session.ts";

/** Names may be as long as a message, but one client must not fill the pod with long ones. */
const MAX_KEPT = 2_000_000;

export class Participant {
  readonly session: Session;
  readonly identity: Identity;
  /** By rid. */
  readonly seats = new Map<string, Seat>();
  /** By rid, where it has been put out: until all is given back that it held there. */
  readonly freeing = new Map<string, Promise<void>>();
  /** Under which epoch of the pod it is online. */
  epoch: number;
  /** Characters that are kept on its account: its identity and the rids of its seats. */
  #kept: number;

  constructor(session: Session, identity: Identity, epoch: number) {
    this.session = session;
    this.identity = identity;
    this.epoch = epoch;
    this.#kept = JSON.stringify(identity).length;
  }

  canKeep(rid: string): boolean {
    return this.#kept + rid.length <= MAX_KEPT;
  }

  sit(seat: Seat): void {
    const { rid } = seat.roster;
    if (!this.seats.has(rid)) this.#kept += rid.length;
    this.seats.set(rid, seat);
  }

  rise(rid: string): void {
    if (this.seats.delete(rid)) this.#kept -= rid.length;
  }
}
