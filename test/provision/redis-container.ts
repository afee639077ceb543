// A Redis in a container, by Testcontainers.
import { once } from "node:events";
import { connect } from "node:net";
import { type Attempt, got, notHad, reasonOf } from "./attempt.ts";
import type { RunningRedis } from "./redis.ts";

const IMAGE = "redis:7";
const COMMAND = ["redis-server", "--bind", "0.0.0.0", "--protected-mode", "no", "--save", "", "--appendonly", "no"];

export async function redisInContainer(): Promise<Attempt<RunningRedis>> {
  if (!(await namedEngineAnswers())) return notHad("no Docker engine answers at DOCKER_HOST");
  // It takes a quarter of a second to load, for nothing where REDIS_URL is set.
  const { getContainerRuntimeClient, ImageName } = await import("testcontainers");
  const engine = await getContainerRuntimeClient().catch(() => undefined);
  if (!engine) return notHad("no Docker engine answers");
  const image = ImageName.fromString(IMAGE);
  // Not every failure to pull is thrown.
  await engine.image.pull(image).catch(() => undefined);
  if (!(await engine.image.exists(image))) return notHad(`Docker has no image ${IMAGE} and cannot pull it`);
  return start().then(got, (error) => notHad(`${IMAGE} does not start in Docker: ${reasonOf(error)}`));
}

async function start(): Promise<RunningRedis> {
  const { GenericContainer, Wait } = await import("testcontainers");
  const container = await new GenericContainer(IMAGE)
    .withCommand(COMMAND)
    .withExposedPorts(6379)
    .withWaitStrategy(Wait.forLogMessage(/Ready to accept connections/))
    .start();
  return {
    url: `redis://${container.getHost()}:${container.getMappedPort(6379)}`,
    stop: async () => void (await container.stop()),
  };
}

/** Whoever names an engine means that one; Testcontainers would go on to the machine's own. */
async function namedEngineAnswers(): Promise<boolean> {
  const named = process.env.DOCKER_HOST;
  if (!named?.startsWith("unix://")) return true;
  const socket = connect(named.slice("unix://".length));
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
