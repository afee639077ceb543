// The one table of what can go wrong: each error with its form in every protocol that reports it.

interface ErrorForms {
  /** `errorCode` on the JSONgle wire and in REST bodies (PROTOCOL.md, "Errors"). */
  readonly code: number;
  /** HTTP status of a REST answer that reports it. */
  readonly http: number;
  readonly meaning: string;
}

export const ERRORS = {
  badParameters: { code: 400_001, http: 400, meaning: "a parameter is missing or of the wrong type" },
  noJsongleData: { code: 400_002, http: 400, meaning: "the message holds no jsongle object" },
  badToken: { code: 401_001, http: 401, meaning: "a token is missing, wrong or has expired" },
  notAdmitted: { code: 403_001, http: 403, meaning: "the room is full, of another kind, or one MUC too many" },
  notRegistered: { code: 403_002, http: 403, meaning: "session-hello has not been answered yet" },
  notGranted: { code: 403_003, http: 403, meaning: "the token's grants do not allow it" },
  notFound: { code: 404_001, http: 404, meaning: "there is no such query" },
  notAMember: { code: 404_002, http: 404, meaning: "the session is not in that room" },
  noOtherMember: { code: 404_003, http: 404, meaning: "nobody else is in that room" },
  actionNotAllowed: { code: 405_001, http: 405, meaning: "the action is unknown or not for clients" },
  tooLarge: { code: 413_001, http: 413, meaning: "the message is too large or nested too deep" },
  tooManyRequests: { code: 429_001, http: 429, meaning: "too many requests, waiting or in a minute" },
  internal: { code: 500_001, http: 500, meaning: "a defect of the server" },
  unavailable: { code: 503_001, http: 503, meaning: "temporarily unavailable, try again" },
} as const satisfies Record<string, ErrorForms>;

export type ErrorName = keyof typeof ERRORS;

/** What a parser or a rule refuses, with a sentence that names the field and what it wants. */
export interface SignalingError {
  readonly error: ErrorName;
  readonly details: string;
  /** Milliseconds after which it is worth trying again. */
  readonly retryAfterMs?: number;
}

/** What can't be had just now. @param retryAfterMs for most of it, a second is worth waiting */
export function unavailable(details: string, retryAfterMs = 1000): SignalingError {
  return { error: "unavailable", details, retryAfterMs };
}

/** `description` of a session-error or iq-error, and body of a refused REST request. */
export interface ErrorDescription {
  readonly errorCode: number;
  readonly errorDetails: string;
  /** With 503001, and 429001 of a limit: milliseconds after which it is worth trying again. */
  readonly retryAfterMs?: number;
}

export function describeError({ error, details, retryAfterMs }: SignalingError): ErrorDescription {
  const description = { errorCode: ERRORS[error].code, errorDetails: details };
  return retryAfterMs === undefined ? description : { ...description, retryAfterMs };
}
