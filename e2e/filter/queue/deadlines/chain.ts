// A client, a gateway and three services, each with a sidecar; the last one has few workers and, in its sidecar, a queue. The client gives up
// after some time, which is also the timeout of the gateway's route. More requests come than the workers can serve. Counts what they do for
// clients that have gone.
import { request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { timeoutHeader } from "@expedite/filter/config/deadlines.ts";
import { queueRootId } from "@expedite/filter/config/queue.ts";
import type { FilterConfig } from "@expedite/filter/config/schema.ts";
import { bootstrap, filterModule, filterText, type Listener, toCluster, wasmFilter } from "../../../envoy/bootstrap.ts";
import { type Envoy, startEnvoy } from "../../../envoy/envoy.ts";
import { inboundRoutes, internalListeners, queueCluster, queueFilters, queueListener } from "../../../envoy/queue.ts";
import type { Application } from "../../listen.ts";
import type { Queue } from "../proxy.ts";
import { startCaller, startWorkers, type Work } from "./applications.ts";

export interface ChainOptions {
  readonly queue?: Queue;
  readonly deadlines?: FilterConfig["deadlines"];
  readonly workers: number;
  /** Milliseconds of work for each request. */
  readonly work: number;
  /** Milliseconds after which the client gives up. */
  readonly patience: number;
  /** Offered load, as a part of what the workers can do. */
  readonly load: number;
  /** Requests that come at once at the beginning, so that the others have to wait. */
  readonly burst: number;
  /** Seconds during which requests are sent before those that count, and then those. */
  readonly warmUp: number;
  readonly seconds: number;
}

export interface Outcome {
  readonly sent: number;
  /** Clients that got an answer, by status; 0: the client gave up. */
  readonly answers: ReadonlyMap<number, number>;
  /** Of the requests that count: how many had their work ended while their client waited, and after that. */
  readonly useful: number;
  readonly useless: number;
}

const gateway = 18000;
const hops = [0, 1, 2] as const;
const inbound = (hop: number): number => 15006 + 100 * hop;
const outbound = (hop: number): number => 15001 + 100 * hop;
const application = (hop: number): number => 8080 + hop;
const last = hops.length - 1;

type Json = Readonly<Record<string, unknown>>;

/** As the control plane renders it for meshes that carry deadlines. */
const tellsTimeout: Json = {
  request_headers_to_add: [
    {
      header: { key: timeoutHeader, value: "%REQ(x-envoy-expected-rq-timeout-ms)%" },
      append_action: "APPEND_IF_EXISTS_OR_ADD",
      keep_empty_value: false,
    },
  ],
};

function startSidecar(hop: number, { queue, deadlines, patience }: ChainOptions): Promise<Envoy> {
  const config = deadlines === undefined ? {} : { deadlines };
  const told = deadlines === undefined ? {} : { routeConfiguration: tellsTimeout };
  const own = hop === last && queue !== undefined ? queue : undefined;
  const text = filterText({ ...config, role: "inbound", ...(own === undefined ? {} : { queue: own }) });
  const longest = Math.max(...(own?.levels ?? []).map(({ maxWait }) => maxWait));
  const listeners: Listener[] = [
    {
      name: "inbound",
      port: inbound(hop),
      filter: text,
      ...(own === undefined ? {} : { behind: queueFilters(longest) }),
      routes: [toCluster("application")],
      routeConfiguration: inboundRoutes,
    },
    {
      name: "outbound",
      port: outbound(hop),
      filter: filterText({ ...config, role: "outbound" }),
      routes: [{ ...toCluster("next"), name: "default" }],
      ...told,
    },
  ];
  if (hop === 0)
    listeners.push({
      name: "gateway",
      port: gateway,
      filter: filterText({ ...config, role: "gateway", trust: "Never" }),
      routes: [{ match: { prefix: "/" }, route: { cluster: "first", timeout: `${patience / 1000}s` } }],
      ...told,
    });
  const clusters = [
    { name: "application", port: application(hop) },
    { name: "next", port: inbound(hop + 1) },
    { name: "first", port: inbound(0) },
  ];
  const whole = bootstrap(listeners, clusters) as { readonly static_resources: Readonly<Record<string, Json[]>> };
  if (own === undefined) return startEnvoy({ bootstrap: whole, concurrency: 1 });
  const { static_resources } = whole;
  const place = queueListener(
    wasmFilter({ name: "expedite", code: { filename: filterModule() }, configuration: text, rootId: queueRootId }),
  );
  const resources = {
    listeners: [...(static_resources.listeners ?? []), place],
    clusters: [...(static_resources.clusters ?? []), queueCluster],
  };
  return startEnvoy({ bootstrap: { ...whole, ...internalListeners, static_resources: resources }, concurrency: 1 });
}

/** Resolves to a status, or 0 if the client gave up. */
function ask(id: number, patience: number): Promise<number> {
  return new Promise((resolve) => {
    const headers = { "x-request-id": `request-${id}`, "x-sent": `${performance.now()}` };
    const outgoing = request({ host: "127.0.0.1", port: gateway, headers, agent: false }, (incoming) => {
      incoming.resume();
      incoming.on("end", () => resolve(incoming.statusCode ?? 0));
      incoming.on("error", () => resolve(0));
    });
    outgoing.on("error", () => resolve(0));
    outgoing.end();
    setTimeout(() => {
      resolve(0);
      outgoing.destroy();
    }, patience);
  });
}

/** Sends the burst, and then at a constant rate; @returns the answers. */
async function load(options: ChainOptions): Promise<readonly number[]> {
  const interval = options.work / options.workers / options.load;
  const count = Math.round(((options.warmUp + options.seconds) * 1000) / interval);
  const began = performance.now();
  const answers = Array.from({ length: options.burst }, (_, index) => ask(count + index, options.patience));
  for (let i = 0; i < count; i++) {
    const early = began + i * interval - performance.now();
    if (early > 1) await sleep(early);
    answers.push(ask(i, options.patience));
  }
  return Promise.all(answers);
}

/** The first requests find proxies that have yet to connect. */
async function warm({ patience }: ChainOptions): Promise<void> {
  for (let i = 0; i < 100 && (await ask(-1 - i, patience)) !== 200; i++);
}

/** Until nothing more is worked on: what a proxy holds back comes as soon as a worker is free. */
async function drain(done: readonly Work[]): Promise<void> {
  for (let before = -1; before < done.length; ) {
    before = done.length;
    await sleep(2000);
  }
}

export async function runChain(options: ChainOptions): Promise<Outcome> {
  const done: Work[] = [];
  const { workers, work, patience } = options;
  const served: Application[] = [
    await startCaller(application(0), outbound(0)),
    await startCaller(application(1), outbound(1)),
    await startWorkers({ port: application(last), workers, work, ended: (one) => done.push(one) }),
  ];
  const envoys: Envoy[] = [];
  try {
    for (const hop of hops) envoys.push(await startSidecar(hop, options));
    await warm(options);
    const from = performance.now() + options.warmUp * 1000;
    const answers = await load(options);
    await drain(done);
    const counted = done.filter((one) => one.sent >= from);
    const useful = counted.filter(({ sent, ended }) => ended < sent + patience).length;
    const byStatus = new Map<number, number>();
    for (const status of answers) byStatus.set(status, (byStatus.get(status) ?? 0) + 1);
    return { sent: answers.length, answers: byStatus, useful, useless: counted.length - useful };
  } finally {
    await Promise.all(envoys.map((envoy) => envoy.stop()));
    await Promise.all(served.map((one) => one.close()));
  }
}
