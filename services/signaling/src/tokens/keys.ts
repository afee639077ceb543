// What tokens are signed with, as the settings say: one shared secret, or a set of public keys.
import { readFileSync } from "node:fs";
import { createLocalJWKSet, createRemoteJWKSet, type JSONWebKeySet, type JWTVerifyGetKey } from "jose";

export type TokenKeys =
  /** No token is good. */
  | { readonly kind: "none" }
  | { readonly kind: "secret"; readonly secret: string }
  | { readonly kind: "public"; readonly find: JWTVerifyGetKey };

export interface KeySettings {
  readonly jwtSecret?: string | undefined;
  readonly jwksUrl?: string;
  readonly jwksFile?: string;
}

/** @returns a sentence for each fault, if the keys can't be read */
export function readTokenKeys(
  settings: KeySettings,
): { readonly keys: TokenKeys } | { readonly faults: readonly string[] } {
  const { jwtSecret, jwksUrl, jwksFile } = settings;
  if (jwksUrl) return { keys: { kind: "public", find: createRemoteJWKSet(new URL(jwksUrl)) } };
  if (jwksFile) return readKeyFile(jwksFile);
  return { keys: jwtSecret ? { kind: "secret", secret: jwtSecret } : { kind: "none" } };
}

function readKeyFile(path: string): ReturnType<typeof readTokenKeys> {
  try {
    const set = JSON.parse(readFileSync(path, "utf8")) as JSONWebKeySet;
    return { keys: { kind: "public", find: createLocalJWKSet(set) } };
  } catch (error) {
    const reason = (error as Error).message;
    return { faults: [`jwksFile: got ${JSON.stringify(path)}, wants a JSON Web Key Set that can be read: ${reason}`] };
  }
}
