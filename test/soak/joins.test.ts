// 100,000 racing joins, from 4 pods.
import { test } from "vitest";
import { figure, stopwatch } from "../helpers/figures.ts";
import { checkAfterRaces, connectOver, race } from "../helpers/races.ts";
import { shareService } from "../helpers/shared-service.ts";

const RACERS = 50;
const JOINS = 100_000;
/** Clients remember all that they hear: now and then they are replaced, which mixes coming and going with the joins. */
const ROUNDS_OF_A_CLIENT = 50;

const service = shareService(4);

test("of 100,000 racing joins, every room is filled, none beyond its limit, and members know of each other", async () => {
  const time = stopwatch();
  let [joins, seated, free] = [0, 0, 0];
  while (joins < JOINS) {
    const all = await connectOver(service.pods, RACERS);
    for (let round = 0; round < ROUNDS_OF_A_CLIENT; round++) {
      // Every tenth room is a MUC.
      const given = round % 10 === 0 ? ({ kind: "muc", limit: 10 } as const) : ({ kind: "room", limit: 2 } as const);
      seated += await race(all, given);
      free += given.limit;
      joins += RACERS;
    }
    await checkAfterRaces(service.couriers, all);
    for (const party of all) party.close();
  }
  figure("seats admitted", `${seated} of ${free}, of ${joins} joins, in ${time()}`);
});
