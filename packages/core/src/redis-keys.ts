// The names of what is kept in Redis. All keys of one script share a hash tag, and so a slot of a Redis Cluster.
import type { Owner } from "./redis-authority.ts";

export const redisKeys = {
  /** Hash: kind, version, locked if it is, and a field for each member: session id to pod, epoch, since and identity. */
  room: (rid: string) => `jgl:{room:${literal(rid)}}`,
  /** Hash: uid to the end of its ban in ms. */
  bans: (rid: string) => `jgl:{room:${literal(rid)}}:bans`,
  /** Hash: session id to version, end of the ban, pod and reason. */
  putOut: (rid: string) => `jgl:{room:${literal(rid)}}:putout`,
  /** Hash: session id to pod, epoch and protocol. */
  sessions: (uid: string) => `jgl:{user:${literal(uid)}}:sessions`,
  /** Hash: session id and rid to pod and epoch. */
  places: (uid: string) => `jgl:{user:${literal(uid)}}:mucs`,
  /** Set: what a pod holds under one epoch, each as a JSON array. */
  holdings: ({ pod, epoch }: Owner) => `jgl:{pod:${pod}}:${epoch}:holdings`,
  /** String: what a pod tells of itself, as JSON. */
  card: (pod: string) => `jgl:{pod:${pod}}`,
  /** Hash: what pods have counted, of each that was seen lately, and the sum of all before. */
  totals: "jgl:totals",
  /** Sorted set: the pods' epochs, each with the end of its lease in ms; one that is reaped as "reaping" and it. */
  pods: "jgl:pods",
} as const;

const ESCAPE = "\u0000";

/**
 * Names are taken literally. Half a surrogate pair, which JSON can carry and UTF-8 can't, would become
 * the same as any other half: such a name is written as JSON behind a NUL.
 */
export function literal(name: string): string {
  return name.isWellFormed() && !name.startsWith(ESCAPE) ? name : ESCAPE + JSON.stringify(name);
}
