// A bus between pods of one process. A pod that runs alone is a network of one.
import type { Parcel, ParcelReceiver, PodBus } from "./pod-bus.ts";

export class MemoryPodNetwork {
  readonly #receivers = new Map<string, ParcelReceiver>();

  /** The bus as the pod of that name sees it: others reach the pod from when it receives until it disconnects. */
  connect(pod: string): PodBus {
    const reaches = (to: string) => this.#receivers.has(pod) && this.#receivers.has(to);
    return {
      reaches,
      send: (to, parcel) => queueMicrotask(() => this.#deliver(pod, to, parcel)),
      // Microtasks keep their order: once there and once back, behind what was sent before either way.
      settle: async (to) => {
        await Promise.resolve();
        const asked = reaches(to);
        await Promise.resolve();
        return asked;
      },
      receive: (receiver) => void this.#receivers.set(pod, receiver),
    };
  }

  disconnect(pod: string): void {
    this.#receivers.delete(pod);
  }

  #deliver(from: string, to: string, parcel: Parcel): void {
    const [sender, receiver] = [this.#receivers.get(from), this.#receivers.get(to)];
    if (sender && receiver) receiver.onParcel(parcel, from);
    else sender?.onUndelivered(to, parcel);
  }
}
