// A token that was made for one run in development, left where a demo on the same machine finds it.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const FOLDER = ".jongleur";

/** @returns what takes the token away again */
export function leaveToken(wsPort: number, appToken: string): () => void {
  const path = pathOf(wsPort);
  try {
    mkdirSync(FOLDER, { recursive: true });
    writeFileSync(path, appToken, { mode: 0o600 });
  } catch {
    // A folder that can't be written to: the demo then asks for --token.
  }
  return () => rmSync(path, { force: true });
}

export function findToken(wsPort: number): string | undefined {
  try {
    return readFileSync(pathOf(wsPort), "utf8");
  } catch {
    return undefined;
  }
}

function pathOf(wsPort: number): string {
  return join(FOLDER, `token-${wsPort}`);
}
