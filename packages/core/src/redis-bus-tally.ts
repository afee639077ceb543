// What the bus counts: plain numbers that only grow, read when metrics are scraped.
import { BOUNDS, Durations } from "./durations.ts";

export class BusTally {
  batchesSent = 0;
  parcelsSent = 0;
  batchesReceived = 0;
  parcelsReceived = 0;
  /** Parcels that were none, and batches. */
  malformed = 0;
  /** Parcels that have not arrived, or perhaps not. */
  undelivered = 0;
  /** How often something was missed that other pods had sent. */
  missed = 0;
  /** From the question whether a pod has got this far to its answer. */
  readonly roundTrips = new Durations(BOUNDS.remote);
}
