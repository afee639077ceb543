// The stage of the demo: alice and bob as real clients, and every message noted as it leaves or comes.
import { connectJsongle, type JsongleConnection, JsongleError, type Received } from "@jongleur/client";
import { ERRORS, type JsonObject } from "@jongleur/protocol";
import { signToken } from "../tokens/signer.ts";
import { findDifference } from "./difference.ts";
import { labelOf } from "./label.ts";
import type { Person, Step } from "./ladder.ts";
import { isLoopback, type Target } from "./target.ts";

/** Milliseconds to wait for each thing that is expected. */
export const PATIENCE = 5000;
/** Seconds that a token is good. */
const LIFE = 60;
/** How often bob asks for another pod than alice's: where there is only one, in vain. */
const MOVES = 3;

/** Why the demo ends early, as a sentence for its user. */
export class DemoFailure extends Error {
  override readonly name = "DemoFailure";
}

export interface Stage {
  readonly alice: Actor;
  readonly bob: Actor;
  readonly serverId: string;
  /** All that has happened so far. */
  readonly steps: readonly Step[];
  /** Starts a section of the ladder. */
  readonly announce: (heading: string) => void;
  readonly close: () => void;
}

/** A client that follows its script strictly: the next message must be the one that is expected. */
export class Actor {
  readonly uid: Person;
  readonly #connection: JsongleConnection;
  readonly #steps: Step[];
  readonly #unread: Received[] = [];

  constructor(uid: Person, connection: JsongleConnection, steps: Step[]) {
    this.uid = uid;
    this.#connection = connection;
    this.#steps = steps;
    connection.listen((message) => this.#onMessage(message));
  }

  get id(): string {
    return this.#connection.id;
  }

  get pod(): string | undefined {
    return this.#connection.pod;
  }

  /** @param beside what stands beside `jsongle` in the message @returns the id of the message */
  say(to: string, jsongle: JsonObject, beside?: JsonObject): string {
    this.#steps.push({ person: this.uid, way: "sent", author: this.uid, label: labelOf(jsongle) });
    return this.#connection.send(to, jsongle, beside);
  }

  /** Waits for the next message. @param expected what it must hold, at least; rejects with a DemoFailure */
  async hears(expected: JsonObject & { readonly jsongle: JsonObject }): Promise<void> {
    const name = labelOf(expected.jsongle);
    const message = this.#unread.shift() ?? (await this.#next(name));
    const difference = findDifference({ to: this.id, ...expected }, { ...message });
    if (!difference) return;
    const instead = labelOf(message.jsongle);
    throw new DemoFailure(`${this.uid} should have received "${name}" but received "${instead}": ${difference}.`);
  }

  /** For the end of a scene: nothing may have come that the script does not know of. */
  heardAll(): void {
    const [message] = this.#unread;
    if (message) throw new DemoFailure(`${this.uid} received "${labelOf(message.jsongle)}" unexpectedly.`);
  }

  async #next(name: string): Promise<Received> {
    try {
      await this.#connection.waitFor(() => true, AbortSignal.timeout(PATIENCE));
    } catch (error) {
      if (!(error instanceof JsongleError)) {
        throw new DemoFailure(`${this.uid} did not receive "${name}" within ${PATIENCE / 1000} seconds.`);
      }
      throw new DemoFailure(`${this.uid} did not receive "${name}": ${error.message}.`);
    }
    // Not what waitFor gave: it is in the queue as well, noted by the listener that hears first.
    const message = this.#unread.shift();
    if (!message) throw new Error("a message was heard but not noted");
    return message;
  }

  #onMessage(message: Received): void {
    const other = this.uid === "alice" ? "bob" : "alice";
    const author = message.from === this.#connection.serverId ? "server" : other;
    this.#unread.push(message);
    this.#steps.push({ person: this.uid, way: "received", author, label: labelOf(message.jsongle) });
  }
}

/** Connects both, to two pods if it can be; rejects with a DemoFailure if no pod is there or lets them in. */
export async function openStage(target: Target): Promise<Stage> {
  const steps: Step[] = [];
  const forAlice = await enter("alice", target);
  const forBob = await enterApart("bob", target, forAlice.pod).catch((error: unknown) => {
    forAlice.close();
    throw error;
  });
  return {
    alice: new Actor("alice", forAlice, steps),
    bob: new Actor("bob", forBob, steps),
    serverId: forAlice.serverId,
    steps,
    announce: (heading) => void steps.push({ heading }),
    close: () => {
      forAlice.close();
      forBob.close();
    },
  };
}

/** A balancer chooses the pod; asked again, while the first choice stands, it mostly chooses another. */
async function enterApart(uid: Person, target: Target, taken: string | undefined): Promise<JsongleConnection> {
  let chosen = await enter(uid, target);
  for (let moves = 0; moves < MOVES && chosen.pod !== undefined && chosen.pod === taken; moves++) {
    const other = await enter(uid, target).catch(() => undefined);
    if (!other) return chosen;
    chosen.close();
    chosen = other;
  }
  return chosen;
}

async function enter(uid: Person, { url, token: appToken = "", key }: Target): Promise<JsongleConnection> {
  const identity = { uid, dn: uid === "alice" ? "Alice" : "Bob" };
  // A certificate for trying things out is signed by nobody: fine here, dangerous elsewhere.
  const options = { transports: ["websocket"], rejectUnauthorized: !isLoopback(url) };
  const signal = AbortSignal.timeout(PATIENCE);
  try {
    const token = key && (await signToken({ sub: uid }, { ...key, seconds: LIFE }));
    return await connectJsongle({ url, appToken, token, identity, signal, options });
  } catch (error) {
    throw new DemoFailure(whyNotIn(error, uid, url));
  }
}

function whyNotIn(error: unknown, uid: Person, url: string): string {
  if (!(error instanceof JsongleError)) {
    return `${url} does not answer as Jongleur does: no session-hello within ${PATIENCE / 1000} seconds.`;
  }
  if (error.code === ERRORS.badToken.code && error.message.startsWith("The token (JWT)")) {
    return `${url} does not let ${uid} in. ${error.message}. Give the demo the jwtSecret of that pod, in .env or by it.`;
  }
  if (error.code === ERRORS.badToken.code) {
    return `The token is refused at ${url}: give the appToken of that pod with --token, or set appToken for both.`;
  }
  // What socket.io-client says when there is no connection at all.
  if (error.message !== "websocket error") return `${url} does not let ${uid} in: ${error.message}.`;
  const trusted = url.startsWith("https:") && !isLoopback(url) ? " with a certificate that is trusted" : "";
  return `Nothing answers at ${url}${trusted}: start Jongleur first with: npm start`;
}
