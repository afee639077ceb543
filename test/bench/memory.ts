// What a pod's process takes of memory, as its inspector tells it, once its garbage is collected.
import { WebSocket } from "ws";
import { eventually } from "../helpers/eventually.ts";
import type { Pod } from "../helpers/pod.ts";

/** The environment of a process whose memory can be read. */
export const READABLE = { NODE_OPTIONS: "--inspect=127.0.0.1:0" };

/** Bytes. */
export interface Memory {
  /** What the operating system has given it. */
  readonly resident: number;
  /** What its objects take, within and outside of the heap of JavaScript. */
  readonly live: number;
}

export interface MemoryProbe {
  readonly read: () => Promise<Memory>;
  readonly collectGarbage: () => Promise<void>;
  readonly close: () => void;
}

const USAGE = "JSON.stringify(process.memoryUsage())";

interface Answer {
  readonly id?: number;
  readonly result?: { readonly result?: { readonly value?: string } };
}

/** @param pod started with `READABLE` in its environment */
export async function openProbe(pod: Pod): Promise<MemoryProbe> {
  const inspector = new WebSocket(await inspectorOf(pod), { perMessageDeflate: false });
  const opened = Promise.withResolvers<void>();
  inspector.on("open", opened.resolve);
  inspector.on("error", opened.reject);
  await opened.promise;
  let last = 0;
  const ask = (method: string, params: object = {}) => {
    const id = ++last;
    const { promise, resolve } = Promise.withResolvers<Answer>();
    const take = (data: unknown) => {
      const answer = JSON.parse(String(data)) as Answer;
      if (answer.id === id) resolve(answer);
    };
    inspector.on("message", take);
    inspector.send(JSON.stringify({ id, method, params }));
    return promise.finally(() => inspector.off("message", take));
  };
  return {
    read: async () => readUsage(await ask("Runtime.evaluate", { expression: USAGE })),
    collectGarbage: async () => void (await ask("HeapProfiler.collectGarbage")),
    close: () => inspector.close(),
  };
}

async function inspectorOf(pod: Pod): Promise<string> {
  let url = "";
  await eventually(() => {
    url = /Debugger listening on (ws:\S+)/.exec(pod.output())?.[1] ?? "";
    if (url === "") throw new Error("the pod does not say where its inspector is");
  });
  return url;
}

function readUsage({ result }: Answer): Memory {
  const { rss, heapUsed, external } = JSON.parse(result?.result?.value ?? "{}") as NodeJS.MemoryUsage;
  return { resident: rss, live: heapUsed + external };
}
