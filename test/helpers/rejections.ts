// How often a pod has kept out or thrown out something, by reason.
import type { Pod } from "./pod.ts";

export async function rejections({ rest }: Pod, reason: string): Promise<number> {
  const metrics = await (await fetch(`${rest}/metrics`)).text();
  const [, value] = new RegExp(`^jongleur_rejected_total\\{reason="${reason}"\\} (\\d+)$`, "m").exec(metrics) ?? [];
  if (value === undefined) throw new Error(`nothing is counted as ${reason}`);
  return Number(value);
}
