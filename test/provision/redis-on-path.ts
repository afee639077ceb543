// The redis-server on the PATH.
import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { type Attempt, notHad } from "./attempt.ts";
import { type RedisBinary, tryBinary } from "./redis-binary.ts";

export async function redisOnPath(): Promise<Attempt<RedisBinary>> {
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    const path = join(folder, "redis-server");
    if (await isExecutable(path)) return tryBinary({ path, env: {} });
  }
  return notHad("there is no redis-server on the PATH");
}

function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
