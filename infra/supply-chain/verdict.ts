// What npm audit has found, in a sentence: it ends alike where there are holes and where nobody could be asked.

/** Exit codes: no answer is neither good news nor bad. */
export const AUDIT_EXITS = { clean: 0, holes: 1, noAnswer: 3 } as const;

export interface Verdict {
  readonly outcome: keyof typeof AUDIT_EXITS;
  readonly text: string;
}

interface Report {
  readonly vulnerabilities?: Readonly<Record<string, { readonly severity: string; readonly range: string }>>;
  readonly message?: string;
  readonly error?: { readonly summary?: string };
}

/** @param json what `npm audit --json` has printed */
export function verdictOf(json: string): Verdict {
  const report = reportIn(json);
  const holes = report?.vulnerabilities;
  if (holes === undefined) {
    const why = report?.message ?? report?.error?.summary ?? "it printed nothing that can be read";
    return {
      outcome: "noAnswer",
      text: `npm audit: the registry gives no answer, so nothing is known (${firstLine(why)}).`,
    };
  }
  const found = Object.entries(holes).map(([name, { severity, range }]) => `  ${name} ${range}: ${severity}`);
  if (found.length === 0) return { outcome: "clean", text: "npm audit: no known holes in what is delivered." };
  return { outcome: "holes", text: [`npm audit: ${found.length} packages with known holes:`, ...found].join("\n") };
}

function reportIn(json: string): Report | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0]?.trim() ?? "";
}
