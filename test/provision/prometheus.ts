// A Prometheus with a configuration of its own, on a free port, whose data are gone with it.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Program } from "./program.ts";

export interface Prometheus {
  readonly url: string;
  readonly stop: () => Promise<void>;
}

/** @param configuration as YAML; paths in it are absolute */
export async function startPrometheus({ path, env }: Program, configuration: string): Promise<Prometheus> {
  const folder = await mkdtemp(join(tmpdir(), "jongleur-prometheus-"));
  const file = join(folder, "prometheus.yml");
  await writeFile(file, configuration);
  const options = [`--config.file=${file}`, `--storage.tsdb.path=${join(folder, "data")}`, "--log.format=json"];
  const child = spawn(path, [...options, "--web.listen-address=127.0.0.1:0"], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const lines: string[] = [];
  const exited = once(child, "close");
  const stop = async () => {
    child.kill("SIGKILL");
    await exited;
    await rm(folder, { recursive: true, force: true });
  };
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  createInterface(child.stderr).on("line", (line) => {
    lines.push(line);
    const address = /"address":"([^"]+)".*"msg":"Listening on"/.exec(line)?.[1];
    if (address) resolve(`http://${address}`);
  });
  void exited.then(([code]) => reject(new Error(`Prometheus has ended with ${code}:\n${lines.join("\n")}`)));
  try {
    return { url: await promise, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
