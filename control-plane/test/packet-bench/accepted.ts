// How long a new pod answers unmarked on connections that it accepted before the agent came, by what is done about them. The client's proxy is a real
// Envoy, whose pooled connections carry the mark of batch, as Expedite's level clusters do.
import { setTimeout as sleep } from "node:timers/promises";
import { type Envoy, startEnvoy } from "../../../e2e/envoy/envoy.ts";
import { median } from "../../../e2e/measure/statistics.ts";
import { applyNamespace } from "../../src/node/apply-namespace.ts";
import type { Run } from "../../src/node/namespace.ts";
import { readNamespace } from "../../src/node/read-namespace.ts";
import { type VethPair, vethPair } from "../veth-pair.ts";
import { startProgram, type Traffic } from "./programs.ts";

const [port, proxyPort, clients] = [9080, 15001, 20] as const;
/** Milliseconds from a pod's start to the agent's reaction; a cluster's tests measured 0.8 to 1.2 s. */
const reaction = 1000;
/** Milliseconds until what still answers unmarked is taken to do so for ever. */
const patience = 25_000;

type Arm = {
  readonly name: string;
  /** Seconds: Envoy closes a connection of that age once its request is answered. */
  readonly maxDuration?: number;
  /** Whether answers are marked before the pod listens. */
  readonly isTuned?: boolean;
  /** What is done after `reaction`. */
  readonly act: (run: Run) => Promise<unknown>;
};

const setSysctl = (run: Run): Promise<string> => run("sh", ["-c", "echo 1 > /proc/sys/net/ipv4/tcp_reflect_tos"]);

const arms: readonly Arm[] = [
  { name: "tcp_reflect_tos alone", act: setSysctl },
  { name: "the same, and max_connection_duration 10 s", maxDuration: 10, act: setSysctl },
  {
    name: "the same, and connections closed (ss -K)",
    act: async (run) => {
      await setSysctl(run);
      await run("ss", ["-K", "-t", "state", "established", "sport", "=", `:${port}`]);
    },
  },
  { name: "CNI plugin tuning, before the pod starts", isTuned: true, act: async () => undefined },
  {
    name: "the agent: a rule for connections accepted before",
    act: async (run) => {
      const wanted = { pod: { exempt: [], dscps: [8] }, links: [] };
      await applyNamespace(run, wanted, { state: await readNamespace(run, []), kernel: {} });
    },
  },
];

export async function measureAccepted(rounds: number, say: (step: string) => void): Promise<string> {
  const found = new Map(arms.map((arm) => [arm, [] as Awaited<ReturnType<typeof play>>[]]));
  for (let round = 1; round <= rounds; round++)
    for (const arm of arms) {
      say(`round ${round} of ${rounds}: ${arm.name}`);
      found.get(arm)!.push(await play(arm));
    }
  const rows = [...found].map(([{ name }, results]) => {
    const seconds = median(results.map(({ millis }) => millis)) / 1000;
    const until = seconds * 1000 >= patience - 1000 ? `more than ${patience / 1000} s` : `${seconds.toFixed(1)} s`;
    const sum = (field: "made" | "failed"): number => results.reduce((total, result) => total + result[field], 0);
    return `| ${name} | ${until} | ${sum("failed")} of ${sum("made")} |`;
  });
  return [
    "| | until all answers are marked, from the pod's start | requests that failed |",
    "|---|---|---|",
    ...rows,
  ].join("\n");
}

async function play(arm: Arm): Promise<{ readonly millis: number; readonly made: number; readonly failed: number }> {
  const pair = await vethPair("early");
  let envoy: Envoy | undefined;
  const programs: Traffic[] = [];
  const start = async (netns: string, ...args: readonly (string | number)[]): Promise<Traffic> => {
    const traffic = await startProgram(netns, "http-traffic.mjs", args);
    programs.push(traffic);
    return traffic;
  };
  try {
    envoy = await startEnvoy({ bootstrap: bootstrap(arm.maxDuration), concurrency: 1, netns: pair.leftName });
    if (arm.isTuned === true) await setSysctl(pair.right);
    await count(pair);
    const load = await start(pair.leftName, "load", proxyPort, clients);
    await start(pair.rightName, "serve", port);
    const ready = performance.now();
    await load.tell("go");
    await sleep(Math.max(0, reaction - (performance.now() - ready)));
    await arm.act(pair.right);
    // The last moment at which an unmarked answer was seen.
    let [unmarked, last] = [0, ready];
    for (
      ;
      performance.now() - ready < patience && performance.now() - Math.max(last, ready + reaction) < 14_000;
      await sleep(100)
    ) {
      const now = await unmarkedAnswers(pair);
      if (now !== unmarked) [unmarked, last] = [now, performance.now()];
    }
    return { millis: last - ready, ...(await load.tell<{ made: number; failed: number }>("read")) };
  } finally {
    for (const program of programs) program.end();
    await envoy?.stop();
    await pair.remove();
  }
}

async function count({ left }: VethPair): Promise<void> {
  const chain = "add chain inet seen in { type filter hook prerouting priority -300; }";
  const rule = `add rule inet seen in tcp sport ${port} ip dscp 0 counter`;
  await left("nft", ["-f", "-"], ["add table inet seen", chain, rule, ""].join("\n"));
}

async function unmarkedAnswers({ left }: VethPair): Promise<number> {
  return Number(/counter packets (\d+)/.exec(await left("nft", ["list", "table", "inet", "seen"]))?.[1]);
}

function bootstrap(maxDuration: number | undefined): object {
  const manager =
    "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";
  const router = { "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router" };
  const address = (host: string, portValue: number) => ({ socket_address: { address: host, port_value: portValue } });
  const route = {
    name: "all",
    virtual_hosts: [{ name: "all", domains: ["*"], routes: [{ match: { prefix: "/" }, route: { cluster: "pod" } }] }],
  };
  const filter = {
    name: "http",
    typed_config: {
      ...{ "@type": manager, stat_prefix: "http", route_config: route },
      http_filters: [{ name: "router", typed_config: router }],
    },
  };
  const options = {
    "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
    explicit_http_config: { http_protocol_options: {} },
    ...(maxDuration === undefined
      ? {}
      : { common_http_protocol_options: { max_connection_duration: `${maxDuration}s` } }),
  };
  const endpoint = { endpoint: { address: address("10.99.0.2", port) } };
  return {
    static_resources: {
      listeners: [{ name: "in", address: address("127.0.0.1", proxyPort), filter_chains: [{ filters: [filter] }] }],
      clusters: [
        {
          ...{ name: "pod", type: "STATIC", connect_timeout: "2s" },
          load_assignment: { cluster_name: "pod", endpoints: [{ lb_endpoints: [endpoint] }] },
          typed_extension_protocol_options: { "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": options },
          // IP_TOS, CS1: what a level cluster has.
          upstream_bind_config: {
            source_address: { address: "0.0.0.0", port_value: 0 },
            socket_options: [{ level: 0, name: 1, int_value: 0x20, state: "STATE_PREBIND" }],
          },
        },
      ],
    },
  };
}
