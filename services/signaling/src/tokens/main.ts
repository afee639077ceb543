// The process behind `npm run token`: prints a token for an MSE client of the pod with the same settings.
import { parseArgs } from "node:util";
import { configSources } from "@jongleur/runtime";
import { findSecret } from "../dev-token.ts";
import { readSignalingConfig } from "../settings.ts";
import { signToken, type TokenContent } from "./signer.ts";

const USAGE = `Usage: npm run token -- --room <room> --user <user> [--domain <domain>]

Prints a token for an MSE client, good for an hour and signed with jwtSecret: the one that is set, or the one that
npm start made in development.
`;

const SECONDS = 3600;

process.exitCode = await main();

/** @returns the exit code: 1 if there is no secret to sign with, 2 if it was called wrongly */
async function main(): Promise<number> {
  const content = readArguments();
  if (!content) return fail(2, USAGE);
  const read = readSignalingConfig(configSources());
  if ("faults" in read) return fail(1, read.faults.map((fault) => `${fault}\n`).join(""));
  const { jwtSecret, wsPort, jwtIssuer: issuer, jwtAudience: audience } = read.config;
  const secret = jwtSecret ?? findSecret(wsPort);
  if (!secret)
    return fail(1, "There is no secret to sign with: set jwtSecret, or start Jongleur here with: npm start\n");
  process.stdout.write(`${await signToken(content, { secret, issuer, audience, seconds: SECONDS })}\n`);
  return 0;
}

function readArguments(): TokenContent | undefined {
  const text = { type: "string" } as const;
  try {
    const { room, user, domain } = parseArgs({ options: { room: text, user: text, domain: text } }).values;
    return room && user ? { roomId: room, userId: user, domain } : undefined;
  } catch {
    return undefined;
  }
}

function fail(code: number, why: string): number {
  process.stderr.write(why);
  return code;
}
