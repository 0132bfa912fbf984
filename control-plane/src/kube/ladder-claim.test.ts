// Installations beside each other in one cluster, on a server with the API server's rules for server-side apply: one serves, the others name
// it and wait, and the next serves only once the Lease of the first is gone or silent.
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { ApiError, type ApiRequest, type ApiServer } from "./api-server.ts";
import { type Claim, claimLadder } from "./ladder-claim.ts";

type Ladder = { metadata: { resourceVersion: string }; status?: { controller?: string }; manager?: string };
type Apply = {
  readonly metadata: { readonly resourceVersion?: string };
  readonly status: { readonly controller: string };
};

/** `leases`: the Leases' specs by namespace/name. `refusal`: of every apply. */
function cluster({ ladder = { metadata: { resourceVersion: "1" } } as Ladder | undefined } = {}) {
  const state = {
    ladder,
    leases: new Map<string, { holderIdentity: string; renewTime: string }>(),
    refusal: undefined as ApiError | undefined,
    applied: 0,
    /** How often the ladder was read. */
    read: 0,
  };
  const read = async ({ method, path, body }: ApiRequest): Promise<unknown> => {
    const { pathname, searchParams: query } = new URL(path, "http://server");
    if (method === "PATCH") return apply(body as Apply, query);
    const [, namespace, name] = /namespaces\/([^/]+)\/leases\/([^/]+)$/.exec(pathname) ?? [];
    if (namespace === undefined) state.read++;
    if (namespace === undefined) return { items: state.ladder === undefined ? [] : [structuredClone(state.ladder)] };
    const spec = state.leases.get(`${namespace}/${name}`);
    if (spec === undefined) throw new ApiError(404, "no Lease");
    return { spec: { ...spec } };
  };
  const apply = ({ metadata, status }: Apply, query: URLSearchParams): unknown => {
    state.applied++;
    const manager = query.get("fieldManager")!;
    const { ladder: there } = state;
    if (state.refusal !== undefined) throw state.refusal;
    if (there === undefined) throw new ApiError(404, "not found");
    if (metadata.resourceVersion !== undefined && metadata.resourceVersion !== there.metadata.resourceVersion)
      throw new ApiError(409, "the object has been modified");
    const isOthers = there.status?.controller !== undefined && there.manager !== manager;
    if (isOthers && query.get("force") !== "true" && there.status?.controller !== status.controller)
      throw new ApiError(409, `Apply failed with 1 conflict: conflict with "${there.manager}"`);
    if (there.status?.controller !== status.controller) there.metadata.resourceVersion += "0";
    Object.assign(there, { status: { controller: status.controller }, manager });
    return there;
  };
  const server: ApiServer = { read, open: () => Promise.reject(new Error("not used")) };
  const renew = (namespace: string): void => {
    state.leases.set(`${namespace}/expedite`, { holderIdentity: namespace, renewTime: String(performance.now()) });
  };
  return { state, server, renew };
}

const times = { lease: 150, check: 10, retry: 10 };

type Installation = Claim & { readonly said: string[]; hasLease: boolean };

function install(context: TestContext, server: ApiServer, namespace: string): Installation {
  const said: string[] = [];
  const installation = { said, hasLease: true };
  const claim = claimLadder({
    ...{ server, namespace, leaseName: "expedite", times, hasLease: () => installation.hasLease, changed: () => {} },
    refused: (other) => said.push(other),
    failed: ({ message }) => said.push(message),
  });
  context.after(claim.stop);
  return Object.assign(installation, claim);
}

async function until(isSo: () => boolean): Promise<void> {
  for (const end = Date.now() + 10_000; !isSo(); await sleep(5)) assert.ok(Date.now() < end, String(isSo));
}

/** Renews the Leases as long as the test lasts. */
function renewing(context: TestContext, renew: () => void): () => void {
  renew();
  const timer = setInterval(renew, 20);
  const end = (): void => clearInterval(timer);
  context.after(end);
  return end;
}

