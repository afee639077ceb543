// What is kept out or thrown out, counted by reason: plain numbers, read when metrics are scraped.

export const REJECTION_REASONS = [
  /** The pod has as many connections as it may have, or stops. */
  "pod_full",
  "origin",
  "app_token",
  /** A token (JWT) that is missing or not good. */
  "token",
  /** A session whose token has expired, and was not replaced. */
  "token_expired",
  /** A hello answer, or a fresh token, with another uid than the session's. */
  "foreign_uid",
  /** A join that the grants of the token do not allow. */
  "grants",
  /** A session more than its user may have. */
  "user_sessions",
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
