import { Registry } from "prom-client";
import { expect, test } from "vitest";
import { z } from "zod";
import { openLog } from "./logger.ts";
import { openApiDocument } from "./openapi.ts";
import { createOpsApp } from "./ops-app.ts";
import { createOpsRoutes } from "./ops-routes.ts";
import { defineRoute } from "./route.ts";

const info = { title: "Test", version: "1", description: "A test" };
const routes = [
  ...createOpsRoutes({ registry: new Registry(), metricsAccess: "admin", notReady: () => undefined }),
  defineRoute({
    name: "setColour",
    method: "put",
    path: "/things/{thing}/colour",
    summary: "Paints a thing",
    access: "admin",
    params: z.object({ thing: z.string() }),
    body: z.strictObject({ colour: z.string() }),
    answers: { 204: { description: "It is painted" } },
    answer: () => ({ status: 204 }),
  }),
];

test("the application has the routes of the document and the document's own, and no others", async () => {
  const { logger } = await openLog({ level: "fatal", name: "test" });
  const guard = () => {};
  const app = createOpsApp({ info, routes, secure: false, logger, guard, addressOf: () => "" });
  const paths = app.router.stack.flatMap(({ route }) => route?.path ?? []);
  const documented = Object.keys(openApiDocument(info, routes).paths).map((path) => path.replace("{thing}", ":thing"));
  expect(new Set(paths)).toEqual(new Set([...documented, "/openapi.json"]));
});

test("an admin's operation wants a token, and says how it is refused", () => {
  const { paths } = openApiDocument(info, routes);
  expect(paths["/things/{thing}/colour"]?.put).toMatchObject({
    operationId: "setColour",
    security: [{ adminToken: [] }],
    parameters: [{ name: "thing", in: "path", required: true, schema: { type: "string" } }],
    requestBody: { content: { "application/json": { schema: { additionalProperties: false, required: ["colour"] } } } },
    responses: { 204: {}, 400: {}, 401: {}, 403: {}, 413: {}, 415: {}, 429: {} },
  });
  expect(paths["/metrics"]?.get).toMatchObject({ security: [{ adminToken: [] }] });
  expect(paths["/livez"]?.get).toMatchObject({ security: [] });
});
