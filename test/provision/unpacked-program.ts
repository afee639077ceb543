// A program from a package of a Debian or its kin, unpacked into a cache folder: nothing is installed, root or not.
import { execFile } from "node:child_process";
import { globSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type Attempt, notHad, reasonOf } from "./attempt.ts";
import type { Program, Trial } from "./program.ts";

const CACHE = fileURLToPath(new URL("../../.cache", import.meta.url));

export interface Packaged {
  /** The package to install if one could; it also names the cache folder. */
  readonly name: string;
  /** Where the program is, depending on the release: the package, and others that come with it. */
  readonly packages: readonly string[];
  /** Below the root, such as usr/bin/redis-server. */
  readonly path: string;
  readonly attempt: Trial;
}

export async function unpackedProgram(packaged: Packaged): Promise<Attempt<Program>> {
  const { name, attempt } = packaged;
  const cached = await attempt(programBelow(unpackedRoot(packaged), packaged));
  if (cached.ok) return cached;
  try {
    await unpack(packaged);
  } catch (error) {
    return notHad(`the distribution's ${name} cannot be unpacked: ${reasonOf(error)}`);
  }
  return attempt(programBelow(unpackedRoot(packaged), packaged));
}

const cacheOf = ({ name }: Packaged) => join(CACHE, name);
const unpackedRoot = (packaged: Packaged) => join(cacheOf(packaged), "unpacked");

function programBelow(root: string, { path }: Packaged): Program {
  const libraries = globSync("{usr/,}lib/**/*.so.*", { cwd: root }).map((library) => join(root, dirname(library)));
  const given = process.env.LD_LIBRARY_PATH;
  const folders = [...new Set(libraries), ...(given ? [given] : [])];
  return { path: join(root, path), env: { LD_LIBRARY_PATH: folders.join(delimiter) } };
}

async function unpack(packaged: Packaged): Promise<void> {
  await mkdir(cacheOf(packaged), { recursive: true });
  const folder = await mkdtemp(join(cacheOf(packaged), "new-"));
  try {
    const files = await download(folder, packaged);
    const root = join(folder, "root");
    for (const file of files) await run("dpkg", ["-x", file, root], folder);
    await replace(root, packaged);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Others may unpack at the same time; whoever comes first is as good as whoever comes last. */
async function replace(root: string, packaged: Packaged): Promise<void> {
  const place = unpackedRoot(packaged);
  if ((await packaged.attempt(programBelow(place, packaged))).ok) return;
  await rm(place, { recursive: true, force: true });
  await rename(root, place).catch(() => {});
}

/** Lists and archives of our own: those of the machine may be empty or old, and are root's. */
async function download(folder: string, { name, packages }: Packaged): Promise<string[]> {
  for (const place of ["lists/partial", "archives/partial"]) await mkdir(join(folder, place), { recursive: true });
  const places = { "Dir::State::lists": join(folder, "lists"), "Dir::Cache": folder, "APT::Sandbox::User": "root" };
  const options = Object.entries(places).flatMap(([option, value]) => ["-o", `${option}=${value}`]);
  const apt = (...args: string[]) => run("apt-get", [...options, ...args], folder);
  await apt("--quiet", "update");
  const plan = await apt("--simulate", "--no-install-recommends", "install", name);
  await apt("--quiet", "download", ...packages, ...missingLibraries(plan));
  return globSync("*.deb", { cwd: folder }).map((file) => join(folder, file));
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
