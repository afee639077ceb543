// The keys at a URL: fetched when they are needed, kept, and looked after, so that keys can come and go.
import { setTimeout as wait } from "node:timers/promises";
import { type KeySet, type KeySource, publicKeys } from "./key-set.ts";

/** Milliseconds. From one fetch to the next, whatever tokens name. */
const PAUSE = 1000;

/** After so long they are fetched anew, while the known ones count. */
const STALE = 30_000;

/** After so long a token waits for that, as long as the server answers: a key that is gone counts no longer. */
const DOUBTFUL = 60_000;

/** So long the known ones count where the server can't be reached. */
const WORTHLESS = 24 * 3600 * 1000;

/** That a fetch may take. */
const PATIENCE = 3000;

export interface RemoteKeysParts {
  readonly url: string;
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
  /** Told why the keys can't be had, and undefined when they can be again. */
  readonly tell: (fault: string | undefined) => void;
}

export class RemoteKeys implements KeySource {
  readonly #parts: RemoteKeysParts;
  #keys: { readonly set: KeySet; readonly text: string } | undefined;
  /** When they were asked for that are known. */
  #readAt = Number.NEGATIVE_INFINITY;
  #askedAt = Number.NEGATIVE_INFINITY;
  #fault: Error | undefined;
  #fetching: Promise<void> | undefined;
  /** The fetch that comes after the pause. */
  #next: Promise<void> | undefined;

  constructor(parts: RemoteKeysParts) {
    this.#parts = parts;
  }

  readonly current = async (): Promise<KeySet> => {
    const age = this.#parts.now() - this.#readAt;
    const fetched = age > STALE ? this.#refresh() : undefined;
    // A server that does not answer is waited for by nobody who knows a key.
    if (age > WORTHLESS || (age > DOUBTFUL && !this.#fault)) await fetched;
    if (this.#keys && this.#parts.now() - this.#readAt <= WORTHLESS) return this.#keys.set;
    throw this.#fault ?? new Error("no answer yet");
  };

  readonly newer = async (known: KeySet): Promise<KeySet | undefined> => {
    await this.#fetching;
    if (this.#keys?.set === known) await this.#afterPause();
    if (this.#keys?.set !== known) return this.#keys?.set;
    if (this.#fault) throw this.#fault;
    return undefined;
  };

  /** The fetch under way, or another if the last is long enough ago. */
  #refresh(): Promise<void> {
    const due = this.#parts.now() - this.#askedAt >= PAUSE;
    return this.#fetching ?? (due ? this.#fetch() : Promise.resolve());
  }

  /** A fetch that begins after the call, one for all who wait for it. */
  #afterPause(): Promise<void> {
    this.#next ??= this.#pauseAndFetch();
    return this.#next;
  }

  async #pauseAndFetch(): Promise<void> {
    await wait(Math.max(0, this.#askedAt + PAUSE - this.#parts.now()), undefined, { ref: false });
    // Begun by another meanwhile, but after this was wanted.
    const fetched = this.#fetching ?? this.#fetch();
    this.#next = undefined;
    await fetched;
  }

  /** Never rejects. */
  #fetch(): Promise<void> {
    const asked = this.#parts.now();
    this.#askedAt = asked;
    this.#fetching = this.#ask()
      .then((text) => this.#take(text, asked))
      .catch((error: unknown) => this.#fail(error))
      .finally(() => {
        this.#fetching = undefined;
      });
    return this.#fetching;
  }

  async #ask(): Promise<string> {
    const signal = AbortSignal.timeout(PATIENCE);
    const headers = { accept: "application/json, application/jwk-set+json" };
    const response = await fetch(this.#parts.url, { signal, headers, redirect: "manual" });
    if (response.status !== 200) throw new Error(`the server of the keys answers ${response.status}`);
    return response.text();
  }

  /** @throws if the text is no set of keys */
  #take(text: string, asked: number): void {
    if (text !== this.#keys?.text) this.#keys = { set: publicKeys(JSON.parse(text)), text };
    this.#readAt = asked;
    if (this.#fault) this.#parts.tell(undefined);
    this.#fault = undefined;
  }

  #fail(error: unknown): void {
    const fault = error instanceof Error ? error : new Error(String(error));
    if (!this.#fault) this.#parts.tell(fault.message);
    this.#fault = fault;
  }
}
