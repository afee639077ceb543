// The demo's process: finds the pod, has the call and the chat acted out, and prints what happened.
import { randomBytes } from "node:crypto";
import { configSources } from "@jongleur/runtime";
import { findSecret, findToken } from "../dev-token.ts";
import { readSignalingConfig } from "../settings.ts";
import { actCall } from "./call.ts";
import { actChat } from "./chat.ts";
import { drawLadder } from "./ladder.ts";
import { actMse, openMseStage } from "./mse.ts";
import { DemoFailure, openStage, type Stage } from "./stage.ts";
import { chooseTarget, type Target, USAGE } from "./target.ts";

process.exitCode = await main();

/** @returns the exit code: 1 if the demo failed, 2 if it was called wrongly */
async function main(): Promise<number> {
  const readSettings = () => readSignalingConfig(configSources());
  const choice = chooseTarget(process.argv.slice(2), { readSettings, findToken, findSecret });
  switch (choice.outcome) {
    case "help":
      process.stdout.write(USAGE);
      return 0;
    case "misused":
      process.stderr.write(`${choice.fault}\n\n${USAGE}`);
      return 2;
    case "unsettled":
      process.stderr.write(choice.faults.map((fault) => `${fault}\n`).join(""));
      return 1;
    case "run":
      return (choice.target.mse ? runMse(choice.target) : run(choice.target)).catch(tellFailure);
  }
}

async function run(target: Target): Promise<number> {
  const stage = await openStage(target);
  try {
    const closing = await play(stage).finally(() => printLadder(stage));
    process.stdout.write(`\n${closing}\n`);
    return 0;
  } finally {
    stage.close();
  }
}

async function runMse({ url, key }: Target): Promise<number> {
  const stage = await openMseStage(url);
  const { alice, bob, steps } = stage;
  try {
    await actMse(stage, key, `demo-${randomBytes(2).toString("hex")}`).finally(() => {
      printLadder({ steps, serverId: "MSE", alice, bob });
    });
    process.stdout.write(`\nIt took ${countMessages(stage)} messages; nothing was lost.\n`);
    return 0;
  } finally {
    for (const actor of [alice, bob]) actor.close();
  }
}

/** @returns the sentence that ends a demo without fault */
async function play(stage: Stage): Promise<string> {
  // Rooms of its own, so that demos at the same time don't meet.
  const suffix = randomBytes(2).toString("hex");
  await actCall(stage, `call-${suffix}`);
  const called = countMessages(stage);
  await actChat(stage, `chat-${suffix}`);
  return `The call took ${called} messages, the chat ${countMessages(stage) - called}; nothing was lost.`;
}

function countMessages({ steps }: Pick<Stage, "steps">): number {
  return steps.filter((step) => !("heading" in step)).length;
}

interface Acted extends Pick<Stage, "steps" | "serverId"> {
  readonly alice: { readonly pod: string | undefined };
  readonly bob: { readonly pod: string | undefined };
}

function printLadder({ steps, serverId, alice, bob }: Acted): void {
  const pods = { alice: alice.pod, bob: bob.pod };
  const colour = process.stdout.isTTY && process.stdout.hasColors();
  process.stdout.write(drawLadder(steps, { serverId, pods, colour }));
}

function tellFailure(error: unknown): number {
  if (!(error instanceof DemoFailure)) throw error;
  process.stderr.write(`${error.message}\n`);
  return 1;
}
