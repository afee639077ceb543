// The HAProxy of this machine: that on the PATH, or else the distribution's, unpacked.
import { type Program, programOnPath, trialBy } from "./program.ts";
import { unpackedProgram } from "./unpacked-program.ts";

/** The oldest that infra/haproxy/haproxy.cfg was tried with. */
const OLDEST = "2.6";

const tryHaproxy = trialBy("-v", (answer) => {
  const version = /version (\d+\.\d+)/.exec(answer)?.[1] ?? "";
  const isRecent = version.localeCompare(OLDEST, "en", { numeric: true }) >= 0;
  return isRecent ? undefined : `is older than ${OLDEST}: it is ${version || answer.trim()}`;
});

/** @throws one sentence that says why there is none, and how to get it */
export async function findHaproxy(): Promise<Program> {
  const onPath = await programOnPath("haproxy", tryHaproxy);
  if (onPath.ok) return onPath.got;
  const packages = ["haproxy"];
  const unpacked = await unpackedProgram({ name: "haproxy", packages, path: "usr/sbin/haproxy", attempt: tryHaproxy });
  if (unpacked.ok) return unpacked.got;
  throw new Error(`There is no HAProxy to be had: ${onPath.why}; ${unpacked.why}. Install haproxy ${OLDEST} or newer.`);
}
