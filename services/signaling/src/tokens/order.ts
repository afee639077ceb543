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
`;

export type Order =
  | { readonly claims: Readonly<Record<string, unknown>>; readonly seconds: number }
  /** Empty where the usage says all. */
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
};

export function readOrder(args: readonly string[]): Order {
  const values = parse(args);
  if (!values?.user || values.room === "") return { fault: "" };
  const { user, name, room, domain, seconds = "3600" } = values;
  if (!/^[1-9]\d{0,8}$/.test(seconds)) return { fault: `--seconds: got ${JSON.stringify(seconds)}, wants a number` };
  const grants = grantsIn(values);
  const jongleur = Object.values(grants).some((grant) => grant !== undefined) ? grants : undefined;
  const read = parseGrants(jongleur);
  if ("fault" in read) return { fault: read.fault };
  const forMse = room === undefined ? {} : { userId: user, roomId: room, domain };
  return { claims: { sub: user, name, ...forMse, jongleur }, seconds: Number(seconds) };
}

type Values = Partial<Record<keyof typeof OPTIONS, string>>;

function grantsIn({ rooms, muc, role, "max-sessions": maxSessions }: Values) {
  const listIn = (value: string | undefined) => value?.split(",").filter((part) => part !== "");
  return {
    rooms: listIn(rooms),
    muc: listIn(muc),
    roles: listIn(role),
    maxSessions: maxSessions === undefined ? undefined : Number(maxSessions),
  };
}

function parse(args: readonly string[]): Values | undefined {
  try {
    return parseArgs({ args: [...args], options: OPTIONS }).values;
  } catch {
    return undefined;
  }
}
