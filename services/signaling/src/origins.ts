// Which web pages may connect: the origins that `corsPolicyOrigin` lists.

/** @returns undefined where any origin may come */
export function originsIn(list: string): string[] | undefined {
  return list === "" || list === "*" ? undefined : list.split(",").map((origin) => origin.trim());
}

/** Browsers keep polling within the policy by themselves; a WebSocket has to be refused. No browser, no origin. */
export function mayCome(origins: readonly string[] | undefined, origin: string | undefined): boolean {
  return !origins || origin === undefined || origins.includes(origin);
}
