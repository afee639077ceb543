// The Prometheus of this machine, and promtool, which comes with it: those on the PATH, or else the distribution's, unpacked.
import { type FoundProgram, found, programOnPath, trialBy } from "./program.ts";
import { unpackedProgram } from "./unpacked-program.ts";

/** The oldest that infra/prometheus was tried with. */
const OLDEST = "2.42";

const tryPrometheus = trialBy("--version", (answer) => {
  const version = /version (\d+\.\d+)/.exec(answer)?.[1] ?? "";
  const isRecent = version.localeCompare(OLDEST, "en", { numeric: true }) >= 0;
  return isRecent ? undefined : `is older than ${OLDEST}: it is ${version || answer.trim()}`;
});

/** @throws one sentence that says why there is none, and how to get it */
export async function findPrometheus(name: "prometheus" | "promtool"): Promise<FoundProgram> {
  const onPath = await programOnPath(name, tryPrometheus);
  if (onPath.ok) return found(name, onPath.got, `${name} on the PATH`);
  const packages = ["prometheus"];
  const path = `usr/bin/${name}`;
  const unpacked = await unpackedProgram({ name: "prometheus", packages, path, attempt: tryPrometheus });
  if (unpacked.ok) return found(name, unpacked.got, `unpacked package (${onPath.why})`);
  throw new Error(
    `There is no ${name} to be had: ${onPath.why}; ${unpacked.why}. Install prometheus ${OLDEST} or newer.`,
  );
}
