// What has happened to pods and Redis between two rounds of questions, told from what was seen in each.
import type { PodState } from "../sighting.ts";

export interface Happening {
  readonly kind:
    | "joined"
    | "draining"
    /** It has drained, and is no more. */
    | "ended"
    | "late"
    | "unreachable"
    /** Again, after it was late or unreachable. */
    | "answers"
    /** Its lease has ended, and it has not said goodbye. */
    | "died"
    /** It is no longer listed though its lease was not over, or another pod is where it was. */
    | "lost"
    | "redisAway"
    | "redisBack";
  /** Its name; undefined for what happens to Redis. */
  readonly pod: string | undefined;
}

export interface SeenPod {
  readonly pod: string;
  readonly state: PodState;
  /** Of the same clock as `at`; undefined for a pod without a lease. */
  readonly leaseEnd: number | undefined;
}

/** One round. */
export interface Seen {
  /** Monotonic, in ms. */
  readonly at: number;
  readonly redisAway: boolean;
  /** Those that have a name and have not ended, each once. */
  readonly pods: readonly SeenPod[];
  /** Names of pods that have handed over all that they counted: they drained. */
  readonly ended: ReadonlySet<string>;
}

/** In this order: Redis, pods that are there, pods that have gone. */
export function happeningsBetween(before: Seen, after: Seen): readonly Happening[] {
  const known = new Map(before.pods.map((seen) => [seen.pod, seen]));
  const present = new Set(after.pods.map(({ pod }) => pod));
  const changed = after.pods.map(({ pod, ...now }) => ({ pod, kind: changeOf(known.get(pod), { pod, ...now }) }));
  const gone = before.pods
    .filter(({ pod }) => !present.has(pod))
    .map((seen) => ({ pod: seen.pod, kind: departureOf(seen, after) }));
  return [{ pod: undefined, kind: redisChange(before, after) }, ...changed, ...gone].filter(hasHappened);
}

interface Perhaps {
  readonly kind: Happening["kind"] | undefined;
  readonly pod: string | undefined;
}

function hasHappened(each: Perhaps): each is Happening {
  return each.kind !== undefined;
}

function redisChange(before: Seen, after: Seen): Happening["kind"] | undefined {
  if (before.redisAway === after.redisAway) return undefined;
  return after.redisAway ? "redisAway" : "redisBack";
}

function changeOf(before: SeenPod | undefined, { state, leaseEnd }: SeenPod): Happening["kind"] | undefined {
  if (!before) return "joined";
  if (before.state === state) return undefined;
  if (state === "up") return "answers";
  if (state !== "unreachable" || before.state !== "draining") return state;
  // A pod that drains closes its port first. One with a lease gives it back next, which is told then.
  return leaseEnd === undefined ? "ended" : undefined;
}

function departureOf({ pod, state, leaseEnd }: SeenPod, { at, ended }: Seen): Happening["kind"] | undefined {
  if (ended.has(pod) || state === "draining") return "ended";
  const isSilent = state === "late" || state === "unreachable";
  // That nobody answers at its address has been told of already.
  if (leaseEnd === undefined) return isSilent ? undefined : "lost";
  return leaseEnd <= at || state === "unreachable" ? "died" : "lost";
}
