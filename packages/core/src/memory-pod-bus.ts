// A bus between pods of one process. A pod that runs alone is a network of one.
import type { Parcel, PodBus } from "./pod-bus.ts";

type Receiver = (parcel: Parcel) => void;

export class MemoryPodNetwork {
  readonly #receivers = new Map<string, Receiver>();

  /** The bus as the pod of that name sees it. */
  connect(pod: string): PodBus {
    return {
      send: (to, parcel) => queueMicrotask(() => this.#receivers.get(to)?.(parcel)),
      receive: (receiver) => void this.#receivers.set(pod, receiver),
    };
  }
}
