// What a developer reads after `npm run cluster`.
import type { Child } from "./child.ts";
import type { Ports } from "./ports.ts";

/** Where what a command does is told. */
const COLUMN = 56;

export interface Welcome {
  readonly ports: Ports;
  readonly pods: readonly Child[];
  readonly redis: string;
  readonly appToken: string;
  /** True if the token was made for this run. */
  readonly made: boolean;
  /** Whether clients of JSONgle have to show a token (JWT). */
  readonly tokenNeeded: boolean;
}

export function printWelcome({ ports, pods, redis, appToken, made, tokenNeeded }: Welcome): void {
  const podLines = ports.pods.map(({ name, wsPort, restPort, msePort }, i) => {
    const mse = msePort ? `   MSE ws://localhost:${msePort}/` : "";
    const addresses = `clients http://localhost:${wsPort}   operators http://localhost:${restPort}${mse}`;
    return `  ${name.padEnd(11)} ${addresses}   pid ${pods[i]?.pid}\n`;
  });
  const demo = `npm run demo -- --url http://localhost:${ports.wsPort}`;
  const [victim] = pods;
  const crash = `kill -9 ${victim?.pid}`;
  process.stdout.write(`
Jongleur is ready: ${pods.length} pods behind a balancer.

  clients     http://localhost:${ports.wsPort}   Socket.IO, auth: { appToken${tokenNeeded ? ", token" : ""} }
  MSE         ws://localhost:${ports.wsPort}/mse   a WebSocket, tokens by: npm run token -- --room r --user u
  operators   http://localhost:${ports.restPort}   HAProxy: who is up, /metrics /readyz
  all pods    http://localhost:${ports.aggregatorPort}   what they do together, in a browser; /stats /metrics /pods
  appToken    ${made ? `${appToken}   (made for this run: set appToken to keep one)` : "as configured"}

${podLines.join("")}  state       ${redis}

Try next, in a second terminal:

  ${demo.padEnd(COLUMN)}two clients act out a call, each at another pod
  ${`${demo} --mse`.padEnd(COLUMN)}the same by MSE
  ${crash.padEnd(COLUMN)}${victim?.name} crashes; its clients come back at the others

Ctrl-C stops it all.
`);
}
