// Whether a token (JWT) was made by whom it should be, for this service, and is valid now.
import {
  decodeProtectedHeader,
  errors,
  type JWTHeaderParameters,
  type JWTPayload,
  type JWTVerifyOptions,
  jwtVerify,
} from "jose";
import type { KeySet, KeySource } from "./key-set.ts";

type Verification =
  | { readonly outcome: "valid"; readonly payload: JWTPayload }
  | { readonly outcome: "refused"; readonly reason: string }
  /** The keys can't be had just now: nothing is known of the token. */
  | { readonly outcome: "unavailable"; readonly reason: string };

export type VerifyToken = (token: string) => Promise<Verification>;

export interface TokenRules {
  /** Undefined where no token is good. */
  readonly keys: KeySource | undefined;
  /** Empty for any. */
  readonly issuer: string;
  readonly audience: string;
  /** That a token may be valid for from now on; 0 for any time, and for tokens without an end. */
  readonly maxLifetimeSeconds: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Seconds that the clock of who makes tokens may differ from ours. */
export const LEEWAY_SECONDS = 5;

/** A longer token is not looked at. Browsers and proxies stop at about as much. */
const MAX_TOKEN_LENGTH = 8192;

/** The last second that a Date can show. */
const LAST_SECOND = 8_640_000_000_000;

/** What went wrong with the keys, not with the token. */
const KEY_FAULTS: ReadonlySet<string> = new Set(["ERR_JWKS_INVALID", "ERR_JOSE_GENERIC"]);

/** Another key might fit. */
const OTHER_KEY = "ERR_JWS_SIGNATURE_VERIFICATION_FAILED";

/** Times that keys are read for one token. The first reading after it came may have begun before. */
const READS_AT_MOST = 3;

type Attempt = Verification | { readonly outcome: "otherKey"; readonly reason: string };

interface Shown {
  readonly token: string;
  readonly header: JWTHeaderParameters;
}

export function createVerifier(rules: TokenRules): VerifyToken {
  const { keys, issuer, audience } = rules;
  if (!keys) return async () => refused("no key is configured");
  const options: JWTVerifyOptions = {
    clockTolerance: LEEWAY_SECONDS,
    ...(issuer && { issuer }),
    ...(audience && { audience }),
  };
  return async (token) => {
    if (token.length > MAX_TOKEN_LENGTH) return refused("it is too long");
    const header = headerOf(token);
    if (!header) return refused("it is no JWT");
    const verification = await verify({ token, header }, keys, options).catch(failure);
    if (verification.outcome === "valid") return fitting(verification, rules);
    return verification.outcome === "otherKey" ? refused(verification.reason) : verification;
  };
}

/** With the keys that are known; where the token may be signed with one that is not known yet, with newer ones too. */
async function verify(shown: Shown, source: KeySource, options: JWTVerifyOptions): Promise<Attempt> {
  let set = await source.current();
  for (let reads = 1; ; reads++) {
    const attempt = await tryAll(shown, set, options);
    if (attempt.outcome !== "otherKey" || set.has(shown.header.kid)) return attempt;
    const newer = reads < READS_AT_MOST ? await source.newer(set) : undefined;
    if (!newer) return attempt;
    set = newer;
  }
}

async function tryAll({ token, header }: Shown, set: KeySet, options: JWTVerifyOptions): Promise<Attempt> {
  if (!set.algorithms.includes(header.alg)) return refused("its algorithm is not allowed");
  let attempt: Attempt = { outcome: "otherKey", reason: "there is no such key" };
  for (const key of await set.candidates(header)) {
    attempt = await jwtVerify(token, key, { ...options, algorithms: [...set.algorithms] }).then(success, failure);
    if (attempt.outcome !== "otherKey") break;
  }
  return attempt;
}

/** Not trusted: it says only which key is to be tried. */
function headerOf(token: string): JWTHeaderParameters | undefined {
  try {
    const header = decodeProtectedHeader(token);
    return typeof header.alg === "string" ? { ...header, alg: header.alg } : undefined;
  } catch {
    return undefined;
  }
}

function success({ payload }: { readonly payload: JWTPayload }): Attempt {
  return { outcome: "valid", payload };
}

function failure(error: unknown): Attempt {
  const reason = error instanceof Error ? error.message : String(error);
  if (!(error instanceof errors.JOSEError) || KEY_FAULTS.has(error.code)) return { outcome: "unavailable", reason };
  return error.code === OTHER_KEY ? { outcome: "otherKey", reason } : refused(reason);
}

/** The dates are dates, and the token is not valid for longer than any may be. */
function fitting(
  verification: Extract<Verification, { readonly outcome: "valid" }>,
  { maxLifetimeSeconds, now }: TokenRules,
): Verification {
  const { payload } = verification;
  const odd = (["iat", "nbf", "exp"] as const).find((claim) => Math.abs(payload[claim] ?? 0) > LAST_SECOND);
  if (odd !== undefined) return refused(`the claim '${odd}' is no date`);
  if (maxLifetimeSeconds === 0) return verification;
  if (payload.exp === undefined) return refused("the claim 'exp' is missing");
  const left = payload.exp - now() / 1000;
  if (left <= maxLifetimeSeconds + LEEWAY_SECONDS) return verification;
  return refused(`the claim 'exp' is more than ${maxLifetimeSeconds} seconds ahead`);
}

function refused(reason: string): { readonly outcome: "refused"; readonly reason: string } {
  return { outcome: "refused", reason };
}
