// What came of trying to have something: it, or why not as a clause that a sentence can hold.

export type Attempt<Got> = { readonly ok: true; readonly got: Got } | { readonly ok: false; readonly why: string };

export const got = <Got>(it: Got): Attempt<Got> => ({ ok: true, got: it });
export const notHad = (why: string): Attempt<never> => ({ ok: false, why });

/** The first line of whatever was thrown. */
export function reasonOf(thrown: unknown): string {
  const text = thrown instanceof Error ? thrown.message || thrown.name : String(thrown);
  return text.trim().split("\n", 1)[0] ?? "";
}
