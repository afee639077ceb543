// The process behind `npm run token`: prints a token for a client of the pod with the same settings.
import { configSources } from "@jongleur/runtime";
import { findSecret } from "../dev-token.ts";
import { readSignalingConfig } from "../settings.ts";
import { signingSecret } from "./keys.ts";
import { readOrder, USAGE } from "./order.ts";
import { signToken } from "./signer.ts";

process.exitCode = await main();

/** @returns the exit code: 1 if there is no secret to sign with, 2 if it was called wrongly */
async function main(): Promise<number> {
  const order = readOrder(process.argv.slice(2));
  if (order === "help") {
    process.stdout.write(USAGE);
    return 0;
  }
  if ("fault" in order) return fail(2, `${order.fault}\n\n${USAGE}`);
  const read = readSignalingConfig(configSources());
  if ("faults" in read) return fail(1, read.faults.map((fault) => `${fault}\n`).join(""));
  const { wsPort, jwtIssuer: issuer, jwtAudience: audience } = read.config;
  const secret = signingSecret(read.config) ?? findSecret(wsPort);
  if (!secret)
    return fail(1, "There is no secret to sign with: set jwtSecret, or start Jongleur here with: npm start\n");
  const { claims, seconds } = order;
  process.stdout.write(`${await signToken(claims, { secret, issuer, audience, seconds })}\n`);
  return 0;
}

function fail(code: number, why: string): number {
  process.stderr.write(why);
  return code;
}
