// What tokens are signed with, as the settings say: shared secrets, or a set of public keys.
import { readFileSync } from "node:fs";
import { FileKeys, type FileKeysParts } from "./file-keys.ts";
import { fixedKeys, type KeySet, type KeySource, publicKeys, secretKeys } from "./key-set.ts";
import { RemoteKeys } from "./remote-keys.ts";

type Tell = (fault: string | undefined) => void;

export type TokenKeys =
  /** No token is good. */
  | { readonly kind: "none" }
  /** @param tell told why keys can't be had, and undefined when they can be again */
  | { readonly kind: "keys"; readonly open: (tell: Tell) => KeySource };

export interface KeySettings {
  readonly jwtSecret?: string | undefined;
  readonly jwtSecretFile?: string;
  readonly jwksUrl?: string;
  readonly jwksFile?: string;
}

type KeysRead = { readonly keys: TokenKeys } | { readonly faults: readonly string[] };

/** Each is tried on a token that is not good. */
const MAX_SECRETS = 10;

const now = () => performance.now();

/** @returns a sentence for each fault, if the keys can't be read */
export function readTokenKeys({ jwtSecret, jwtSecretFile, jwksUrl, jwksFile }: KeySettings): KeysRead {
  if (jwksUrl) return { keys: { kind: "keys", open: (tell) => new RemoteKeys({ url: jwksUrl, now, tell }) } };
  if (jwksFile) return readKeyFile("jwksFile", jwksFile, "a JSON Web Key Set that can be read", parseJwks);
  if (jwtSecretFile) return readKeyFile("jwtSecretFile", jwtSecretFile, "a file of secrets, one a line", parseSecrets);
  return { keys: jwtSecret ? secretToken(jwtSecret) : { kind: "none" } };
}

/** One secret, which does not change. */
export function secretToken(secret: string): TokenKeys {
  return { kind: "keys", open: () => fixedKeys(secretKeys([secret])) };
}

/** What a token for trying things out is signed with: of several secrets, the first. */
export function signingSecret({ jwtSecret, jwtSecretFile }: KeySettings): string | undefined {
  if (!jwtSecretFile) return jwtSecret;
  try {
    return secretsIn(readFileSync(jwtSecretFile, "utf8"))[0];
  } catch {
    return undefined;
  }
}

function readKeyFile(setting: string, path: string, wants: string, parse: FileKeysParts["parse"]): KeysRead {
  const open = (tell: Tell) => new FileKeys({ path, parse, now, tell });
  try {
    open(() => {});
  } catch (error) {
    const reason = (error as Error).message;
    return { faults: [`${setting}: got ${JSON.stringify(path)}, wants ${wants}: ${reason}`] };
  }
  return { keys: { kind: "keys", open } };
}

function parseJwks(text: string): KeySet {
  return publicKeys(JSON.parse(text));
}

function parseSecrets(text: string): KeySet {
  const secrets = secretsIn(text);
  if (secrets.length === 0) throw new Error("it holds none");
  if (secrets.length > MAX_SECRETS) throw new Error(`it holds more than ${MAX_SECRETS}`);
  return secretKeys(secrets);
}

function secretsIn(text: string): string[] {
  return text.split(/\r?\n/).filter((line) => line !== "");
}
