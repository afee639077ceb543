// The redis-server of a Debian or its kin, unpacked into a cache folder: nothing is installed, and nobody has to be root.
import { execFile } from "node:child_process";
import { globSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type Attempt, notHad, reasonOf } from "./attempt.ts";
import { type RedisBinary, tryBinary } from "./redis-binary.ts";

const CACHE = fileURLToPath(new URL("../../.cache/redis", import.meta.url));
const UNPACKED = join(CACHE, "unpacked");
/** The program is in the one or the other, depending on the release. */
const PACKAGES = ["redis-server", "redis-tools"];

export async function unpackedRedis(): Promise<Attempt<RedisBinary>> {
  const cached = await tryBinary(binaryBelow(UNPACKED));
  if (cached.ok) return cached;
  try {
    await unpack();
  } catch (error) {
    return notHad(`the distribution's redis-server cannot be unpacked: ${reasonOf(error)}`);
  }
  return tryBinary(binaryBelow(UNPACKED));
}

function binaryBelow(root: string): RedisBinary {
  const libraries = globSync("{usr/,}lib/**/*.so.*", { cwd: root }).map((path) => join(root, dirname(path)));
  const given = process.env.LD_LIBRARY_PATH;
  const folders = [...new Set(libraries), ...(given ? [given] : [])];
  return { path: join(root, "usr/bin/redis-server"), env: { LD_LIBRARY_PATH: folders.join(delimiter) } };
}

async function unpack(): Promise<void> {
  await mkdir(CACHE, { recursive: true });
  const folder = await mkdtemp(join(CACHE, "new-"));
  try {
    const files = await download(folder);
    const root = join(folder, "root");
    for (const file of files) await run("dpkg", ["-x", file, root], folder);
    await replace(root);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Others may unpack at the same time; whoever comes first is as good as whoever comes last. */
async function replace(root: string): Promise<void> {
  if ((await tryBinary(binaryBelow(UNPACKED))).ok) return;
  await rm(UNPACKED, { recursive: true, force: true });
  await rename(root, UNPACKED).catch(() => {});
}

/** Lists and archives of our own: those of the machine may be empty or old, and are root's. */
async function download(folder: string): Promise<string[]> {
  for (const name of ["lists/partial", "archives/partial"]) await mkdir(join(folder, name), { recursive: true });
  const places = { "Dir::State::lists": join(folder, "lists"), "Dir::Cache": folder, "APT::Sandbox::User": "root" };
  const options = Object.entries(places).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
  const apt = (...args: string[]) => run("apt-get", [...options, ...args], folder);
  await apt("--quiet", "update");
  const plan = await apt("--simulate", "--no-install-recommends", "install", "redis-server");
  await apt("--quiet", "download", ...PACKAGES, ...missingLibraries(plan));
  return globSync("*.deb", { cwd: folder }).map((name) => join(folder, name));
}

/** @param plan of an installation; what it would only renew has brackets after its name, and is left as it is */
function missingLibraries(plan: string): string[] {
  return [...plan.matchAll(/^Inst (lib\S+) \(/gm)].map(([, name]) => name ?? "");
}

/** @returns what it prints. @throws the last line of its complaints */
async function run(program: string, args: readonly string[], cwd: string): Promise<string> {
  try {
    return (await promisify(execFile)(program, args, { cwd })).stdout;
  } catch (error) {
    const complaints = error instanceof Error && "stderr" in error ? String(error.stderr).trim() : "";
    throw new Error(complaints.split("\n").at(-1) || reasonOf(error));
  }
}
