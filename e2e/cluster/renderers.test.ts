// The two renderers agree: what istiod makes of the controller's objects in real proxies means the same as `render --target envoy` of the
// same objects.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { applyObjects } from "../kubernetes/apply.ts";
import type { Kubectl } from "../kubernetes/control-plane.ts";
import { waitUntil } from "../process/wait.ts";
import { expedite } from "./commands/expedite.ts";
import { exportsPolicy, startController, waitForCondition } from "./controller.ts";
import { policy } from "./policies.ts";
import { configured, rendered } from "./renderers/configurations.ts";
import { configurationOf } from "./renderers/filter.ts";
import type { HttpServer, ProxyConfiguration, TypedConfig } from "./renderers/proxy.ts";
import { type Outcome, outcomeOf } from "./renderers/request.ts";
import { sharedMesh } from "./shared-mesh.ts";
import { inCluster } from "./suite.ts";

const header = "x-request-priority";
const levels = ["interactive", "standard", "batch"] as const;
const marks = { interactive: 0, standard: 10, batch: 8 } as const;
const ladder = JSON.stringify({
  apiVersion: "expedite.dev/v1alpha1",
  kind: "PriorityLadder",
  metadata: { name: "default" },
  spec: {
    mode: "Enforce",
    levels: [{ name: "interactive" }, { name: "standard", dscp: "AF11" }, { name: "batch", dscp: "CS1" }],
    defaultLevel: "interactive",
  },
});
/** A user's own route, whose timeout and retries must stay in force. */
const virtualService = JSON.stringify({
  apiVersion: "networking.istio.io/v1",
  kind: "VirtualService",
  metadata: { name: "details", namespace: "bookinfo" },
  spec: {
    hosts: ["details"],
    http: [
      {
        timeout: "7s",
        retries: { attempts: 4, perTryTimeout: "1s" },
        route: [{ destination: { host: "details.bookinfo.svc.cluster.local" } }],
      },
    ],
  },
});

const services = ["frontend", "details", "reviews", "ratings"] as const;
const authorityOf = (service: string): string => `${service}.bookinfo.svc.cluster.local:9080`;
const callers = { frontend: "bookinfo", caller: "jobs" } as const;

type Both = { readonly istio: ProxyConfiguration; readonly envoy: ProxyConfiguration };

