// Rooms with members on several pods.
import { randomUUID } from "node:crypto";
import type { Party } from "./party.ts";
import type { Pod } from "./pod.ts";
import { connectOver } from "./races.ts";
import { seeEachOther } from "./view.ts";

export interface OpenRoom<Members extends readonly Party[] = readonly Party[]> {
  readonly rid: string;
  /** In the order in which they have joined. */
  readonly members: Members;
}

/** A MUC with a member on each of the pods, in their order; a pod may be named more than once. */
export async function openMuc(pods: readonly Pod[]): Promise<OpenRoom> {
  const members = await connectOver(pods, pods.length);
  const rid = `muc ${randomUUID()}`;
  for (const member of members) await member.joinMuc(rid);
  await seeEachOther(rid, members);
  return { rid, members };
}

/** A room for two, whose members are on these pods. */
export async function openRoom(...pods: readonly [Pod, Pod]): Promise<OpenRoom<readonly [Party, Party]>> {
  const members = (await connectOver(pods, 2)) as [Party, Party];
  const rid = `room ${randomUUID()}`;
  for (const member of members) await member.join(rid);
  await seeEachOther(rid, members);
  return { rid, members };
}

export function closeAll(parties: readonly Party[]): void {
  for (const party of parties) party.close();
}
