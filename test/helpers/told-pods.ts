// Servers that answer an aggregator as pods do, and say of themselves whatever the test wants.
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface ToldPods {
  /** In the order of the pods. */
  readonly urls: readonly string[];
  readonly stop: () => void;
}

export async function servePods(pods: readonly { pod: string; version: string }[]): Promise<ToldPods> {
  const servers = pods.map((pod) => {
    let number = 0;
    return createServer((_, response) => {
      number += 1;
      response.end(JSON.stringify({ ...pod, started: new Date().toISOString(), draining: false, number, metrics: [] }));
    }).listen(0, "127.0.0.1");
  });
  await Promise.all(servers.map((server) => once(server, "listening")));
  return {
    urls: servers.map((server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    stop: () => {
      for (const server of servers) server.close();
    },
  };
}