describe("the two renderers", inCluster, () => {
  const mesh = sharedMesh();
  const kubectl: Kubectl = (args, input) => mesh().kubectl(args, input);
  let dedicated = "";
  /** Configurations before Expedite, by app label. */
  const earlier: Record<string, ProxyConfiguration> = {};
  const later: Record<string, Both> = {};

  const podOf = async (namespace: string, app: string): Promise<string> => {
    const selector = app === "edge" ? "gateway.networking.k8s.io/gateway-name=edge" : `app=${app}`;
    const names = await kubectl(["-n", namespace, "get", "pods", "-l", selector, "-o", "name"]);
    return names.split("\n")[0]!.replace("pod/", "");
  };
  const proxies = { ...callers, edge: "bookinfo" };

  before(async () => {
    await applyObjects(kubectl, virtualService);
    for (const [app, namespace] of Object.entries(proxies)) {
      const pod = await podOf(namespace, app);
      await waitUntil({ what: `${pod} has the user's route`, seconds: 30 }, async () => {
        earlier[app] = await configured(mesh(), namespace, pod);
        return app === "edge" || timeOf(earlier[app], "details") === "7s";
      });
    }
    dedicated = await podOf("bookinfo", "reviews");
    await kubectl(["-n", "bookinfo", "label", "pod", dedicated, "expedite.dev/level=batch"]);
    await startController(kubectl);
    await applyObjects(kubectl, `${ladder}\n---\n${policy("/export")}`);
    await waitForCondition(kubectl, exportsPolicy, { type: "Programmed", status: "True", seconds: 60 });
    const envoys = await rendered(mesh(), ["bookinfo", "jobs"]);
    for (const [app, namespace] of Object.entries(proxies)) {
      const pod = await podOf(namespace, app);
      const envoy = envoys.get(`${namespace}.${pod}`);
      assert.ok(envoy, `${pod} is one of ${[...envoys.keys()]}`);
      // The filter arrives last and endpoints arrive at any time, so the configuration must also have stopped changing.
      await waitUntil({ what: `${pod} has the filter, and gets nothing new`, seconds: 30 }, async () => {
        const before = later[app]?.istio;
        const istio = await configured(mesh(), namespace, pod);
        later[app] = { istio, envoy };
        return istio.servers.some(({ filters }) => filters.some(isOurs)) && isDeepStrictEqual(istio, before);
      });
    }
  });
  after(() => kubectl(["-n", "bookinfo", "label", "pod", dedicated, "expedite.dev/level-"]));

  for (const [app, roles] of Object.entries({
    frontend: ["inbound", "outbound"],
    caller: ["inbound", "outbound"],
    edge: ["gateway"],
  }))
    test(`${app}: both have the same filter and configuration, right before the router in every server of its role`, () => {
      const { istio, envoy } = later[app]!;
      for (const role of roles) {
        const [wanted, ...others] = new Set(serversOf(envoy, role).map(filterOf));
        assert.deepEqual(others, [], `one ${role} filter`);
        const servers = serversOf(istio, role);
        assert.ok(servers.length > 0);
        for (const server of servers) assert.equal(filterOf(server), wanted, server.listener);
      }
    });

  for (const app of Object.keys(callers))
    test(`${app}: a request of each level reaches the same endpoints, on connections with the same DSCP`, async () => {
      const { istio, envoy } = later[app]!;
      for (const service of services) {
        const by = (proxy: ProxyConfiguration, name: string) =>
          outcomes(outbound(proxy, name), proxy, authorityOf(service));
        const [byIstio, byEnvoy] = [by(istio, "9080"), by(envoy, "outbound")];
        assert.deepEqual(byIstio.map(meaning), byEnvoy.map(meaning), service);
        assert.ok(byEnvoy.every(({ endpoints }) => endpoints.length > 0));
        assert.deepEqual(partition(byIstio), partition(byEnvoy), `${service}: levels that share connections`);
        assert.deepEqual(
          byIstio.map(({ dscp }) => dscp),
          levels.map((level) => [marks[level]]),
          service,
        );
      }
      const [, , batch] = outcomes(outbound(istio, "9080"), istio, authorityOf("reviews"));
      const ip = await kubectl(["-n", "bookinfo", "get", "pod", dedicated, "-o", "jsonpath={.status.podIP}"]);
      assert.deepEqual(batch?.endpoints, [`${ip}:8080`]);
    });

  test("the gateway: its route leads to the same endpoints, levels from outside are removed, and each response carries its level", () => {
    const { istio, envoy } = later.edge!;
    const [byIstio, byEnvoy] = [istio, envoy].map((proxy) => {
      const [server] = serversOf(proxy, "gateway");
      assert.deepEqual(server!.removed, [header]);
      return { server: server!, outcomes: outcomes(server!, proxy, "anybody.example") };
    }) as [{ server: HttpServer; outcomes: Outcome[] }, { server: HttpServer; outcomes: Outcome[] }];
    assert.deepEqual(byIstio.outcomes.map(meaning), byEnvoy.outcomes.map(meaning));
    assert.deepEqual(partition(byIstio.outcomes), partition(byEnvoy.outcomes));
    assert.deepEqual(responseHeaders(byIstio.server), responseHeaders(byEnvoy.server));
    // The default level first, which the request's own level replaces if it has one.
    assert.deepEqual(
      responseHeaders(byEnvoy.server).map(({ value }) => value),
      ["interactive", `%REQ(${header})%`],
    );
  });

  test("expedite diff with the cluster's own policies finds no difference from what the controller wrote", async () => {
    const { code, stdout, stderr } = await expedite(mesh(), "diff");
    assert.deepEqual([code, stdout], [0, ""], stderr);
    assert.doesNotMatch(stderr, /istiod could not be asked|no sidecar/);
  });

  test("a request without a level goes where it went without Expedite, without a DSCP", () => {
    for (const [app, namespace] of Object.entries(callers))
      for (const service of services) {
        const then = earlier[app]!;
        const { istio } = later[app]!;
        const request = { authority: authorityOf(service), path: "/", header };
        const was = outcomeOf(then, outbound(then, "9080"), request);
        const now = outcomeOf(istio, outbound(istio, "9080"), request);
        assert.deepEqual(
          [now.cluster, now.endpoints, now.dscp],
          [was.cluster, was.endpoints, [0]],
          `${namespace} ${service}`,
        );
      }
  });

  test("at each level, timeout and retries stay those of the existing route, including a user's", () => {
    for (const app of Object.keys(callers))
      for (const service of services) {
        const then = earlier[app]!;
        const { istio } = later[app]!;
        const request = { authority: authorityOf(service), path: "/", header };
        const { timeout, retries } = outcomeOf(then, outbound(then, "9080"), request);
        for (const level of levels) {
          const now = outcomeOf(istio, outbound(istio, "9080"), { ...request, level });
          assert.deepEqual([now.timeout, now.retries], [timeout, retries], `${service} ${level}`);
        }
        assert.equal(timeout, service === "details" ? "7s" : "0s", service);
      }
  });
});

