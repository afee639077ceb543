// The pods as `/pods` tells of them.
import { z } from "zod";
import { gaugeOf, POD_STATES, type Sighting } from "./sighting.ts";

/** What the recorded delays of the event loop hold of the time between two looks at it. */
const LOOK_SECONDS = 0.1;

const known = z.number().nullable();
const text = z.string().nullable();

export const podsPage = z.object({
  partial: z.boolean(),
  pods: z.array(
    z.object({
      pod: text,
      address: text,
      state: z.enum(POD_STATES),
      draining: z.boolean(),
      version: text,
      started: text,
      ageSeconds: known,
      leaseSeconds: known,
      answeredSecondsAgo: known,
      connections: known,
      eventLoopLagSeconds: known,
    }),
  ),
});

/** In seconds, to the millisecond; null for what is not known. */
export function describePods(sightings: readonly Sighting[], now: number): z.output<typeof podsPage>["pods"] {
  return sightings.map((sighting) => {
    const { pod = null, url = null, version = null, started = null, state, leaseEnd, answered } = sighting;
    const lag = gaugeOf(sighting, "jongleur_nodejs_eventloop_lag_p99_seconds");
    return {
      pod,
      address: url,
      state,
      draining: state === "draining",
      version,
      started,
      ageSeconds: started === null ? null : seconds(Date.now() - Date.parse(started)),
      leaseSeconds: leaseEnd === undefined ? null : seconds(leaseEnd - now),
      answeredSecondsAgo: answered === undefined ? null : seconds(now - answered),
      connections: gaugeOf(sighting, "users_count") ?? null,
      eventLoopLagSeconds: lag === undefined ? null : seconds(Math.max(0, lag - LOOK_SECONDS) * 1000),
    };
  });
}

function seconds(ms: number): number {
  return Math.round(ms) / 1000;
}
