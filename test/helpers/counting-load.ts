// Load that counts what it does: senders that talk in MUCs, and a witness of each that hears all of it.
import { randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import type { Received } from "@jongleur/client";
import { eventually } from "./eventually.ts";
import { action, connect, event, type Party, settle } from "./party.ts";
import type { Pod } from "./pod.ts";

/** Between what a sender says and what it says next. */
const PAUSE_MS = 20;
/** After so long without an acknowledgement there will be none: the pod has gone. */
const PATIENCE_MS = 3000;

/** What is acknowledged; only texts count as messages of MUCs. */
type Said = "session-text" | "session-custom";

export class CountingLoad {
  /** All that were ever let in. */
  connections = 0;
  /** All MUCs that were ever opened. */
  rooms = 0;
  readonly #witnessPod: Pod;
  readonly #parties: Party[] = [];
  readonly #senders: Sender[] = [];

  /** @param witnessPod outlives all senders */
  constructor(witnessPod: Pod) {
    this.#witnessPod = witnessPod;
  }

  /** Has so many more talk from a pod. @returns them */
  async talkFrom(pod: Pod, count: number, what: Said = "session-text"): Promise<readonly Sender[]> {
    const added = await Promise.all(Array.from({ length: count }, () => this.#talk(pod, what)));
    this.#senders.push(...added);
    return added;
  }

  /** Clients that are connected. */
  get connected(): number {
    return this.#parties.filter(({ connected }) => connected).length;
  }

  /** What has reached a witness: where its sender's pod ends in good order, all that the pod has taken. */
  heardOf(senders: readonly Sender[] = this.#senders): number {
    return senders.reduce((sum, { heard }) => sum + heard.size, 0);
  }

  /** @returns when nobody talks any more, and all that was said has arrived */
  async stop(): Promise<void> {
    await Promise.all(this.#senders.map((sender) => sender.stop()));
    const living = this.#senders.filter(({ party }) => party.connected);
    await settle(...living.map(({ party }) => party));
    await eventually(() => {
      const missing = living.filter(({ heard, acknowledged }) => heard.size < acknowledged.length);
      if (missing.length > 0) throw new Error(`${missing.length} senders have said what nobody has heard`);
    });
  }

  close(): void {
    for (const party of this.#parties) party.close();
  }

  async #talk(pod: Pod, what: Said): Promise<Sender> {
    const rid = `muc ${randomUUID()}`;
    const [witness, party] = [await this.#enter(this.#witnessPod), await this.#enter(pod)];
    for (const each of [witness, party]) await each.joinMuc(rid);
    this.rooms += 1;
    return new Sender(party, witness, rid, what);
  }

  async #enter({ url }: Pod): Promise<Party> {
    const party = await connect(url, undefined, { options: { reconnection: false } });
    this.connections += 1;
    this.#parties.push(party);
    return party;
  }
}

export class Sender {
  readonly party: Party;
  /** Ids of what its witness has heard. */
  readonly heard = new Set<string>();
  /** When each thing that it said was acknowledged, by the clock of `performance`. */
  readonly acknowledged: number[] = [];
  #stopped = false;
  readonly #talking: Promise<void>;

  constructor(party: Party, witness: Party, rid: string, what: Said) {
    this.party = party;
    witness.listen((message) => {
      if (action(what)(message)) this.heard.add(String(message.id));
    });
    this.#talking = this.#talk(rid, what);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#talking;
  }

  async #talk(rid: string, what: Said): Promise<void> {
    while (!this.#stopped && this.party.connected) {
      const acknowledged = this.#nextAcknowledgement();
      this.party.send(rid, { action: what, namespace: "muc", description: {} });
      if (!(await acknowledged)) return;
      this.acknowledged.push(performance.now());
      await wait(PAUSE_MS);
    }
  }

  #nextAcknowledgement(): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const stop = this.party.listen((message: Received) => {
      if (event("ack")(message)) resolve(true);
    });
    const patience = setTimeout(() => resolve(false), PATIENCE_MS);
    return promise.finally(() => {
      stop();
      clearTimeout(patience);
    });
  }
}
