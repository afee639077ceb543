// A Chromium without a window, whose cameras and microphones are made up.
import { type Browser, chromium } from "playwright-core";
import type { Program } from "./program.ts";

const ARGS = [
  // It is started by root in containers, where its sandbox can't be.
  "--no-sandbox",
  "--disable-gpu",
  "--disable-dev-shm-usage",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--use-fake-ui-for-media-stream",
  "--use-fake-device-for-media-stream",
  // The TURN server is on this machine, which may have no other network.
  "--allow-loopback-in-peer-connection",
];

/** It ends when this process does. */
export function launchChromium({ path, env }: Program): Promise<Browser> {
  return chromium.launch({
    executablePath: path,
    args: ARGS,
    env: { ...process.env, ...env } as Record<string, string>,
  });
}
