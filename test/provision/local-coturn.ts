// The coturn of this machine: that on the PATH, or else the distribution's, unpacked.
import { type FoundProgram, found, programOnPath, trialBy } from "./program.ts";
import { unpackedProgram } from "./unpacked-program.ts";

/** The oldest that infra/coturn/turnserver.conf was tried with. */
const OLDEST = "4.6";

const tryCoturn = trialBy("--version", (answer) => {
  const version = /\d+\.\d+(\.\d+)?/.exec(answer)?.[0] ?? "";
  const isRecent = version.localeCompare(OLDEST, "en", { numeric: true }) >= 0;
  return isRecent ? undefined : `is older than ${OLDEST}: it is ${version || answer.trim()}`;
});

/** @throws one sentence that says why there is none, and how to get it */
export async function findCoturn(): Promise<FoundProgram> {
  const onPath = await programOnPath("turnserver", tryCoturn);
  if (onPath.ok) return found("coturn", onPath.got, "turnserver on the PATH");
  const packages = ["coturn"];
  const unpacked = await unpackedProgram({ name: "coturn", packages, path: "usr/bin/turnserver", attempt: tryCoturn });
  if (unpacked.ok) return found("coturn", unpacked.got, `unpacked package (${onPath.why})`);
  throw new Error(`There is no coturn to be had: ${onPath.why}; ${unpacked.why}. Install coturn ${OLDEST} or newer.`);
}
