// What the bus counts: plain numbers that only grow, read when metrics are scraped.

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
}
