// A short talk with one Redis server: it fails at once where a client of the service would wait and reconnect.
import { Redis } from "ioredis";

const PATIENCE_MS = 2000;

export async function ask<Answer>(url: string, talk: (redis: Redis) => Promise<Answer>): Promise<Answer> {
  const redis = new Redis(url, {
    lazyConnect: true,
    // An old server has to say how old it is.
    protocol: 2,
    disableClientInfo: true,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
    connectTimeout: PATIENCE_MS,
    // A server that is paused takes the connection and says nothing.
    commandTimeout: PATIENCE_MS,
    // A cluster that is still forming calls itself not ready, and is to be talked to.
    enableReadyCheck: false,
  });
  let fault: unknown;
  redis.on("error", (error) => {
    fault ??= error;
  });
  try {
    await redis.connect();
    return await talk(redis);
  } catch (error) {
    // "Connection is closed" says less than what closed it.
    throw fault ?? error;
  } finally {
    redis.disconnect();
  }
}
