// All dashboards, and the files that they are written to.
import { callsAndChat } from "./calls-and-chat.ts";
import { overview } from "./overview.ts";
import { onePod } from "./pod.ts";
import { redisAndBus } from "./redis-and-bus.ts";

export const DASHBOARD_FOLDER = new URL("./dashboards/", import.meta.url);

/** @returns what is to be in each file of the folder, by its name */
export function dashboardFiles(): ReadonlyMap<string, string> {
  const all = [overview(), onePod(), redisAndBus(), callsAndChat()].map((dashboard) => dashboard.build());
  return new Map(all.map((dashboard) => [`${dashboard.uid}.json`, `${JSON.stringify(dashboard, null, 2)}\n`]));
}
