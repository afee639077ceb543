// Which pod the demo goes to and with which token: from its arguments, then from the pod's own settings.
import { parseArgs } from "node:util";
import type { SignalingConfig } from "../settings.ts";
import { signingSecret } from "../tokens/keys.ts";
import type { TokenKey } from "../tokens/signer.ts";

export interface Target {
  /** Without a path, as `http://localhost:8080`. */
  readonly url: string;
  /** Undefined if none was found: the pod then says what it thinks of that. */
  readonly token: string | undefined;
  /** Whether MSE is to be spoken. */
  readonly mse: boolean;
  /** What tokens (JWT) are signed with; undefined if none was found. */
  readonly key: TokenKey | undefined;
}

export type Choice =
  | { readonly outcome: "run"; readonly target: Target }
  | { readonly outcome: "help" }
  | { readonly outcome: "misused"; readonly fault: string }
  | { readonly outcome: "unsettled"; readonly faults: readonly string[] };

export interface Surroundings {
  readonly readSettings: () => { readonly config: SignalingConfig } | { readonly faults: readonly string[] };
  /** The token that a pod in development left for its port. */
  readonly findToken: (wsPort: number) => string | undefined;
  /** The same for the secret that tokens (JWT) are signed with. */
  readonly findSecret: (wsPort: number) => string | undefined;
}

export const USAGE = `Usage: npm run demo -- [--mse] [--url <url>] [--token <token>]

Two clients, alice and bob, connect to a running pod and act out a call and a chat.

Both show tokens signed with jwtSecret, as it is set or npm start left it in development.

  --mse            by MSE
  --url <url>      where the pod listens for clients; http://localhost:<wsPort> if not given
  --token <token>  its appToken; if not given the one that is set, or that npm start left in development
  --help           prints this
`;

export function chooseTarget(args: readonly string[], surroundings: Surroundings): Choice {
  const parsed = parse(args);
  if ("fault" in parsed) return { outcome: "misused", fault: parsed.fault };
  const { url, token, mse = false, help } = parsed;
  if (help) return { outcome: "help" };
  if (url !== undefined && !isPodUrl(url)) {
    return { outcome: "misused", fault: `--url: got ${JSON.stringify(url)}, wants a URL as http://localhost:8080` };
  }
  const origin = url && new URL(url).origin;
  return chooseBySettings({ origin, given: token, mse }, surroundings);
}

interface Wishes {
  readonly origin: string | undefined;
  readonly given: string | undefined;
  readonly mse: boolean;
}

function chooseBySettings({ origin, given, mse }: Wishes, surroundings: Surroundings): Choice {
  const result = surroundings.readSettings();
  if ("faults" in result) {
    // With both given faults in the settings of this machine don't matter.
    if (!origin || given === undefined || mse) return { outcome: "unsettled", faults: result.faults };
    return { outcome: "run", target: { url: origin, token: given, mse, key: undefined } };
  }
  const { wsPort, useHTTPS, appToken, jwtIssuer: issuer, jwtAudience: audience } = result.config;
  if (!origin && wsPort === 0) {
    return { outcome: "unsettled", faults: ["wsPort is 0, which takes any free port: say which it is with --url"] };
  }
  const url = origin ?? `${useHTTPS ? "https" : "http"}://localhost:${wsPort}`;
  const token = given ?? appToken ?? left(url, surroundings.findToken);
  const secret = signingSecret(result.config) ?? left(url, surroundings.findSecret);
  const key = secret ? { secret, issuer, audience } : undefined;
  return { outcome: "run", target: { url, token, mse, key } };
}

/** Only for a pod on this machine: what it left is no other pod's business. */
function left(url: string, find: (wsPort: number) => string | undefined): string | undefined {
  const { port, protocol } = new URL(url);
  return isLoopback(url) ? find(Number(port || (protocol === "https:" ? 443 : 80))) : undefined;
}

/** True where nobody but this machine can be listening. */
export function isLoopback(url: string): boolean {
  return ["localhost", "127.0.0.1", "[::1]"].includes(new URL(url).hostname);
}

/** A path would be taken for a Socket.IO namespace. */
function isPodUrl(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, pathname, search } = new URL(url);
  return /^https?:$/.test(protocol) && pathname === "/" && search === "";
}

function parse(args: readonly string[]) {
  const [text, flag] = [{ type: "string" }, { type: "boolean" }] as const;
  try {
    return parseArgs({ args: [...args], options: { url: text, token: text, mse: flag, help: flag } }).values;
  } catch (error) {
    return { fault: (error as Error).message };
  }
}