/** A proxy's timeout for requests to a service. */
const timeOf = (proxy: ProxyConfiguration, service: string): string | undefined =>
  outcomeOf(proxy, outbound(proxy, "9080"), { authority: authorityOf(service), path: "/", header }).timeout;

const isOurs = ({ typed_config }: { readonly typed_config?: TypedConfig }): boolean =>
  configurationOf(typed_config) !== undefined;

/** The servers whose connections have the role. Both renderers call a gateway's connections outbound. */
function serversOf({ servers }: ProxyConfiguration, role: string): readonly HttpServer[] {
  const direction = role === "inbound" ? "INBOUND" : "OUTBOUND";
  return servers.filter((server) => server.direction === direction);
}

function outbound({ servers }: ProxyConfiguration, routes: string): HttpServer {
  const found = servers.find((server) => server.direction === "OUTBOUND" && server.routes?.name === routes);
  assert.ok(found, `a server with the routes ${routes}`);
  return found;
}

const inOrder = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(inOrder)
    : typeof value === "object" && value !== null
      ? Object.fromEntries(
          Object.entries(value)
            .sort()
            .map(([key, field]) => [key, inOrder(field)]),
        )
      : value;

/**
 * The filter's configuration as text. It leaves out the module, which one renderer inlines and the other names by file, and what differs by
 * how a level gets its connections (`levelClusters`, and the route list with its root_id): outcomes are compared for these.
 */
function filterOf({ listener, filters }: HttpServer): string {
  const index = filters.findIndex(isOurs);
  assert.deepEqual(
    filters.slice(index).map(({ name }) => name),
    [filters[index]?.name, "envoy.filters.http.router"],
    `${listener}: the filter, then the router`,
  );
  const { config } = filters[index]!.typed_config as unknown as {
    readonly config: {
      readonly fail_open?: boolean;
      readonly vm_config: { readonly vm_id: string; readonly runtime: string };
    };
  };
  const { levelClusters: _, clusterDomain: __, ...configuration } = configurationOf(filters[index]!.typed_config)!;
  const { vm_id, runtime } = config.vm_config;
  return JSON.stringify(inOrder({ configuration, vm_id, runtime, open: config.fail_open }));
}

const outcomes = (server: HttpServer, proxy: ProxyConfiguration, authority: string): Outcome[] =>
  levels.map((level) => outcomeOf(proxy, server, { authority, path: "/", header, level }));

const meaning = ({ endpoints, dscp }: Outcome) => ({ endpoints, dscp });

/** Which levels share connections, as the index of the first level that has the same ones. */
const partition = (all: readonly Outcome[]): readonly number[] =>
  all.map(({ cluster }) => all.findIndex((other) => other.cluster === cluster));

type AddedHeader = { readonly key: string; readonly value: string };

function responseHeaders({ routes }: HttpServer): readonly AddedHeader[] {
  const added = (routes?.response_headers_to_add ?? []) as readonly { readonly header: AddedHeader }[];
  return added.filter((one) => one.header.key === header).map(({ header: { key, ...rest } }) => ({ key, ...rest }));
}
