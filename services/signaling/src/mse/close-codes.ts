// With which codes the server closes an MSE connection (RFC 6455, section 7.4, and our own from 4000 on).

export const CLOSE_CODES = {
  /** It has asked for it. */
  disconnected: 1000,
  /** The pod stops: another one takes it. */
  goingAway: 1001,
  /** More than it reads, or more than can wait. */
  notReading: 1013,
  tooMuchWaiting: 1013,
  /** Far more than it may send, though it was told. */
  flood: 1008,
  /** After an outage its place was somebody else's: it may connect and start anew. */
  seatLost: 1013,
  /** No token in time, or one that has expired. */
  noToken: 4001,
  /** A moderator has put it out of the room, or an operator out of the service. */
  kicked: 4003,
} as const;
