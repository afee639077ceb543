// What a token is worth at each of the doors of a pod.
import { RequestFactory } from "@jongleur/protocol";
import { openMse } from "./mse-client.ts";
import { connect } from "./party.ts";
import type { Pod } from "./pod.ts";

/** "in", or the code with which the token is refused. */
export type Verdict = "in" | number | undefined;

export async function byJsongle({ url }: Pick<Pod, "url">, token: string, uid = "user"): Promise<Verdict> {
  try {
    (await connect(url, uid, { token })).close();
    return "in";
  } catch (error) {
    return (error as { code?: number }).code;
  }
}

export async function byMse({ url }: Pick<Pod, "url">, token: string): Promise<Verdict> {
  const client = await openMse(url);
  const answer = (await client.ask(RequestFactory.auth(token))) as { result?: string; error?: { code: number } };
  client.close();
  return answer.result === "authenticated" ? "in" : answer.error?.code;
}
