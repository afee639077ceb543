// The scenario `pairs`: two in a room for two exchange candidates, each sent as soon as the other's has come.
import { randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { Arrivals } from "./arrivals.ts";
import { type Client, frameOf, messageOf } from "./client.ts";
import { type Couple, type CouplesPlan, forEachOf, openCouples } from "./couples.ts";
import type { Faults, Load } from "./plan.ts";

/** A candidate as browsers make them, filled up to 250 bytes of description. */
const DESCRIPTION = {
  candidate: "candidate:842163049 1 udp 1677729535 198.51.100.23 46154 typ srflx raddr 192.0.2.17 rport 46154",
  sdpMid: "0",
  sdpMLineIndex: 0,
  usernameFragment: "EsAw",
  filler: "x".repeat(62),
};

/** What a relayed message begins with: the id is its number, behind a sign that no id of the server has. */
const NUMBERED = '42["jsongle",{"id":"#';

/** One in so many is looked at as a whole. */
const LOOKED_AT = 100;

const PATIENCE_MS = 3000;
const PAUSE_MS = 20;

export async function startPairs(plan: CouplesPlan): Promise<Load> {
  const couples = await openCouples(plan);
  const lanes: Lane[] = [];
  const bench = { running: true, delivered: 0 };
  await forEachOf(couples.length, async (i) => {
    const pair = await seat(couples[i] as Couple);
    connect(pair, bench);
    lanes.push(...pair);
  });
  for (const [i, lane] of lanes.entries()) if (i % 2 === 0) lane.send();
  const stop = async () => {
    bench.running = false;
    const end = performance.now() + PATIENCE_MS;
    while (lanes.some((lane) => lane.lost > 0) && performance.now() < end) await wait(PAUSE_MS);
    return faultsOf(lanes);
  };
  return { count: () => bench.delivered, stop };
}

async function seat([one, other]: Couple): Promise<readonly [Lane, Lane]> {
  const rid = `room-${randomUUID()}`;
  await one.request("session-join", { rid });
  await other.request("session-join", { rid });
  return [new Lane(one, other, rid), new Lane(other, one, rid)];
}

/** What arrives on one lane is answered on the other. */
function connect([there, back]: readonly [Lane, Lane], bench: { running: boolean; delivered: number }): void {
  const hear = (lane: Lane, answer: Lane) => {
    lane.to.listen((frame) => {
      if (!lane.take(frame)) return;
      bench.delivered += 1;
      if (bench.running) answer.send();
    });
  };
  hear(there, back);
  hear(back, there);
}

/** What one says to the other. */
class Lane {
  readonly to: Client;
  readonly arrivals = new Arrivals();
  wrong = 0;
  readonly #from: Client;
  readonly #rid: string;
  readonly #tail: string;
  #sent = 0;

  constructor(from: Client, to: Client, rid: string) {
    this.#from = from;
    this.to = to;
    this.#rid = rid;
    const call = { sid: randomUUID(), action: "transport-info", initiator: "alice", responder: "bob" };
    const frame = frameOf({ from: from.id, to: rid, jsongle: { ...call, description: DESCRIPTION } });
    this.#tail = frame.slice(frame.indexOf('","from"'));
  }

  get lost(): number {
    return this.arrivals.lost(this.#sent);
  }

  send(): void {
    this.#sent += 1;
    this.#from.send(`${NUMBERED}${this.#sent}${this.#tail}`);
  }

  /** @returns false if it is no message of the other */
  take(frame: string): boolean {
    if (!frame.startsWith(NUMBERED)) {
      if (frame.includes('"session-error"')) this.wrong += 1;
      return false;
    }
    const number = Number(frame.slice(NUMBERED.length, frame.indexOf('"', NUMBERED.length)));
    this.arrivals.take(number);
    if (number % LOOKED_AT === 1 && !this.#isIntact(frame)) this.wrong += 1;
    return true;
  }

  #isIntact(frame: string): boolean {
    const { from, to, jsongle } = messageOf(frame);
    const { sent, relayed, ...description } = jsongle.description as Record<string, unknown>;
    const intact = JSON.stringify(description) === JSON.stringify(DESCRIPTION);
    return intact && from === this.#rid && to === this.to.id && typeof sent === "string" && typeof relayed === "string";
  }
}

function faultsOf(lanes: readonly Lane[]): Faults {
  const sum = (of: (lane: Lane) => number) => lanes.reduce((total, lane) => total + of(lane), 0);
  return {
    lost: sum(({ lost }) => lost),
    doubled: sum(({ arrivals }) => arrivals.doubled),
    reordered: sum(({ arrivals }) => arrivals.reordered),
    wrong: sum(({ wrong }) => wrong),
  };
}
