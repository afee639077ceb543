// A room as a client shows it: from the answer to its join, and the events since.
import type { Received } from "@jongleur/client";
import { eventually } from "./eventually.ts";
import type { Party } from "./party.ts";

interface RoomNews {
  readonly rid?: string;
  readonly member?: { readonly uid: string };
  readonly members?: readonly { readonly uid: string }[];
}

type Others = Set<string> | undefined;

/**
 * The others whom the client sees in the room, sorted; undefined if it is not in there. Users are told apart by uid,
 * so each may be in a room with one session only.
 * @throws if the client was told, of any room, that somebody joined who was there, or left who was not
 */
export function viewOf(party: Party, rid: string): string[] | undefined {
  const others = viewsOf(party).get(rid);
  return others && [...others].sort();
}

function viewsOf(party: Party): ReadonlyMap<string, Others> {
  const views = new Map<string, Others>();
  for (const message of party.heard) {
    const news = message.jsongle.description as RoomNews | null | undefined;
    if (news?.rid !== undefined) views.set(news.rid, apply(party, views.get(news.rid), message, news));
  }
  return views;
}

function apply({ uid }: Party, others: Others, { jsongle }: Received, { rid, member, members }: RoomNews): Others {
  if (jsongle.event === "kicked") return undefined;
  // A moderator's request changes nothing of its own view; what follows from it is told as of any.
  if (jsongle.action === "iq-result" && String(jsongle.query).startsWith("room-")) return others;
  if (jsongle.action === "iq-result") return members && new Set(members.map((other) => other.uid));
  if (jsongle.action !== "session-event" || !member) return others;
  const told = `${uid} was told that ${member.uid} ${jsongle.event} ${rid}`;
  if (!others) throw new Error(`${told}, and is not in there`);
  if (jsongle.event === "left" && member.uid === uid) return undefined;
  if (others.has(member.uid) === (jsongle.event === "joined")) throw new Error(`${told}, but showed that before`);
  if (jsongle.event === "joined") others.add(member.uid);
  else others.delete(member.uid);
  return others;
}

/** Waits until each of the parties sees all others in the room, and nobody else. */
export async function seeEachOther(rid: string, parties: readonly Party[], patience?: number): Promise<void> {
  const uids = parties.map(({ uid }) => uid).sort();
  await eventually(() => {
    for (const party of parties) {
      const missing = uids.filter((uid) => uid !== party.uid).join();
      const seen = viewOf(party, rid)?.join();
      if (seen !== missing) throw new Error(`in ${rid}, ${party.uid} should see [${missing}] and sees [${seen}]`);
    }
  }, patience);
}

/** Whether all that the client was told of rooms fits together, see viewOf. */
export function checkViews(party: Party): void {
  viewsOf(party);
}

/** How often the client was told of it, in any room. */
export function timesTold({ heard }: Party, event: "joined" | "left", uid: string): number {
  return heard.filter(
    ({ jsongle }) =>
      jsongle.action === "session-event" &&
      jsongle.event === event &&
      (jsongle.description as RoomNews).member?.uid === uid,
  ).length;
}
