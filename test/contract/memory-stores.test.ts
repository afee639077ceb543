// The memory stores keep the contracts.
import { MemoryPresenceStore, MemoryRoomStore } from "@jongleur/core";
import { describePresenceStore } from "./presence-store-contract.ts";
import { describeRoomStore } from "./room-store-contract.ts";

describeRoomStore("memory", async () => {
  const store = new MemoryRoomStore(Date.now);
  return { pods: [store, store], close: async () => {} };
});

describePresenceStore("memory", async () => {
  const store = new MemoryPresenceStore();
  return { pods: [store, store], close: async () => {} };
});
