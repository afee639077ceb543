// The keys that tokens may be signed with at one time, and where those of now come from.
import { createSecretKey, type KeyObject } from "node:crypto";
import { type CryptoKey, createLocalJWKSet, errors, type JSONWebKeySet, type JWTHeaderParameters } from "jose";

export interface KeySet {
  /** Never the token's choice. Which of several fits is up to the key. */
  readonly algorithms: readonly string[];
  /** Those that may have signed a token with that header. Its `kid` is compared, and nothing else. */
  readonly candidates: (header: JWTHeaderParameters) => Promise<readonly (CryptoKey | KeyObject)[]>;
  /** Whether a key bears that name: a token that names it is not signed with one that is not known yet. */
  readonly has: (kid: unknown) => boolean;
}

export interface KeySource {
  /** The keys as they are known, or read first where they are not. Rejects if they can't be had. */
  readonly current: () => Promise<KeySet>;
  /** Keys read after the call, for a token that the known ones don't fit. @returns undefined if there are no others */
  readonly newer: (known: KeySet) => Promise<KeySet | undefined>;
}

/** Keys of one set that are tried for a token that names none. */
const TRIED_AT_MOST = 10;

/** Keys that never change. */
export function fixedKeys(set: KeySet): KeySource {
  return { current: async () => set, newer: async () => undefined };
}

/** @param secrets each not empty */
export function secretKeys(secrets: readonly string[]): KeySet {
  const keys = secrets.map((secret) => createSecretKey(secret, "utf8"));
  return { algorithms: ["HS256"], candidates: async () => keys, has: () => false };
}

/** @throws if it is no JSON Web Key Set */
export function publicKeys(json: unknown): KeySet {
  const find = createLocalJWKSet(json as JSONWebKeySet);
  const names = new Set(find.jwks().keys.map(({ kid }) => kid));
  const candidates = async (header: JWTHeaderParameters) => {
    try {
      return [await find(header)];
    } catch (error) {
      if (error instanceof errors.JWKSMultipleMatchingKeys) return several(error);
      if (error instanceof errors.JWKSNoMatchingKey) return [];
      throw error;
    }
  };
  return {
    algorithms: ["RS256", "ES256", "EdDSA"],
    candidates,
    has: (kid) => typeof kid === "string" && names.has(kid),
  };
}

async function several(found: AsyncIterable<CryptoKey>): Promise<CryptoKey[]> {
  const keys: CryptoKey[] = [];
  for await (const key of found) if (keys.push(key) === TRIED_AT_MOST) break;
  return keys;
}
