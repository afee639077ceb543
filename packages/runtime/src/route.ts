// A REST endpoint as data: who may ask for what, and what is answered. Both the server and the OpenAPI document are made of it.
import type { ServerResponse } from "node:http";
import type { ErrorName, SignalingError } from "@jongleur/protocol";
import type { z } from "zod";

/** `open`: whoever reaches the port. `admin`: whom the guard lets in; it is for all that changes or reveals. */
export type Access = "open" | "admin";

export interface Asked<Params, Body> {
  readonly params: Params;
  readonly body: Body;
}

export interface Answer {
  readonly status: number;
  /** Absent where the answer has none; text where the documented answer has a `type`. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Goes on answering by itself, in place of a body; not asked where only the headers are wanted. */
  readonly stream?: (response: ServerResponse) => void;
  /** Done once the change has been recorded: for what could keep the record from being written. */
  readonly after?: () => void;
}

export interface DocumentedAnswer {
  readonly description: string;
  /** Of the body; absent where there is none. */
  readonly schema?: z.ZodType;
  /** The content type of a body that is not JSON. */
  readonly type?: string;
}

export interface Route<Params = unknown, Body = unknown> {
  /** What it is called in the document and in records of changes; no two have the same. */
  readonly name: string;
  readonly method: "get" | "put" | "post" | "delete";
  /** As OpenAPI writes it: `/rooms/{rid}`. */
  readonly path: `/${string}`;
  readonly summary: string;
  readonly access: Access;
  /** Whether any web page may read the answer: never what tells of people or rooms. */
  readonly anyOrigin?: true;
  readonly params?: z.ZodType<Params>;
  readonly body?: z.ZodType<Body>;
  /** By status, but for refusals. */
  readonly answers: Readonly<Record<number, DocumentedAnswer>>;
  /** What it refuses by itself; that access, parameters and bodies are refused goes without saying. */
  readonly refusals?: readonly ErrorName[];
  /** What of a request may be logged, asked before it is answered: ids and numbers, never text. */
  recorded?(asked: Asked<Params, Body>): Readonly<Record<string, unknown>>;
  answer(asked: Asked<Params, Body>): Answer | SignalingError | Promise<Answer | SignalingError>;
}

/** Lets the types of parameters and body follow from their schemas. */
export function defineRoute<Params, Body>(route: Route<Params, Body>): Route {
  return route;
}
