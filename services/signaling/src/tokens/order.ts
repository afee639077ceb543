// What `npm run token` is asked for: the claims of a token that serves both protocols as far as it can.
import { parseArgs } from "node:util";
import { parseGrants } from "@jongleur/protocol";

export const USAGE = `Usage: npm run token -- --user <user> [options]

Prints a token for a client, signed with jwtSecret (of jwtSecretFile, the first): the one that is set, or the one that
npm start made in development.

  --user <user>        who it is, for JSONgle and MSE
  --name <name>        its display name
  --rooms <rooms>      rooms that it may join, separated by commas, as daily,team-*; any if not given
  --muc <mucs>         the same for MUCs
  --role <role>        moderator
  --max-sessions <n>   sessions that the user may have at the same time
  --room <room>        the room for MSE; without it the token is for JSONgle only
  --domain <domain>    the domain of that room
  --seconds <n>        how long it is good, 3600 if not given
  --help               this text
`;

export type Order =
  | { readonly claims: Readonly<Record<string, unknown>>; readonly seconds: number }
  | "help"
  | { readonly fault: string };

const text = { type: "string" } as const;
const OPTIONS = {
  user: text,
  name: text,
  rooms: text,
  muc: text,
  role: text,
  "max-sessions": text,
  room: text,
  domain: text,
  seconds: text,
  help: { type: "boolean", short: "h" },
} as const;

export function readOrder(args: readonly string[]): Order {
  const values = parse(args);
  if ("fault" in values) return values;
  if (values.help) return "help";
  const { user, name, room, domain, seconds = "3600" } = values;
  if (!user) return { fault: "--user: is missing" };
  if (room === "") return { fault: "--room: is empty" };
  if (!/^[1-9]\d{0,8}$/.test(seconds)) return { fault: `--seconds: got ${JSON.stringify(seconds)}, wants a number` };
  const grants = grantsIn(values);
  const jongleur = Object.values(grants).some((grant) => grant !== undefined) ? grants : undefined;
  const read = parseGrants(jongleur);
  if ("fault" in read) return { fault: asOption(read.fault) };
  const forMse = room === undefined ? {} : { userId: user, roomId: room, domain };
  return { claims: { sub: user, name, ...forMse, jongleur }, seconds: Number(seconds) };
}

type Values = ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>["values"];

/** A fault of the grants, by the option that they come from. */
function asOption(fault: string): string {
  return fault.replace(/^the claim 'jongleur\.(\w+)'/, (_all, grant: string) => `--${OPTION_OF[grant] ?? grant}`);
}

const OPTION_OF: Readonly<Record<string, string>> = { roles: "role", maxSessions: "max-sessions" };

function grantsIn({ rooms, muc, role, "max-sessions": maxSessions }: Values) {
  const listIn = (value: string | undefined) => value?.split(",").filter((part) => part !== "");
  return {
    rooms: listIn(rooms),
    muc: listIn(muc),
    roles: listIn(role),
    maxSessions: maxSessions === undefined ? undefined : Number(maxSessions),
  };
}

function parse(args: readonly string[]): Values | { readonly fault: string } {
  try {
    return parseArgs({ args: [...args], options: OPTIONS }).values;
  } catch (error) {
    return { fault: (error as Error).message };
  }
}
