// The keys in a file: read again when it has changed, as one does that is mounted from a secret.
import { readFileSync, statSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import type { KeySet, KeySource } from "./key-set.ts";

/** How often it is looked at, at most, while tokens fit, in milliseconds. */
const LOOK_EVERY = 1000;

export interface FileKeysParts {
  readonly path: string;
  /** Throws where the text holds no keys. */
  readonly parse: (text: string) => KeySet;
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
  /** Told why what the file holds now does not count, and undefined when it does again. */
  readonly tell: (fault: string | undefined) => void;
}

interface Stamp {
  readonly mtimeNs: bigint;
  readonly size: bigint;
  readonly ino: bigint;
}

export class FileKeys implements KeySource {
  readonly #parts: FileKeysParts;
  #set: KeySet;
  #stamp: string;
  #lookedAt: number;
  #looking: Promise<void> | undefined;
  #fault = false;

  /** @throws if the file can't be read, or holds no keys */
  constructor(parts: FileKeysParts) {
    this.#parts = parts;
    this.#stamp = textOf(statSync(parts.path, { bigint: true }));
    this.#set = parts.parse(readFileSync(parts.path, "utf8"));
    this.#lookedAt = parts.now();
  }

  readonly current = async (): Promise<KeySet> => {
    if (this.#parts.now() - this.#lookedAt >= LOOK_EVERY) await this.#look();
    return this.#set;
  };

  readonly newer = async (known: KeySet): Promise<KeySet | undefined> => {
    // It may have been looked at before the change, and answered after.
    await this.#looking;
    await this.#look();
    return this.#set === known ? undefined : this.#set;
  };

  #look(): Promise<void> {
    this.#looking ??= this.#readIfChanged().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  /** What can't be read, or is being written, leaves the keys as they are. */
  async #readIfChanged(): Promise<void> {
    const { path, parse, now, tell } = this.#parts;
    this.#lookedAt = now();
    try {
      const stamp = textOf(await stat(path, { bigint: true }));
      if (stamp === this.#stamp) return;
      this.#set = parse(await readFile(path, "utf8"));
      this.#stamp = stamp;
      if (this.#fault) tell(undefined);
      this.#fault = false;
    } catch (error) {
      if (!this.#fault) tell((error as Error).message);
      this.#fault = true;
    }
  }
}

function textOf({ mtimeNs, size, ino }: Stamp): string {
  return `${mtimeNs} ${size} ${ino}`;
}
