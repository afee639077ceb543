// One pod, those who must not notice anything, and what is counted and checked after each attack.
import { expect } from "vitest";
import { connect, type Party, settle } from "../../helpers/party.ts";
import { type Pod, startPod } from "../../helpers/pod.ts";
import { completeCall } from "./complete-call.ts";
import { type Expectation, signOf } from "./expectation.ts";
import type { PacketCase } from "./packets.ts";
import type { Frame, Outcome, Wire } from "./wire.ts";

/** Connections that attack at the same time. */
const AT_ONCE = 16;

export interface Stage {
  readonly pod: Pod;
  /** The victims share a room for two; the others are in a MUC, and nowhere. */
  readonly victims: readonly [Party, Party];
  readonly bystanders: readonly Party[];
  /** Ids of what the first victim has said to the second. */
  readonly said: string[];
  /** Inputs tried so far. */
  readonly tried: () => number;
  readonly count: (inputs: number) => void;
  readonly close: () => void;
}

export const VICTIMS_ROOM = "room of the victims";
const BYSTANDERS_MUC = "muc of the bystanders";

export async function setStage(): Promise<Stage> {
  // What is refused for coming too often, or too late, is looked at elsewhere.
  const rates = { candidateRate: "0", chatRate: "0", controlRate: "0", joinRate: "0", iceServersPerMinute: "1000000" };
  const pod = await startPod({ ...rates, helloSeconds: "600" });
  const [alice, bob, carol, dave] = await Promise.all([
    connect(pod.url, "alice"),
    connect(pod.url, "bob"),
    connect(pod.url, "carol"),
    connect(pod.url, "dave"),
  ]);
  await alice.join(VICTIMS_ROOM);
  await bob.join(VICTIMS_ROOM);
  await carol.joinMuc(BYSTANDERS_MUC);
  await alice.hears(({ jsongle }) => jsongle.event === "joined");
  let tried = 0;
  return {
    pod,
    victims: [alice, bob],
    bystanders: [carol, dave],
    said: [],
    tried: () => tried,
    count: (inputs) => {
      tried += inputs;
    },
    close: () => {
      for (const party of [alice, bob, carol, dave]) party.close();
    },
  };
}

/** The answers to the requests of the victims and bystanders themselves. */
const OWN_QUERIES = new Set<unknown>(["nothing-like-it", "session-join", "muc-join"]);

/** What others made a party hear. */
function uncalledFor({ heard }: Party) {
  return heard.filter(({ jsongle }) => !OWN_QUERIES.has(jsongle.query));
}

/** The pod runs, the victims and bystanders have heard nothing but each other, and a call goes through. */
export async function nobodyNoticed({ pod, victims, bystanders, said }: Stage): Promise<void> {
  expect(pod.exitCode(), pod.output().slice(-2000)).toBeUndefined();
  const [alice, bob] = victims;
  const id = alice.send(VICTIMS_ROOM, { action: "session-info", reason: "active", description: {} });
  said.push(id);
  await bob.hears((message) => message.id === id);
  await settle(...victims, ...bystanders);
  expect(uncalledFor(alice).map(({ jsongle }) => jsongle.event)).toEqual(["joined"]);
  expect(uncalledFor(bob).map((message) => message.id)).toEqual(said);
  for (const bystander of bystanders) expect(uncalledFor(bystander)).toEqual([]);
  await completeCall(pod.url);
}

/** Tries each case on a connection of its own. @returns the cases that came out otherwise */
export async function tryEach(
  stage: Stage,
  cases: readonly PacketCase[],
  open: (url: string) => Promise<Wire>,
): Promise<unknown[]> {
  const surprises: unknown[] = [];
  await inParallel(cases, async ({ name, frames, outcome }) => {
    const wire = await open(stage.pod.url);
    const [got] = await wire.attempt([frames]);
    wire.close();
    expect(stage.pod.exitCode(), `ended by ${name}`).toBeUndefined();
    const signs = got === "closed" ? got : got?.map(signOf);
    if (JSON.stringify(signs) !== JSON.stringify(outcome)) surprises.push({ name, wanted: outcome, got: signs });
  });
  stage.count(cases.length);
  return surprises;
}

export interface Trial {
  readonly text: string;
  readonly expected: Expectation;
}

/** Tries all on one connection, which none may close. @returns the trials that came out otherwise */
export async function tryAll(stage: Stage, wire: Wire, trials: readonly Trial[]): Promise<unknown[]> {
  const surprises: unknown[] = [];
  for (let start = 0; start < trials.length; start += BATCH) {
    const batch = trials.slice(start, start + BATCH);
    const outcomes = await wire.attempt(batch.map(({ text }): Frame[] => [`42["jsongle",${text}]`]));
    outcomes.forEach((outcome, index) => {
      const surprise = compare(outcome, batch[index] as Trial);
      if (surprise && surprises.length < 10) surprises.push(surprise);
    });
    expect(stage.pod.exitCode(), stage.pod.output().slice(-2000)).toBeUndefined();
  }
  stage.count(trials.length);
  return surprises;
}

/** Messages under way at a time: fewer than a session's inbox takes. */
const BATCH = 200;

function compare(outcome: Outcome, { text, expected }: Trial): unknown {
  const got = outcome === "closed" ? outcome : outcome.map(signOf).join();
  const wanted = expected.answers.join();
  return got === wanted ? undefined : { text: text.slice(0, 500), wanted, got };
}

export async function inParallel<T>(items: readonly T[], task: (item: T) => Promise<void>): Promise<void> {
  const waiting = [...items];
  const work = async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await task(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}
