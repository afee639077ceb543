// pino-roll ships no types.
declare module "pino-roll" {
  import type { SonicBoom } from "sonic-boom";

  export default function openRollingFile(options: {
    readonly file: string;
    /** Milliseconds. */
    readonly frequency: number;
    readonly limit: { readonly count: number };
    readonly mkdir: boolean;
  }): Promise<SonicBoom>;
}
