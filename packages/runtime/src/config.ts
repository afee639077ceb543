// Settings from the environment or a .env file, checked at start, with all faults at once.
import { readFileSync } from "node:fs";
import { parseEnv } from "node:util";
import type { z } from "zod";

export interface Setting<Value = unknown> {
  /** Takes the text of the variable; its default is the setting's. */
  readonly schema: z.ZodType<Value>;
  /** What the value must be, as a user reads it behind "wants". */
  readonly wants: string;
  /** Never shown, neither in a fault nor by any endpoint. */
  readonly secret?: true;
  /** Shown to admins only: it helps those who would get in. */
  readonly internal?: true;
  /** Other names under which the setting is known. */
  readonly aliases?: readonly string[];
}

export type Settings = Readonly<Record<string, Setting>>;
export type Config<S extends Settings> = { readonly [Name in keyof S]: z.output<S[Name]["schema"]> };

/** Variables by name; what comes first wins over what comes after. */
export type Sources = readonly Readonly<Record<string, string | undefined>>[];

export type ConfigResult<S extends Settings> =
  | { readonly config: Config<S> }
  /** One sentence for each fault, and the settings that have none. */
  | { readonly faults: readonly string[]; readonly partial: Partial<Config<S>> };

/** The environment of this process, then `.env` in its working directory. @throws ConfigFileError */
export function configSources(): Sources {
  return [process.env, readEnvFile(".env")];
}

/** A file that is there but can't be read must not pass for none: it throws a sentence that says so. */
function readEnvFile(path: string): Record<string, string | undefined> {
  try {
    return parseEnv(readFileSync(path, "utf8"));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return {};
    throw new ConfigFileError(`${path}: wants a file that can be read: ${message}`);
  }
}

/** Its message is a fault as those of the settings are. */
export class ConfigFileError extends Error {
  override readonly name = "ConfigFileError";
}

/**
 * Each setting may be spelled `wsPort`, `WS_PORT` or `JONGLEUR_WS_PORT`.
 * @param isOurs whether a name that starts with JONGLEUR_ is for this process; one that is and is no setting is a fault
 */
export function readConfig<S extends Settings>(
  settings: S,
  sources: Sources,
  isOurs: (name: string) => boolean = () => true,
): ConfigResult<S> {
  const known = new Set(Object.entries(settings).flatMap(([name, setting]) => spellingsOf(name, setting)));
  const unknown = sources.flatMap((source) => unknownNames(known, source).filter(isOurs));
  const faults = unknown.map((name) => `${name}: there is no such setting`);
  const entries = Object.entries(settings).map(([name, setting]) => {
    const found = findValue(name, setting, sources);
    if ("fault" in found) faults.push(found.fault);
    const parsed = setting.schema.safeParse("value" in found ? found.value : undefined);
    if (!parsed.success && "value" in found) faults.push(faultOf(name, setting, found.value));
    return [name, parsed.data];
  });
  const config = Object.fromEntries(entries) as Config<S>;
  return faults.length > 0 ? { faults, partial: config } : { config };
}

/** The configuration as it may be shown: without secrets, and to anybody without what is internal. */
export function shownTo<S extends Settings>(
  reader: "anybody" | "admins",
  settings: S,
  config: Config<S>,
): Record<string, unknown> {
  const isShown = (setting?: Setting) => !setting?.secret && (reader === "admins" || !setting?.internal);
  return Object.fromEntries(Object.entries(config).filter(([name]) => isShown(settings[name])));
}

function faultOf(name: string, { wants, secret }: Setting, value: string): string {
  return `${name}: got ${secret ? "a value that is not shown" : JSON.stringify(value)}, wants ${wants}`;
}

type Found = { readonly value: string } | { readonly fault: string } | Record<string, never>;

function findValue(name: string, setting: Setting, sources: Sources): Found {
  const spellings = spellingsOf(name, setting);
  for (const source of sources) {
    const used = spellings.filter((spelling) => source[spelling] !== undefined && !isServiceLink(spelling, source));
    const [first] = used;
    if (first === undefined) continue;
    const values = new Set(used.map((spelling) => source[spelling]));
    if (values.size > 1) return { fault: `${name}: got different values as ${used.join(" and ")}, wants one` };
    return { value: source[first] ?? "" };
  }
  return {};
}

function spellingsOf(name: string, { aliases = [] }: Setting): string[] {
  const spellings = [name, ...aliases].flatMap((spelling) => {
    const upper = upperSnake(spelling);
    return [spelling, upper, `JONGLEUR_${upper}`];
  });
  return [...new Set(spellings)];
}

function upperSnake(name: string): string {
  return name.replaceAll(/(?<=[a-z0-9])[A-Z]/g, "_$&").toUpperCase();
}

/** Names that Kubernetes sets, in every pod of its namespace, for a Service whose name starts with "jongleur". */
const SERVICE_LINK =
  /^JONGLEUR_(\w+_)?(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT(_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?)$/;

/** Of a Service named `ws` or `jongleur-ws`, WS_PORT or JONGLEUR_WS_PORT holds an address, and is no setting. */
function isServiceLink(name: string, source: Sources[number]): boolean {
  return name.endsWith("_PORT") && /^(tcp|udp|sctp):/.test(source[name] ?? "");
}

function unknownNames(known: ReadonlySet<string>, source: Sources[number]): string[] {
  return Object.keys(source).filter(
    (name) => name.startsWith("JONGLEUR_") && !known.has(name) && !SERVICE_LINK.test(name),
  );
}
