// What is kept out or thrown out, counted by reason: plain numbers, read when metrics are scraped.

export const REJECTION_REASONS = [
  /** The pod has as many connections as it may have, or stops. */
  "pod_full",
  "origin",
  "app_token",
  /** A token (JWT) that is missing or not good. */
  "token",
  /** A hello answer with another uid than the token's. */
  "foreign_uid",
  /** A join that the grants of the token do not allow. */
  "grants",
  /** A kick, lock or close by who is no moderator, or not of that room. */
  "moderation",
  /** Admin requests: from elsewhere while there is no adminToken, without one, with a wrong one, after too many of those. */
  "admin_not_local",
  "admin_token_missing",
  "admin_token_wrong",
  "admin_attempts",
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
