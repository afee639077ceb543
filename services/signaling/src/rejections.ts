// What is kept out or thrown out, counted by reason: plain numbers, read when metrics are scraped.

export const REJECTION_REASONS = [
  /** The pod has as many connections as it may have, or stops. */
  "pod_full",
  "origin",
  "app_token",
  /** TURN credentials, asked for by who is in no room, or in another. */
  "ice_not_seated",
  "ice_rate",
] as const;

export type RejectionReason = (typeof REJECTION_REASONS)[number];

export class Rejections {
  readonly #counts = new Map<RejectionReason, number>();

  add(reason: RejectionReason): void {
    this.#counts.set(reason, this.count(reason) + 1);
  }

  count(reason: RejectionReason): number {
    return this.#counts.get(reason) ?? 0;
  }
}
