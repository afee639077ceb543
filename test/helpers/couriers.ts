// Waiting until all that pods have sent each other is there.
import { randomUUID } from "node:crypto";
import { eventually } from "./eventually.ts";
import { action, connect, type Party, settle } from "./party.ts";
import type { Pod } from "./pod.ts";

export interface Couriers {
  /** Waits until all that any pod has sent to another by now has arrived there, and has been passed on to these. */
  readonly arrive: (parties?: readonly Party[]) => Promise<void>;
  readonly close: () => void;
}

/** A client on each pod, all in one MUC. What one pod sends to another arrives in order: a text after all before it. */
export async function sendCouriers(pods: readonly Pod[]): Promise<Couriers> {
  const couriers = await Promise.all(pods.map(({ url }) => connect(url, `courier-${randomUUID()}`)));
  const rid = `couriers ${randomUUID()}`;
  for (const courier of couriers) await courier.joinMuc(rid);
  return {
    arrive: async (parties = []) => {
      const round = randomUUID();
      for (const courier of couriers) {
        courier.send(rid, { action: "session-custom", namespace: "muc", description: { round } });
      }
      for (const courier of couriers) await eventually(() => hasHeardAll(courier, round, couriers.length - 1));
      await settle(...parties);
    },
    close: () => {
      for (const courier of couriers) courier.close();
    },
  };
}

function hasHeardAll(courier: Party, round: string, count: number): void {
  const heard = courier.heard
    .filter(action("session-custom"))
    .filter(({ jsongle }) => (jsongle.description as { round?: string }).round === round);
  if (heard.length !== count) throw new Error(`${courier.uid} has heard ${heard.length} of ${count} other pods`);
}
