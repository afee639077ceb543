// Who may write to Redis in whose name, and until when.
import type { Holder } from "./room.ts";

/** A pod under one of its epochs: what has a lease, and what every value in Redis belongs to that is held. */
export type Owner = Pick<Holder, "pod" | "epoch">;

/** The owner as it is written in Redis. */
export function ownerOf({ pod, epoch }: Owner): string {
  return `${pod} ${epoch}`;
}

/**
 * A write carries its deadline, and Redis itself refuses it afterwards: however late a write of a lapsed
 * epoch gets there, it changes nothing.
 */
export interface WriteAuthority {
  /** Until when what is held by this pod and epoch may be written, in ms of Redis's clock; 0 if not (any more). */
  deadlineOf(owner: Owner): number;
  /** Called when the owner may hold more in Redis than is known: the outcome of a write is not, or nothing could be given back. */
  doubt(owner: Owner): void;
}
