// The Chromium of this machine: that of CHROMIUM_PATH, that on the PATH, or else the distribution's, unpacked.
import { type Attempt, notHad } from "./attempt.ts";
import { type FoundProgram, found, type Program, programOnPath, trialBy } from "./program.ts";
import { unpackedProgram } from "./unpacked-program.ts";

const NAMES = ["chromium", "chromium-browser", "google-chrome"];

const tryChromium = trialBy("--version", (answer) =>
  /(Chromium|Chrome) \d+/.test(answer) ? undefined : `is no Chromium: it says ${answer.trim()}`,
);

/**
 * @param given the path of the one to be used; then there is no other way
 * @throws one sentence that says why there is none, and how to get it
 */
export async function findChromium(given = process.env.CHROMIUM_PATH): Promise<FoundProgram> {
  if (given) {
    const attempt = await tryChromium({ path: given, env: {} });
    if (attempt.ok) return found("Chromium", attempt.got, "CHROMIUM_PATH");
    throw new Error(`There is no Chromium to be had: CHROMIUM_PATH says that ${attempt.why}.`);
  }
  const onPath = await anyOnPath();
  if (onPath.ok) return found("Chromium", onPath.got, "chromium on the PATH");
  const unpacked = await unpackedProgram({
    name: "chromium",
    packages: ["chromium", "chromium-common"],
    // The one in usr/bin is a script that looks for the other below the root of the machine.
    path: "usr/lib/chromium/chromium",
    attempt: tryChromium,
  });
  if (unpacked.ok) return found("Chromium", unpacked.got, `unpacked package (${onPath.why})`);
  throw new Error(
    `There is no Chromium to be had: ${onPath.why}; ${unpacked.why}. Set CHROMIUM_PATH, or install chromium.`,
  );
}

async function anyOnPath(): Promise<Attempt<Program>> {
  const whyNot: string[] = [];
  for (const name of NAMES) {
    const attempt = await programOnPath(name, tryChromium);
    if (attempt.ok) return attempt;
    whyNot.push(attempt.why);
  }
  return notHad(whyNot.join("; "));
}
