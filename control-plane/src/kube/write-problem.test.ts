// The message for an operator for each refused write, and which of them are retried.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { WriteError } from "../reconcile/write-error.ts";
import { ApiError, apiServer } from "./api-server.ts";
import { resources } from "./resources.ts";
import { writeErrorOf } from "./write-problem.ts";

const told = (error: unknown): { readonly isTerminal: boolean; readonly message: string } => {
  const found = writeErrorOf(resources.envoyFilters, error);
  return { isTerminal: found instanceof WriteError && found.isTerminal, message: found.message };
};

test("a conflict, an overload and an outage may be over at the next try; an invalid or forbidden write still fails", () => {
  for (const status of [401, 408, 409, 429, 500, 503, 504])
    assert.equal(told(new ApiError(status, "no")).isTerminal, false);
  assert.equal(told(new Error("connect ECONNREFUSED")).isTerminal, false);
  for (const status of [400, 403, 422]) assert.equal(told(new ApiError(status, "no")).isTerminal, true);
});

test("a refusal without a Status does not come from the API server", () => {
  assert.equal(told(new ApiError(400, "the API server answered 400", { hasStatus: false })).isTerminal, false);
});

test("an object that was deleted meanwhile may exist at the next try", () => {
  const messages = ['prioritypolicies.expedite.dev "exports" not found', 'namespaces "shop" not found'];
  for (const message of messages) assert.equal(told(new ApiError(404, message)).isTerminal, false, message);
});

test("a pause that the API server asks for is kept", () => {
  const error = writeErrorOf(resources.envoyFilters, new ApiError(429, "slow down", { retryAfter: "7" }));
  assert.equal(error instanceof WriteError && error.retryAfterMillis, 7_000);
});

test("a write forbidden by RBAC names the verb and the resource that the role lacks", () => {
  const user = 'User "system:serviceaccount:istio-system:expedite"';
  const forbidden = `envoyfilters.networking.istio.io "expedite-filter" is forbidden: ${user} cannot patch resource "envoyfilters" in API group "networking.istio.io" in the namespace "shop"`;
  assert.match(
    told(new ApiError(403, forbidden)).message,
    /ClusterRole lacks the verb patch on envoyfilters.networking.istio.io. Apply manifests\/rbac.yaml .* within 5 minutes/,
  );
  const role = `leases.coordination.k8s.io "x" is forbidden: ${user} cannot create resource "leases" in API group "coordination.k8s.io" in the namespace "istio-system"`;
  assert.match(told(new ApiError(403, role)).message, /'s Role lacks the verb create on leases.coordination.k8s.io\./);
  const quota = 'envoyfilters "x" is forbidden: exceeded quota: few';
  assert.match(told(new ApiError(403, quota)).message, /^envoyfilters "x" is forbidden: exceeded quota: few\. It is/);
});

test("an invalid object names the fields, a webhook's refusal the webhook, a missing kind the kind", () => {
  const fields = ["spec.configPatches[0].applyTo"];
  assert.match(
    told(new ApiError(422, 'EnvoyFilter "x" is invalid', { fields })).message,
    /^the API server refuses spec.configPatches\[0\].applyTo: EnvoyFilter "x" is invalid\. It is retried/,
  );
  const webhook = 'admission webhook "policy.example.com" denied the request: no Lua';
  for (const status of [400, 403])
    assert.match(told(new ApiError(status, webhook)).message, /what the webhook policy.example.com demands/);
  const missing = "the server could not find the requested resource";
  assert.match(
    told(new ApiError(404, missing)).message,
    /no kind EnvoyFilter of networking.istio.io\/v1alpha3. Install/,
  );
});

test("the fields are those in the API server's Status", async () => {
  const details = { causes: [{ reason: "FieldValueInvalid", field: "spec.priority" }, { reason: "Other" }] };
  const body = JSON.stringify({ kind: "Status", message: 'EnvoyFilter "x" is invalid', details });
  const server = createServer((_, answer) => answer.writeHead(422).end(body));
  server.listen(0);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const connection = { server: `http://localhost:${port}`, options: async () => ({}) };
  const request = { method: "GET", path: "/", signal: AbortSignal.timeout(10_000) } as const;
  const error = await apiServer(connection)
    .read(request)
    .catch((thrown: unknown) => thrown);
  server.close();
  assert.ok(error instanceof ApiError);
  assert.deepEqual([error.status, error.fields], [422, ["spec.priority"]]);
});
