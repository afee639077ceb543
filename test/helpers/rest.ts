// What pods tell operators of rooms.
import type { Pod } from "./pod.ts";

interface RoomAnswer {
  readonly members: readonly { readonly member: { readonly uid: string } }[];
}

/** The uids of a room's members, sorted, as a pod answers; none if nobody is in there. */
export async function membersAsTold({ rest }: Pod, rid: string): Promise<string[]> {
  const response = await fetch(`${rest}/rooms/${encodeURIComponent(rid)}`);
  const body = await response.text();
  if (body.includes("Nobody is in a room")) return [];
  if (!response.ok) throw new Error(`GET /rooms/:rid answers ${response.status}: ${body}`);
  return (JSON.parse(body) as RoomAnswer).members.map(({ member }) => member.uid).sort();
}
