// What a Redis server says of itself in answer to INFO.
import { ask } from "./ask.ts";

interface ServerFacts {
  readonly version: string;
  /** As the server sees it: inside of a container, another than outside. */
  readonly pid: number;
}

/** Needs an answer to PING, too. */
export function serverFacts(url: string): Promise<ServerFacts> {
  return ask(url, async (redis) => {
    await redis.ping();
    const info = await redis.info("server");
    const field = (name: string) => new RegExp(`^${name}:(.*)\r$`, "m").exec(info)?.[1] ?? "";
    return { version: field("redis_version"), pid: Number(field("process_id")) };
  });
}

/** @throws as long as the section has nothing that fits */
export async function needInfo(url: string, section: string, fits: RegExp): Promise<void> {
  const info = await ask(url, (redis) => redis.info(section));
  if (!fits.test(info)) throw new Error(`${url} does not say ${fits}:\n${info}`);
}

const OLDEST = 7;

export const isRecent = (version: string): boolean => Number.parseInt(version, 10) >= OLDEST;
export const TOO_OLD = `is older than ${OLDEST}`;
