// What PROTOCOL.md says is answered to any message at all: sections "Order of checks", "Rooms and MUCs" and "Relay".
import type { Received } from "@jongleur/client";

type Kind = "room" | "muc";
type Content = Readonly<Record<string, unknown>>;

/** An error's code; or the action of the answer and what tells it apart. */
export type Sign = number | string;

/** One session as the protocol sees it, kept up to date with what it is answered. */
export interface Standing {
  registered: boolean;
  readonly serverId: string;
  /** A room that the session shares with a peer, and rooms it can't enter. */
  readonly shared: string;
  readonly closedRooms: ReadonlySet<string>;
  /** The rooms that the session is in. */
  readonly seats: Map<string, Kind>;
}

export interface Expectation {
  readonly answers: readonly Sign[];
  /** Whether the peer in the shared room hears the message. */
  readonly relayed: boolean;
}

const CALL = new Set<unknown>([
  "session-propose",
  "session-info",
  "session-proceed",
  "session-initiate",
  "session-accept",
  "transport-info",
  "session-decline",
  "session-retract",
  "session-terminate",
]);
const RELAYED = new Set<unknown>([...CALL, "session-text", "session-custom", "session-event"]);
const SUPPORTED = new Set<unknown>([...RELAYED, "iq-set", "iq-result", "session-metrics"]);
const JOINS = new Map<unknown, Kind>([
  ["session-join", "room"],
  ["muc-join", "muc"],
]);
const MAX_MUCS = 10;

export function expectation(standing: Standing, message: unknown): Expectation {
  if (!isObject(message) || !isObject(message.jsongle)) return refused(400_002);
  const { to, jsongle } = message;
  const { action, namespace } = jsongle;
  const hello = action === "iq-result" && jsongle.query === "session-hello";
  if (!standing.registered && !hello) return refused(403_002);
  const seat = typeof to === "string" && standing.seats.has(to);
  if (to !== standing.serverId && !seat) return refused(404_002);
  if (seat && to !== standing.shared && namespace !== "muc" && action !== "session-metrics") {
    return CALL.has(action) ? { answers: ["session-info unreachable"], relayed: false } : refused(404_003);
  }
  const asksForServers = action === "iq-get" && jsongle.query === "ice-servers";
  if (!SUPPORTED.has(action) && !asksForServers) return refused(405_001);
  if (action === "iq-set") return answered(iqAnswer(standing, jsongle));
  if (asksForServers) return answered(iceAnswer(standing, jsongle));
  if (hello && !standing.registered) return helloAnswers(standing, jsongle);
  return RELAYED.has(action) ? relay(standing, message, jsongle) : { answers: [], relayed: false };
}

function relay({ serverId, shared }: Standing, { id, to }: Content, { action, description }: Content): Expectation {
  if (to === serverId) return refused(404_002);
  if ((id !== undefined && typeof id !== "string") || !isObject(description)) return refused(400_001);
  const relayed = to === shared;
  if (action === "session-propose") return { answers: ["session-info trying"], relayed };
  if (action === "session-text" || action === "session-custom") return { answers: ["session-event ack"], relayed };
  return { answers: [], relayed };
}

function helloAnswers(standing: Standing, { description }: Content): Expectation {
  if (!isObject(description) || !isName(description.uid)) {
    return { answers: ["ack failed", 400_001], relayed: false };
  }
  standing.registered = true;
  return answered("ack success");
}

function isName(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

function iqAnswer({ serverId, seats, closedRooms }: Standing, { query, description }: Content): Sign {
  const kind = JOINS.get(query);
  if (!kind && query !== "session-leave") return 404_001;
  const rid = isObject(description) ? description.rid : undefined;
  if (!isName(rid)) return 400_001;
  if (!kind) return seats.delete(rid) ? "iq-result" : 404_002;
  if (rid === serverId) return 400_001;
  const seat = seats.get(rid);
  if (seat) return seat === kind ? "iq-result" : 403_001;
  const mucs = [...seats.values()].filter((each) => each === "muc").length;
  if (closedRooms.has(rid) || (kind === "muc" && mucs >= MAX_MUCS)) return 403_001;
  seats.set(rid, kind);
  return "iq-result";
}

function iceAnswer({ seats }: Standing, { description = {} }: Content): Sign {
  if (!isObject(description)) return 400_001;
  const { rid } = description;
  if (rid !== undefined && !isName(rid)) return 400_001;
  return (rid === undefined ? seats.size > 0 : seats.has(rid)) ? "iq-result" : 404_002;
}

/** How an answer is told apart in an expectation. */
export function signOf({ jsongle }: Received): Sign {
  const { action, reason, event, status, description } = jsongle;
  if (isObject(description) && typeof description.errorCode === "number") return description.errorCode;
  return [action, reason ?? event ?? status].filter((part) => part !== undefined).join(" ");
}

function refused(code: number): Expectation {
  return { answers: [code], relayed: false };
}

function answered(sign: Sign): Expectation {
  return { answers: [sign], relayed: false };
}

function isObject(value: unknown): value is Content {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
