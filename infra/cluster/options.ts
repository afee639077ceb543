// What `npm run cluster` may be told: the ports, so that several clusters find room on one machine.
import { parseArgs } from "node:util";

export const POD_COUNT = 3;

export interface Options {
  /** Of the balancer, for clients. */
  readonly port: number;
  /** Of the first pod, for clients. */
  readonly "pod-port": number;
  /** Of the balancer, for operators. */
  readonly "rest-port": number;
}

const DEFAULTS: Options = { port: 8080, "pod-port": 8091, "rest-port": 8180 };
const MOST = 65_535 - POD_COUNT - 1;

export const USAGE = `Usage: npm run cluster -- [--port <port>] [--pod-port <port>] [--rest-port <port>]

Starts Redis, ${POD_COUNT} pods, HAProxy and the aggregator on this machine. Settings of the pods come from the environment and .env.

  --port <port>       for clients; ${DEFAULTS.port} if not given
  --pod-port <port>   for clients at the first pod, the others take those after it; ${DEFAULTS["pod-port"]} if not given
  --rest-port <port>  for operators at the balancer, pods and the aggregator take those after it; ${DEFAULTS["rest-port"]} if not given
  --help              prints this
`;

export type Choice =
  | { readonly outcome: "run"; readonly options: Options }
  | { readonly outcome: "help" }
  | { readonly outcome: "misused"; readonly fault: string };

export function chooseOptions(args: readonly string[]): Choice {
  try {
    const port = { type: "string" } as const;
    const options = { port, "pod-port": port, "rest-port": port, help: { type: "boolean" } } as const;
    const { help, ...given } = parseArgs({ args: [...args], options }).values;
    if (help) return { outcome: "help" };
    const entries = Object.entries({ ...DEFAULTS, ...given }).map(([name, value]) => [name, readPort(name, value)]);
    return { outcome: "run", options: Object.fromEntries(entries) };
  } catch (error) {
    return { outcome: "misused", fault: (error as Error).message };
  }
}

function readPort(name: string, value: string | number): number {
  const port = /^\d{1,5}$/.test(String(value)) ? Number(value) : 0;
  if (port >= 1 && port <= MOST) return port;
  throw new Error(`--${name}: got ${JSON.stringify(value)}, wants a port from 1 to ${MOST}`);
}
