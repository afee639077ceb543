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
  /** An address has as many open connections as it may have, opens them too fast, or has shown too many bad tokens. */
  "address_connections",
  "address_rate",
  "address_blocked",
  /** It was not said in time who is there. */
  "hello_deadline",
  /** Messages beyond what a session may send, by their kind. */
  "candidate_rate",
  "chat_rate",
  "control_rate",
  "join_rate",
  /** A session that went on far beyond. */
  "flood",
  /** A connection whose peer does not read what it is sent. */
  "slow_reader",
  /** A kick, lock or close by who is no moderator, or not of that room. */
  "moderation",
  /** Admin requests: from elsewhere while there is no adminToken, without one, with a wrong one, after too many of those. */
  "admin_not_local",
  "admin_token_missing",
  "admin_token_wrong",
  "admin_attempts",
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
