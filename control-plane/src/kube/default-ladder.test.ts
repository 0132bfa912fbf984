// The ladder of an installation is created once: not over another one, not again after its deletion, and later if the kind comes later.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parse as parseYaml } from "yaml";
import { parse } from "../api/parse.ts";
import { priorityLadder } from "../api/priority-ladder.ts";
import { defaultLadder } from "../core/default-ladder.ts";
import { ApiError, type ApiRequest, type ApiServer } from "./api-server.ts";
import { type DefaultLadderOptions, ensureDefaultLadder } from "./default-ladder.ts";

type Lease = { metadata: { resourceVersion: string; annotations?: Readonly<Record<string, string>> }; spec: unknown };

/** A Lease and perhaps a ladder. `hasKind`: whether the ladder's CRD is installed. `renewals`: how often the Lease changes before a PUT. */
function cluster({ ladder = undefined as unknown, hasKind = true, renewals = 0 } = {}) {
  const state = {
    ladder,
    hasKind,
    renewals,
    lease: { metadata: { resourceVersion: "1" }, spec: { holderIdentity: "a" } } as Lease,
  };
  const read = async ({ method, path, body }: ApiRequest): Promise<unknown> => {
    if (method === "GET") return structuredClone(state.lease);
    if (method === "POST") {
      assert.match(path, /^\/apis\/expedite\.dev\/v1alpha1\/priorityladders\?fieldManager=expedite$/);
      if (!state.hasKind) throw new ApiError(404, "the server could not find the requested resource");
      if (state.ladder !== undefined) throw new ApiError(409, "already exists");
      state.ladder = body;
      return body;
    }
    if (state.renewals-- > 0) state.lease.metadata.resourceVersion += "0";
    const next = body as Lease;
    if (next.metadata.resourceVersion !== state.lease.metadata.resourceVersion) throw new ApiError(409, "changed");
    state.lease = next;
    return next;
  };
  const server: ApiServer = { read, open: () => Promise.reject(new Error("not used")) };
  const said: string[] = [];
  const options: DefaultLadderOptions = {
    ...{ server, namespace: "istio-system", leaseName: "expedite", isLeader: () => true },
    created: () => said.push("created"),
    failed: ({ message }) => said.push(message),
    pauses: { first: 1, longest: 2 },
  };
  return { state, said, options };
}

test("the first leader creates it, and no later one", async () => {
  const { state, said, options } = cluster();
  await ensureDefaultLadder(options);
  assert.deepEqual(state.ladder, defaultLadder);
  assert.deepEqual(state.lease.spec, { holderIdentity: "a" });
  await ensureDefaultLadder(options);
  state.ladder = undefined;
  await ensureDefaultLadder(options);
  assert.equal(state.ladder, undefined, "a user deleted it");
  assert.deepEqual(said, ["created"]);
});

test("a user's ladder stays, and does not come back after its deletion", async () => {
  const { state, said, options } = cluster({ ladder: "theirs" });
  await ensureDefaultLadder(options);
  assert.equal(state.ladder, "theirs");
  state.ladder = undefined;
  await ensureDefaultLadder(options);
  assert.deepEqual([state.ladder, said], [undefined, []]);
});

test("a renewal of the Lease in between is no failure", async () => {
  const { state, said, options } = cluster({ renewals: 1 });
  await ensureDefaultLadder(options);
  assert.equal(state.lease.metadata.annotations?.["expedite.dev/default-ladder"], "present");
  assert.deepEqual(said, []);
});

test("without the kind it is tried until the kind is there, and said once", async () => {
  const { state, said, options } = cluster({ hasKind: false });
  const done = ensureDefaultLadder(options);
  await new Promise((resolve) => setTimeout(resolve, 30));
  state.hasKind = true;
  await done;
  assert.deepEqual(state.ladder, defaultLadder);
  assert.deepEqual(said, ["the server could not find the requested resource", "created"]);
});

test("a replica that does not lead asks nothing", async () => {
  const { said, options } = cluster();
  const server: ApiServer = { ...options.server, read: () => Promise.reject(new Error("asked")) };
  await ensureDefaultLadder({ ...options, server, isLeader: () => false });
  assert.deepEqual(said, []);
});

test("it is valid, and the same as the sample", () => {
  assert.deepEqual(Object.keys(parse(priorityLadder, defaultLadder)), ["value"]);
  const sample = readFileSync(join(import.meta.dirname, "../../../manifests/samples/ladder.yaml"), "utf8");
  assert.deepEqual(parseYaml(sample), defaultLadder);
});
