// The demo's process: finds the pod, has the call and the chat acted out, and prints what happened.
import { randomBytes } from "node:crypto";
import { configSources } from "@jongleur/runtime";
import { findToken } from "../dev-token.ts";
import { readSignalingConfig } from "../settings.ts";
import { actCall } from "./call.ts";
import { actChat } from "./chat.ts";
import { drawLadder } from "./ladder.ts";
import { DemoFailure, openStage, type Stage } from "./stage.ts";
import { chooseTarget, type Target, USAGE } from "./target.ts";

process.exitCode = await main();

/** @returns the exit code: 1 if the demo failed, 2 if it was called wrongly */
async function main(): Promise<number> {
  const readSettings = () => readSignalingConfig(configSources());
  const choice = chooseTarget(process.argv.slice(2), { readSettings, findToken });
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
      return run(choice.target).catch(tellFailure);
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

/** @returns the sentence that ends a demo without fault */
async function play(stage: Stage): Promise<string> {
  // Rooms of its own, so that demos at the same time don't meet.
  const suffix = randomBytes(2).toString("hex");
  await actCall(stage, `call-${suffix}`);
  const called = countMessages(stage);
  await actChat(stage, `chat-${suffix}`);
  return `The call took ${called} messages, the chat ${countMessages(stage) - called}; nothing was lost.`;
}

function countMessages({ steps }: Stage): number {
  return steps.filter((step) => !("heading" in step)).length;
}

function printLadder({ steps, serverId, alice, bob }: Stage): void {
  const pods = { alice: alice.pod, bob: bob.pod };
  const colour = process.stdout.isTTY && process.stdout.hasColors();
  process.stdout.write(drawLadder(steps, { serverId, pods, colour }));
}

function tellFailure(error: unknown): number {
  if (!(error instanceof DemoFailure)) throw error;
  process.stderr.write(`${error.message}\n`);
  return 1;
}
