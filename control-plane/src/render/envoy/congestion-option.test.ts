// Why no proxy asks for the scavenger by a socket option: a real Envoy answers 503 where the kernel refuses the option.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { startEnvoy, withoutEnvoy } from "../../../test/envoy.ts";
import { vethPair, withoutNamespaces } from "../../../test/veth-pair.ts";
import type { Message } from "../xds/message.ts";

const skip = withoutEnvoy() || (await withoutNamespaces());
const pair = skip === false ? await vethPair("cc") : undefined;
const children: ChildProcess[] = [];
after(async () => {
  for (const child of children) child.kill("SIGKILL");
  await Promise.all(children.map((child) => child.exitCode ?? child.signalCode ?? once(child, "exit")));
  await pair?.remove();
});

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** TCP_CONGESTION of IPPROTO_TCP, before the connection. */
const option = (algorithm: string): Message => ({
  ...{ level: 6, name: 13, state: "STATE_PREBIND" },
  buf_value: Buffer.from(algorithm).toString("base64"),
});

const socketAddress = (address: string, port: number): Message => ({ socket_address: { address, port_value: port } });

function cluster(algorithm: string): Message {
  const endpoint = { address: socketAddress("10.99.0.2", 9080) };
  return {
    ...{ name: algorithm, type: "STATIC", connect_timeout: "5s" },
    upstream_bind_config: { socket_options: [option(algorithm)] },
    load_assignment: { cluster_name: algorithm, endpoints: [{ lb_endpoints: [{ endpoint }] }] },
  };
}

/** `/reno` and `/absent` lead to connections that ask for these. */
function bootstrap(algorithms: readonly string[]): Message {
  const type = "type.googleapis.com/envoy.extensions.filters";
  const routes = algorithms.map((name) => ({
    match: { prefix: `/${name}` },
    route: { cluster: name, retry_policy: { retry_on: "connect-failure", num_retries: 2 } },
  }));
  const manager = {
    "@type": `${type}.network.http_connection_manager.v3.HttpConnectionManager`,
    stat_prefix: "in",
    route_config: { virtual_hosts: [{ name: "all", domains: ["*"], routes }] },
    http_filters: [{ name: "router", typed_config: { "@type": `${type}.http.router.v3.Router` } }],
  };
  const filters = [{ name: "http", typed_config: manager }];
  return {
    admin: { address: socketAddress("127.0.0.1", 15000) },
    static_resources: {
      listeners: [{ name: "in", address: socketAddress("127.0.0.1", 8080), filter_chains: [{ filters }] }],
      clusters: algorithms.map(cluster),
    },
  };
}

test("an option that the kernel refuses costs the request, whatever is retried", { skip }, async () => {
  const { left, leftName, rightName } = pair!;
  const application = spawn(
    "nsenter",
    [
      `--net=/run/netns/${rightName}`,
      process.execPath,
      here("../../../test/echo-application.mjs"),
      "9080",
      "10.99.0.2",
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  children.push(application);
  await once(application.stdout, "data");
  children.push(startEnvoy(leftName, bootstrap(["reno", "absent"])));
  const get = async (url: string): Promise<number> =>
    JSON.parse(await left(process.execPath, [here("../../../test/http-get.mjs"), url])).status;
  assert.equal(await get("http://127.0.0.1:15000/ready"), 200);
  assert.equal(await get("http://127.0.0.1:8080/reno"), 200);
  assert.match(await left("ss", ["-Htin", "dport", "=", "9080"]), /\breno\b/);
  assert.equal(await get("http://127.0.0.1:8080/absent"), 503);
});
