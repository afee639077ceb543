// Which port is whose, and whether all of them are to be had.
import { once } from "node:events";
import { createServer } from "node:net";
import { type Options, POD_COUNT } from "./options.ts";

export interface PodPorts {
  readonly name: string;
  readonly wsPort: number;
  readonly restPort: number;
  /** Where MSE has a port of its own. */
  readonly msePort: number | undefined;
}

export interface Ports {
  readonly wsPort: number;
  readonly restPort: number;
  readonly aggregatorPort: number;
  readonly pods: readonly PodPorts[];
}

/** @param firstMse the setting `msePort`: the first pod's, the others take those after it */
export function planPorts(
  { port, "pod-port": firstPod, "rest-port": firstRest }: Options,
  firstMse: number | undefined,
): Ports {
  const pods = Array.from({ length: POD_COUNT }, (_, i) => ({
    name: `pod-${i + 1}`,
    wsPort: firstPod + i,
    restPort: firstRest + 1 + i,
    // 0 takes a free one.
    msePort: firstMse ? firstMse + i : firstMse,
  }));
  return { wsPort: port, restPort: firstRest, aggregatorPort: firstRest + 1 + POD_COUNT, pods };
}

/** @returns a sentence for each port that is given twice, or that another process has */
export async function portFaults({ wsPort, restPort, aggregatorPort, pods }: Ports): Promise<string[]> {
  const uses = [
    { port: wsPort, option: "--port", whose: "the balancer's for clients" },
    { port: restPort, option: "--rest-port", whose: "the balancer's for operators" },
    ...pods.flatMap((pod) => [
      { port: pod.wsPort, option: "--pod-port", whose: `${pod.name}'s for clients` },
      { port: pod.restPort, option: "--rest-port", whose: `${pod.name}'s for operators` },
      ...(pod.msePort ? [{ port: pod.msePort, option: "msePort", whose: `${pod.name}'s for MSE` }] : []),
    ]),
    { port: aggregatorPort, option: "--rest-port", whose: "the aggregator's" },
  ];
  const faults = uses.map(async ({ port, option, whose }, i) => {
    const twice = uses.findIndex((use) => use.port === port) < i;
    const why = twice ? "it is given twice" : await whyTaken(port);
    return why === undefined ? [] : [`port ${port}, ${whose}: ${why}; choose others with ${option}`];
  });
  return (await Promise.all(faults)).flat();
}

async function whyTaken(port: number): Promise<string | undefined> {
  const server = createServer();
  try {
    server.listen(port);
    await once(server, "listening");
    return undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === "EADDRINUSE" ? "it is taken" : `it is not to be had (${code})`;
  } finally {
    server.close();
  }
}
