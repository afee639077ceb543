// The OpenAPI 3.1 document of routes, made of the schemas that requests are checked with.
import { ERRORS, type ErrorName } from "@jongleur/protocol";
import { z } from "zod";
import type { DocumentedAnswer, Route } from "./route.ts";

export interface ApiInfo {
  readonly title: string;
  readonly version: string;
  readonly description: string;
}

export interface OpenApiDocument {
  readonly openapi: string;
  readonly info: ApiInfo;
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly components: Readonly<Record<string, unknown>>;
}

type JsonSchema = Record<string, unknown>;

const errorSchema = z.object({
  errorCode: z
    .int()
    .meta({ description: "Decide by this one: its first three digits are the HTTP status it stands for" }),
  errorDetails: z.string().meta({ description: "For people; may change" }),
  retryAfterMs: z.int().optional().meta({ description: "Milliseconds after which it is worth trying again" }),
});

export function openApiDocument(info: ApiInfo, routes: readonly Route[]): OpenApiDocument {
  const byPath = Map.groupBy(routes, ({ path }) => path);
  const paths = [...byPath].map(([path, all]) => [path, byMethod(all)] as const);
  return {
    openapi: "3.1.1",
    info,
    paths: Object.fromEntries(paths),
    components: {
      schemas: { Error: jsonSchema(errorSchema, "output") },
      securitySchemes: {
        adminToken: {
          type: "http",
          scheme: "bearer",
          description:
            "An adminToken of the service. Where none is configured: no token, from the pod's own machine only",
        },
      },
    },
  };
}

function byMethod(routes: readonly Route[]): Record<string, unknown> {
  return Object.fromEntries(routes.map((route) => [route.method, describeRoute(route)]));
}

function describeRoute(route: Route) {
  const { name, summary, access, params, body, answers } = route;
  return {
    operationId: name,
    summary,
    security: access === "admin" ? [{ adminToken: [] }] : [],
    ...(params && { parameters: describeParams(params) }),
    ...(body && { requestBody: { required: true, content: content({ schema: jsonSchema(body, "input") }) } }),
    responses: { ...mapValues(answers, describeAnswer), ...describeRefusals(route), ...(body && unreadable) },
  };
}

const errorContent = content({ schema: { $ref: "#/components/schemas/Error" } });

/** Of a body in a charset or an encoding that is not known. */
const unreadable = {
  415: { description: `${ERRORS.badParameters.code}: the body can't be read`, content: errorContent },
};

function describeParams(params: z.ZodType): unknown[] {
  const { properties = {} } = jsonSchema(params, "input") as { properties?: Record<string, JsonSchema> };
  return Object.entries(properties).map(([name, schema]) => ({ name, in: "path", required: true, schema }));
}

function describeAnswer({ description, schema, type }: DocumentedAnswer) {
  return { description, ...(schema && { content: content({ schema: jsonSchema(schema, "output") }, type) }) };
}

/** By status: two errors may share one. */
function describeRefusals(route: Route): Record<string, unknown> {
  const meanings = Map.groupBy(refusalsOf(route), (name) => ERRORS[name].http);
  const refusals = [...meanings].map(([status, names]) => [
    status,
    {
      description: names.map((name) => `${ERRORS[name].code}: ${ERRORS[name].meaning}`).join("; "),
      ...(status === ERRORS.badToken.http && { headers: { "WWW-Authenticate": { schema: { type: "string" } } } }),
      content: errorContent,
    },
  ]);
  return Object.fromEntries(refusals);
}

function refusalsOf({ access, params, body, refusals = [] }: Route): ErrorName[] {
  const names = new Set<ErrorName>(refusals);
  if (access === "admin") for (const name of ["badToken", "notGranted", "tooManyRequests"] as const) names.add(name);
  if (params || body) names.add("badParameters");
  if (body) names.add("tooLarge");
  return [...names];
}

function content(media: { readonly schema: JsonSchema }, type = "application/json") {
  return { [type]: media };
}

/** The dialect of OpenAPI 3.1 is that of JSON Schema 2020-12, so that it need not be named. */
function jsonSchema(schema: z.ZodType, io: "input" | "output"): JsonSchema {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io, target: "draft-2020-12" });
  return rest;
}

function mapValues<From, To>(record: Readonly<Record<string, From>>, to: (value: From) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, to(value)]));
}
