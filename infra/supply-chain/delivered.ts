// Which packages of a lock file are delivered: npm's own `sbom --omit=dev` leaves out those that developers need as well.

interface LockedPackage {
  readonly version?: string;
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly link?: boolean;
  /** Of a link: the folder. */
  readonly resolved?: string;
}

export interface LockFile {
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

interface Bill {
  readonly metadata: { readonly component: object };
  readonly components: readonly { readonly "bom-ref": string }[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn?: readonly string[] }[];
}

/** @returns `name@version` of each; our own packages, which others link to, are delivered whoever needs them */
function deliveredIn({ packages }: LockFile): ReadonlySet<string> {
  const installed = Object.entries(packages).filter(([path]) => path.includes("node_modules/"));
  const kept = installed.filter(([, { dev, devOptional, link }]) => link || (!dev && !devOptional));
  return new Set(
    kept.map(([path, { version, resolved = "" }]) => {
      const name = path.split("node_modules/").at(-1);
      return `${name}@${version ?? packages[resolved]?.version}`;
    }),
  );
}

/** @param bill of all that is in the lock file, as npm writes it (CycloneDX) @param name of the whole */
export function deliveredOf<B extends Bill>(bill: B, lock: LockFile, name: string): B {
  const delivered = deliveredIn(lock);
  const isKept = (ref: string) => delivered.has(ref);
  return {
    ...bill,
    metadata: { ...bill.metadata, component: { ...bill.metadata.component, name } },
    components: bill.components.filter((component) => isKept(component["bom-ref"])),
    dependencies: bill.dependencies
      .filter(({ ref }) => isKept(ref) || ref.startsWith(`${name}@`))
      .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter(isKept) })),
  };
}
