// A controller that finds another installation in the cluster: it has the Lease of its own one, and leads nothing until the other is gone.
import assert from "node:assert/strict";
import { Writable } from "node:stream";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { pino } from "pino";
import { ApiError, type ApiRequest, type ApiServer } from "../kube/api-server.ts";
import { leadership } from "./leadership.ts";

type Stored = { readonly metadata: object; readonly spec?: object; readonly status?: { readonly controller?: string } };

const lease = "/apis/coordination.k8s.io/v1/namespaces/mesh/leases";
const otherLease = "/apis/coordination.k8s.io/v1/namespaces/istio-system/leases/expedite";
const ladder = "/apis/expedite.dev/v1alpha1/priorityladders";

/** What it has, by path. A claim of another one is a conflict. */
function apiServer(stored: Map<string, Stored>) {
  const writes: string[] = [];
  const read = async ({ method, path, body }: ApiRequest): Promise<unknown> => {
    const [place = ""] = path.split("?");
    if (method !== "GET") writes.push(`${method} ${path}`);
    if (method === "POST" && place === ladder) throw new ApiError(409, "exists");
    if (method === "POST") stored.set(`${place}/expedite`, body as Stored);
    if (method === "PUT") stored.set(place, body as Stored);
    if (method === "PATCH" && stored.has(otherLease)) assert.fail("it takes the ladder of another one");
    if (method === "PATCH")
      stored.set(`${ladder}/default`, { ...stored.get(`${ladder}/default`)!, ...(body as Stored) });
    if (method !== "GET") return body;
    if (place === ladder) return { items: [stored.get(`${ladder}/default`)] };
    if (place === otherLease) renew();
    if (!stored.has(place)) throw new ApiError(404, "not found");
    return structuredClone(stored.get(place));
  };
  /** As the other one does, while it is there. */
  const renew = (): void => {
    if (!stored.has(otherLease)) return;
    stored.set(otherLease, { metadata: {}, spec: { holderIdentity: "first", renewTime: String(performance.now()) } });
  };
  const server: ApiServer = { read, open: () => Promise.reject(new Error("not used")) };
  return { server, writes };
}

async function until(isSo: () => boolean): Promise<void> {
  for (const end = Date.now() + 20_000; !isSo(); await sleep(20)) assert.ok(Date.now() < end, String(isSo));
}

test("it says so, writes nothing but its own Lease, and leads once the other is gone", async (context) => {
  const stored = new Map<string, Stored>([
    [otherLease, { metadata: {}, spec: { holderIdentity: "first" } }],
    [`${ladder}/default`, { metadata: { resourceVersion: "7" }, status: { controller: "istio-system/expedite" } }],
  ]);
  const { server, writes } = apiServer(stored);
  const said: { readonly msg: string }[] = [];
  const log = pino(
    new Writable({
      write: (line, _, done) => {
        said.push(JSON.parse(String(line)));
        done();
      },
    }),
  );
  let changes = 0;
  const settings = { namespace: "mesh", leaseName: "expedite", identity: "second", createLadder: "true" } as const;
  const elector = leadership({ server, settings, log, changed: () => changes++ });
  context.after(() => elector.stop());
  await until(() => elector.servedBy() !== undefined);
  assert.deepEqual(
    [elector.isLeader(), elector.leader(), elector.servedBy(), changes],
    [false, undefined, "istio-system/expedite", 0],
  );
  await until(() => said.length > 0);
  assert.match(
    said[0]!.msg,
    /^another Expedite, in namespace istio-system, serves this cluster .* Uninstall one of them$/,
  );
  const isOfLease = (write: string): boolean => write.includes(lease);
  assert.ok(writes.every(isOfLease), String(writes));
  stored.delete(otherLease);
  await until(elector.isLeader);
  assert.deepEqual([elector.servedBy(), elector.leader(), changes], [undefined, "second", 1]);
  assert.equal(stored.get(`${ladder}/default`)?.status?.controller, "mesh/expedite");
  assert.deepEqual(said.map(({ msg }) => msg).slice(1), ["this replica now leads"]);
});
