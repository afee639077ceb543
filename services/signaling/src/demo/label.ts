// A message in a few words: its action, what kind of it, and the detail that tells most.
import { isJsonObject, type Json, type JsonObject } from "@jongleur/protocol";

type Tell = (value: Json | undefined) => string;

/** By property of the description; the first that is there is told, so `members` goes before `rid`. */
const DETAILS: readonly (readonly [string, Tell])[] = [
  ["errorDetails", String],
  ["members", (members) => (Array.isArray(members) && members.length > 0 ? `with ${uidsOf(members)}` : "alone")],
  ["member", (member) => uidsOf([member])],
  ["rid", String],
  ["media", String],
  ["offer", () => "offer (SDP)"],
  ["answer", () => "answer (SDP)"],
  ["candidate", addressOf],
  ["content", (content) => JSON.stringify(content)],
  ["state", String],
  ["type", String],
];

export function labelOf({ action, reason, event, query, status, description }: JsonObject): string {
  const kind = [reason, event, query, status].find((value) => typeof value === "string" && value !== "");
  return [action, kind, detailOf(description)].filter(Boolean).join(" ");
}

function detailOf(description: Json | undefined): string {
  if (!isJsonObject(description)) return "";
  const [key, tell] = DETAILS.find(([name]) => description[name] !== undefined) ?? [];
  return key && tell ? tell(description[key]) : "";
}

function uidsOf(members: readonly (Json | undefined)[]): string {
  return members.map((member) => (isJsonObject(member) ? String(member.uid) : "?")).join(", ");
}

/** Address and port are the fifth and sixth word of a candidate (RFC 8839, section 5.1). */
export function addressOf(candidate: Json | undefined): string {
  if (!isJsonObject(candidate)) return "?";
  const [, , , , address, port] = String(candidate.candidate).split(" ");
  return `${address}:${port}`;
}
