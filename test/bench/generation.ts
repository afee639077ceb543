// Having the load generator's process carry out a plan.
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { pin } from "./cores.ts";
import type { Outcome, Plan } from "./plan.ts";

const GENERATOR = fileURLToPath(new URL("generator.ts", import.meta.url));

/** @throws if it ends before */
export async function generate(plan: Plan): Promise<Outcome> {
  const child = fork(GENERATOR);
  const ended = once(child, "exit").then(([code]) => {
    throw new Error(`the load generator has ended with exit code ${code}`);
  });
  await once(child, "spawn");
  await pin(child.pid ?? 0, "generator");
  child.send(plan);
  const [outcome] = await Promise.race([once(child, "message"), ended]);
  // Its end is expected now.
  ended.catch(() => {});
  return outcome as Outcome;
}
