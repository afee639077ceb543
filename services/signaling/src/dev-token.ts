// What was made for one run in development, left where a demo on the same machine finds it.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const FOLDER = ".jongleur";

/** @returns what takes the token away again */
export function leaveToken(wsPort: number, appToken: string): () => void {
  return leave(`token-${wsPort}`, appToken);
}

export function findToken(wsPort: number): string | undefined {
  return find(`token-${wsPort}`);
}

/** The same for the secret that tokens (JWT) are signed with. */
export function leaveSecret(wsPort: number, jwtSecret: string): () => void {
  return leave(`secret-${wsPort}`, jwtSecret);
}

export function findSecret(wsPort: number): string | undefined {
  return find(`secret-${wsPort}`);
}

function leave(name: string, text: string): () => void {
  const path = join(FOLDER, name);
  try {
    mkdirSync(FOLDER, { recursive: true });
    writeFileSync(path, text, { mode: 0o600 });
  } catch {
    // A folder that can't be written to: who needs it then has to be told.
  }
  return () => rmSync(path, { force: true });
}

function find(name: string): string | undefined {
  try {
    return readFileSync(join(FOLDER, name), "utf8");
  } catch {
    return undefined;
  }
}
