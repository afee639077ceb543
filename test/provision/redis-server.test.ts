// Servers of one's own: outages, and that nothing outlives its test.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { eventually } from "../helpers/eventually.ts";
import { ask } from "./ask.ts";
import { serverFacts } from "./info.ts";
import { type RedisServerOptions, startRedisServer } from "./redis-server.ts";

async function start(options?: RedisServerOptions) {
  const server = await startRedisServer(options);
  onTestFinished(() => server.stop());
  return server;
}

const answers = async ({ url }: { url: string }) => {
  await serverFacts(url);
};
const size = ({ url }: { url: string }) => ask(url, (redis) => redis.dbsize());
const write = ({ url }: { url: string }) => ask(url, (redis) => redis.set("key", "value"));

test("a server that was stopped starts again, empty, on the same port", async () => {
  const server = await start();
  await write(server);
  await server.stop();
  await expect(answers(server)).rejects.toThrow("ECONNREFUSED");
  await server.restart();
  expect(await size(server)).toBe(0);
});

test("a server that was killed starts again, empty, on the same port", async () => {
  const server = await start();
  await write(server);
  await server.kill();
  expect(server.isRunning()).toBe(false);
  await server.restart();
  expect(server.isRunning()).toBe(true);
  expect(await size(server)).toBe(0);
});

test("a server that is paused says nothing until it is resumed, and keeps what it has", async () => {
  const server = await start();
  await write(server);
  server.pause();
  await expect(size(server)).rejects.toThrow("timed out");
  server.resume();
  expect(await size(server)).toBe(1);
});

test("a server that is paused can be stopped", async () => {
  const server = await start();
  server.pause();
  await server.stop();
  await expect(answers(server)).rejects.toThrow("ECONNREFUSED");
});

test("servers at the same time have ports of their own", async () => {
  const servers = await Promise.all([start(), start(), start(), start()]);
  expect(new Set(servers.map(({ port }) => port)).size).toBe(4);
  await Promise.all(servers.map(answers));
});

test("a server that cannot start says why", async () => {
  const { port } = await start();
  await expect(start({ port })).rejects.toThrow(/has ended:.*Address already in use/s);
  await expect(start({ args: ["--no-such-setting", "1"] })).rejects.toThrow("Bad directive");
});

test.each(["SIGINT", "SIGTERM", "SIGKILL"] as const)("a server ends with a process that %s ends", async (signal) => {
  const module = JSON.stringify(new URL("./redis-server.ts", import.meta.url));
  const script = `const { startRedisServer } = await import(${module}); console.log((await startRedisServer()).url);`;
  const parent = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const url = String((await once(parent.stdout, "data"))[0]).trim();
  await answers({ url });
  parent.kill(signal);
  await eventually(() => expect(answers({ url })).rejects.toThrow("ECONNREFUSED"));
});

test("a server leaves no folder behind", async () => {
  const server = await start();
  const [, folder] = await ask(server.url, (redis) => redis.config("GET", "dir") as Promise<string[]>);
  await promisify(execFile)("test", ["-d", folder ?? ""]);
  await server.stop();
  await expect(promisify(execFile)("test", ["-e", folder ?? ""])).rejects.toThrow();
});