test("the first serves, and the second names it and serves nothing", async (context) => {
  const { state, server, renew } = cluster();
  renewing(context, () => renew("istio-system"));
  const first = install(context, server, "istio-system");
  await until(first.isHeld);
  const second = install(context, server, "mesh");
  await until(() => second.other() !== undefined);
  await sleep(3 * times.lease);
  assert.deepEqual([first.isHeld(), second.isHeld()], [true, false]);
  assert.deepEqual([second.said, first.said], [["istio-system/expedite"], []]);
  assert.equal(state.applied, 1, "nothing is written that is there already");
  assert.equal(state.ladder?.status?.controller, "istio-system/expedite");
});

test("the second serves once the Lease of the first is gone, and the first then waits", async (context) => {
  const { state, server, renew } = cluster();
  const end = renewing(context, () => renew("istio-system"));
  const first = install(context, server, "istio-system");
  await until(first.isHeld);
  const second = install(context, server, "mesh");
  await until(() => second.other() !== undefined);
  end();
  first.hasLease = false;
  first.check();
  assert.equal(first.isHeld(), false, "at once, although no request was answered since");
  state.leases.clear();
  renewing(context, () => renew("mesh"));
  await until(second.isHeld);
  assert.equal(second.other(), undefined);
  first.hasLease = true;
  first.check();
  await until(() => first.other() === "mesh/expedite");
  assert.equal(first.isHeld(), false);
});

for (const [what, holderIdentity] of [
  ["that nobody renews", "istio-system"],
  ["that was given back", ""],
] as const)
  test(`a Lease ${what} serves nothing`, async (context) => {
    const { state, server, renew } = cluster();
    Object.assign(state.ladder!, { status: { controller: "istio-system/expedite" }, manager: "istio-system/expedite" });
    renew("istio-system");
    state.leases.get("istio-system/expedite")!.holderIdentity = holderIdentity;
    const second = install(context, server, "mesh");
    const began = performance.now();
    await until(second.isHeld);
    const waited = performance.now() - began;
    if (holderIdentity !== "") assert.ok(waited > times.lease, `${waited} ms`);
    assert.equal(state.ladder?.status?.controller, "mesh/expedite");
  });

test("of two that find a claim without a Lease, one takes it", async (context) => {
  const { state, server, renew } = cluster();
  Object.assign(state.ladder!, { status: { controller: "gone/expedite" }, manager: "gone/expedite" });
  renewing(context, () => ["a", "b"].forEach(renew));
  const both = [install(context, server, "a"), install(context, server, "b")];
  await until(() => both.some(({ isHeld }) => isHeld()));
  await until(() => both.some(({ other }) => other() !== undefined));
  assert.equal(both.filter(({ isHeld }) => isHeld()).length, 1);
});

test("replicas of one installation do not refuse each other, and one without the Lease asks nothing", async (context) => {
  const { state, server, renew } = cluster();
  renew("istio-system");
  const replicas = [install(context, server, "istio-system"), install(context, server, "istio-system")];
  await until(() => replicas.every(({ isHeld }) => isHeld()));
  for (const replica of replicas) replica.hasLease = false;
  await until(() => replicas.every(({ isHeld }) => !isHeld()));
  const before = state.read;
  await sleep(5 * times.retry);
  assert.equal(state.read, before);
});

test("without a ladder, and with a kind that can't store it, nothing is refused", async (context) => {
  const without = cluster({ ladder: undefined });
  await until(install(context, without.server, "istio-system").isHeld);
  const old = cluster();
  old.state.refusal = new ApiError(500, ".status.controller: field not declared in schema");
  await until(install(context, old.server, "istio-system").isHeld);
});

test("if it is not known who serves, nothing is done, and that is said once", async (context) => {
  const { state, server } = cluster();
  Object.assign(state.ladder!, { status: { controller: "istio-system/expedite" }, manager: "istio-system/expedite" });
  const away: ApiServer = {
    ...server,
    read: async (request) => {
      if (request.path.includes("/leases/")) throw new ApiError(403, "forbidden");
      return server.read(request);
    },
  };
  const second = install(context, away, "mesh");
  await until(() => second.said.length > 0);
  await sleep(5 * times.retry);
  assert.deepEqual([second.isHeld(), second.said], [false, ["forbidden"]]);
});
