// Makes the PriorityLadder and PriorityPolicies of a random mesh.
import type { Json, Thing } from "../protocol.ts";
import type { Names } from "./names.ts";
import { levels, type Place, thing } from "./place.ts";

const apiVersion = "expedite.dev/v1alpha1";
const marks = ["CS1", "AF11", "AF21"];

export function ladder({ random, names, services }: Place): Thing {
  const count = random.between(2, 4);
  const all = levels
    .slice(0, count)
    .map(names.level)
    .map((name, index) => ({
      name,
      ...(index === 0 ? random.maybe(0.2, () => ({ dscp: "CS4" })) : { dscp: marks[index - 1] }),
    }));
  return {
    ...{ apiVersion, kind: "PriorityLadder", metadata: { name: "default" } },
    spec: {
      levels: all,
      defaultLevel: names.level(levels[0]!),
      ...random.maybe(0.15, () => ({ levelClusters: { hosts: [random.pick(services).host] } })),
      ...random.maybe(0.1, () => ({ writeTo: { tracestate: "shop" } })),
      ...random.maybe(0.3, () => ({ links: links(names) })),
    },
  };
}

const links = ({ label }: Names): readonly Json[] => [
  { name: label("reviews"), scope: "Pod", selector: { app: label("reviews") }, rate: "1Gbit" },
  { name: label("uplink"), scope: "Node", nodeSelector: { role: label("edge") }, rate: "9500Mbit" },
];

export function policies(place: Place, others: readonly Thing[]): readonly Thing[] {
  const { random, names, namespaces } = place;
  const targets = others.filter(
    ({ kind, metadata }) => /^(Service|Gateway|HTTPRoute|VirtualService)$/.test(kind) && metadata.namespace,
  );
  return random.times(0, 2, (index) => {
    const target = random.pick(targets);
    const isTargeted = random.chance(0.6);
    const namespace = isTargeted ? target.metadata.namespace! : random.pick(namespaces);
    const spec: Json = {
      ...(isTargeted
        ? { targetRefs: [{ group: groupOf(target), kind: target.kind, name: target.metadata.name }] }
        : {}),
      rules: [{ name: "exports", match: { path: { prefix: "/export" } }, level: names.level("batch") }],
      ...(target.kind === "Gateway" && isTargeted
        ? random.maybe(0.4, () => ({ trust: random.pick(["Mesh", "Always"]) }))
        : {}),
    };
    return thing(
      random,
      { apiVersion, kind: "PriorityPolicy", name: names.object(`policy-${index}`), namespace },
      { spec },
    );
  });
}

const groupOf = ({ apiVersion: version }: Thing): string => (version.includes("/") ? version.split("/")[0]! : "");
