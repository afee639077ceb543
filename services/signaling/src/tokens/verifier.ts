// Whether a token (JWT) was made by whom it should be, for this service, and is valid now.
import {
  errors,
  type JWTPayload,
  type JWTVerifyGetKey,
  type JWTVerifyOptions,
  type JWTVerifyResult,
  jwtVerify,
} from "jose";
import type { TokenKeys } from "./keys.ts";

type Verification =
  | { readonly outcome: "valid"; readonly payload: JWTPayload }
  | { readonly outcome: "refused"; readonly reason: string }
  /** The keys can't be had just now: nothing is known of the token. */
  | { readonly outcome: "unavailable"; readonly reason: string };

export type VerifyToken = (token: string) => Promise<Verification>;

export interface TokenRules {
  readonly keys: TokenKeys;
  /** Empty for any. */
  readonly issuer: string;
  readonly audience: string;
  /** Called when the keys can't be had, and when they can be again, once each. @param reason why they can't */
  readonly onKeys: (reason: string | undefined) => void;
}

/** Seconds that the clock of who makes tokens may differ from ours. */
export const LEEWAY_SECONDS = 5;

/** A longer token is not looked at. Browsers and proxies stop at about as much. */
const MAX_TOKEN_LENGTH = 8192;

/** The last second that a Date can show. */
const LAST_SECOND = 8_640_000_000_000;

/** Never the token's choice. Which of the latter fits is up to the key that it names. */
const SECRET_ALGORITHMS = ["HS256"];
const PUBLIC_ALGORITHMS = ["RS256", "ES256", "EdDSA"];

/** What went wrong with the keys, not with the token. */
const KEY_FAULTS: ReadonlySet<string> = new Set(["ERR_JWKS_TIMEOUT", "ERR_JWKS_INVALID", "ERR_JOSE_GENERIC"]);

export function createVerifier({ keys, issuer, audience, onKeys }: TokenRules): VerifyToken {
  if (keys.kind === "none") return async () => ({ outcome: "refused", reason: "no key is configured" });
  const options: JWTVerifyOptions = {
    algorithms: keys.kind === "secret" ? SECRET_ALGORITHMS : PUBLIC_ALGORITHMS,
    clockTolerance: LEEWAY_SECONDS,
    ...(issuer && { issuer }),
    ...(audience && { audience }),
  };
  const find = finderOf(keys);
  let away = false;
  return async (token) => {
    if (token.length > MAX_TOKEN_LENGTH) return { outcome: "refused", reason: "the token is too long" };
    const verification = await jwtVerify(token, find, options).then(success, failure);
    // Which may be without a look at any key.
    if (verification.outcome === "refused") return verification;
    const missing = verification.outcome === "unavailable";
    if (missing !== away) onKeys(missing ? verification.reason : undefined);
    away = missing;
    return verification;
  };
}

function finderOf(keys: Exclude<TokenKeys, { readonly kind: "none" }>): JWTVerifyGetKey {
  if (keys.kind === "public") return keys.find;
  const secret = new TextEncoder().encode(keys.secret);
  return async () => secret;
}

function success({ payload }: JWTVerifyResult): Verification {
  const odd = (["iat", "nbf", "exp"] as const).find((claim) => Math.abs(payload[claim] ?? 0) > LAST_SECOND);
  if (odd !== undefined) return { outcome: "refused", reason: `the claim '${odd}' is no date` };
  return { outcome: "valid", payload };
}

function failure(error: unknown): Verification {
  const reason = error instanceof Error ? error.message : String(error);
  const known = error instanceof errors.JOSEError && !KEY_FAULTS.has(error.code);
  return { outcome: known ? "refused" : "unavailable", reason };
}
