// The message for an operator for each failure of a list or a watch.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiError } from "./api-server.ts";
import { resources } from "./resources.ts";
import { watchProblemOf } from "./watch-problem.ts";

const causeOf = (error: unknown): string | undefined => watchProblemOf(resources.pods, error)?.cause;

test("each failure has a cause, and an expired resourceVersion is not a failure", () => {
  assert.equal(causeOf(new ApiError(410, "too old")), undefined);
  assert.equal(causeOf(new ApiError(401, "Unauthorized")), "Forbidden");
  assert.equal(causeOf(new ApiError(403, "pods is forbidden")), "Forbidden");
  assert.equal(causeOf(new ApiError(429, "slow down")), "Unavailable");
  assert.equal(causeOf(new ApiError(503, "starting")), "Unavailable");
  assert.equal(causeOf(new ApiError(400, "bad request")), "Refused");
  assert.equal(causeOf(new SyntaxError("not JSON")), "Unreadable");
  assert.equal(causeOf(new Error("connect ECONNREFUSED")), "Unreachable");
});

test("a missing kind is named, with how to install it", () => {
  const missing = new ApiError(404, "not found");
  assert.match(watchProblemOf(resources.httpRoutes, missing)?.message ?? "", /HTTPRoute of gateway.networking.k8s.io/);
  assert.match(
    watchProblemOf(resources.policies, missing)?.remedy ?? "",
    /kubectl apply --server-side --filename expedite-crds-\d/,
  );
});
