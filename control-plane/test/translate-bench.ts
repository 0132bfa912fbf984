// Measures what a mesh of a given size costs in memory, stored as the controller stores it, and how long translate takes, cold and after
// one change. npm run bench:translate [-- SERVICES]: a multiple of 20, with ten pods each; 1,000 by default.
import {
  namespaceObject,
  placesOf,
  podObject,
  podOf,
  runningStatus,
  serviceObject,
  servicesOf,
} from "../../e2e/control-plane-bench/mesh/objects.ts";
import { priorityLadder } from "../src/api/priority-ladder.ts";
import { priorityPolicy } from "../src/api/priority-policy.ts";
import { defaultMeshConfig } from "../src/core/mesh-config.ts";
import type { Snapshot } from "../src/core/snapshot.ts";
import { type ParsedObject, parseObject } from "../src/kube/parsed-object.ts";
import { type RawObject, watchedKinds } from "../src/kube/watched-kinds.ts";
import { translate } from "../src/translate/translate.ts";

const services = Number(process.argv[2] ?? 1000);
const rounds = 9;
if (!Number.isInteger(services / 20) || services < 20) throw new Error("SERVICES: a multiple of 20");
const collect = (globalThis as { gc?: () => void }).gc;
if (collect === undefined) throw new Error("node --expose-gc is needed: npm run bench:translate");

const megabytes = (): number => {
  collect();
  collect();
  return process.memoryUsage().heapUsed / 2 ** 20;
};

/** What a reflector has in memory, by kind. */
const reflected = new Map<string, Map<string, ParsedObject>>();

/** As received from the API server: parsed from text, so that nothing is shared. */
function held<T>(kind: keyof typeof watchedKinds, object: unknown): T {
  const raw = JSON.parse(JSON.stringify(object)) as RawObject;
  const one = parseObject(watchedKinds[kind], raw);
  const { namespace = "", name } = raw.metadata;
  reflected.set(kind, (reflected.get(kind) ?? new Map()).set(`${namespace}/${name}`, one));
  return one.value as T;
}

/** What the API server adds to every object, and the injector and kubelet to a pod: most of what is not kept. */
const stored = (object: unknown, index: number): unknown => {
  const { metadata, ...rest } = object as { readonly metadata: object };
  return {
    ...rest,
    metadata: { ...metadata, uid: `${index}`, resourceVersion: `${index}`, managedFields: [{ fieldsV1: rest }] },
  };
};

const before = megabytes();
const mesh = servicesOf(services);
const places = placesOf(services);
const addressed = mesh.flatMap((service) => service.addresses.map((address, index) => ({ service, address, index })));
const base = megabytes();
const pods = addressed.map(({ service, address, index }, number) =>
  held<Snapshot["pods"][number]>("pods", {
    ...(stored(podObject(podOf(service, index)), number) as object),
    ...(runningStatus(address) as object),
  }),
);
const withPods = megabytes();
const world: Snapshot = {
  ladder: priorityLadder.parse({
    apiVersion: "expedite.dev/v1alpha1",
    kind: "PriorityLadder",
    metadata: { name: "default" },
    spec: { levels: [{ name: "interactive" }, { name: "batch", dscp: "CS1" }], defaultLevel: "interactive" },
  }),
  queues: [],
  policies: [policy("/export")],
  namespaces: places.map((place) => held("namespaces", namespaceObject(place))),
  services: mesh.map((service, index) => held("services", stored(serviceObject(service), index))),
  pods,
  ...{ gateways: [], routes: [], istioGateways: [], virtualServices: [], destinationRules: [], sidecarScopes: [] },
  envoyFilters: [],
  mesh: defaultMeshConfig,
};
const withAll = megabytes();

function policy(prefix: string): Snapshot["policies"][number] {
  return priorityPolicy.parse({
    ...{ apiVersion: "expedite.dev/v1alpha1", kind: "PriorityPolicy" },
    ...{ metadata: { name: "bench", namespace: places[0]!.namespace } },
    spec: { rules: [{ name: "exports", match: { path: { prefix } }, level: "batch" }] },
  });
}

const millis = (work: () => unknown): number => {
  const start = performance.now();
  work();
  return performance.now() - start;
};
const cold = millis(() => translate(world));
const warm = Array.from({ length: rounds }, (_, round) =>
  millis(() => translate({ ...world, policies: [policy(`/export-${round}`)] })),
).sort((a, b) => a - b);
const plan = translate(world);
const withPlan = megabytes();

const shown = (value: number, digits = 0): string => value.toFixed(digits);
console.log(`${services} services, ${pods.length} pods, ${places.length} namespaces`);
console.log(
  `pods held            ${shown(withPods - base, 1)} MB (${shown(((withPods - base) * 2 ** 20) / pods.length)} bytes each)`,
);
console.log(`services, namespaces ${shown(withAll - withPods, 1)} MB`);
console.log(`plan                 ${shown(withPlan - withAll, 1)} MB, of ${plan.plan.enrolments.length} namespaces`);
console.log(`translate, first     ${shown(cold)} ms`);
console.log(
  `after a change       ${shown(warm[0]!)} to ${shown(warm.at(-1)!)} ms, median ${shown(warm[(rounds - 1) / 2]!)}`,
);
console.log(`heap before          ${shown(before, 1)} MB`);
