// The pods as `/pods` tells of them.
import { gaugeOf, type Sighting } from "./sighting.ts";

/** What the recorded delays of the event loop hold of the time between two looks at it. */
const LOOK_SECONDS = 0.1;

/** In seconds, to the millisecond; null for what is not known. */
export function describePods(sightings: readonly Sighting[], now: number): object[] {
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
