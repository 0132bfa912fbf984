// Lists everything in a cluster and on its nodes that has to do with Expedite, for a comparison before and after.
import type { Kubectl } from "../../kubernetes/control-plane.ts";
import type { Cluster } from "../../kubernetes/running-cluster.ts";
import { nodeState, onNode } from "../agents.ts";

type Item = {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: unknown;
    readonly annotations?: unknown;
    readonly finalizers?: unknown;
    readonly ownerReferences?: unknown;
    readonly managedFields?: readonly { readonly manager?: string }[];
  };
};

/** Kubernetes removes them by itself, in its own time; none has an effect. */
const passing = ["events", "events.events.k8s.io"];
/** Only their names are read: with the schemas of Istio's they would be many megabytes. */
const definitions = "customresourcedefinitions.apiextensions.k8s.io";

async function objects(kubectl: Kubectl): Promise<readonly Item[]> {
  const names = (await kubectl(["api-resources", "--verbs=list", "--output=name"])).trim().split("\n");
  const kinds = names.filter((name) => ![...passing, definitions].includes(name)).join(",");
  const text = await kubectl(["get", kinds, "--all-namespaces", "--output=json", "--show-managed-fields"]);
  return (JSON.parse(text) as { readonly items: readonly Item[] }).items;
}

/** Its name, labels, annotations, finalizers, owners or writers name Expedite. An image's name does not count: all test images have it. */
function isConcerned({ metadata }: Item): boolean {
  const { name, namespace, labels, annotations, finalizers, ownerReferences, managedFields = [] } = metadata;
  const writers = managedFields.map(({ manager }) => manager);
  const { "kubectl.kubernetes.io/last-applied-configuration": _, ...own } = (annotations ?? {}) as Record<
    string,
    unknown
  >;
  return /expedite/i.test(JSON.stringify([name, namespace, labels, own, finalizers, ownerReferences, writers]));
}

const nameOf = ({ kind, metadata: { namespace, name } }: Item): string =>
  `${kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`;

/** Objects and files that name Expedite, sorted. */
export async function inventory({ kubectl, nodes }: Cluster): Promise<readonly string[]> {
  const found = (await objects(kubectl)).filter(isConcerned).map(nameOf);
  const kinds = (await kubectl(["get", definitions, "--output=name"]))
    .split("\n")
    .filter((name) => /expedite/.test(name));
  const files = await Promise.all(
    nodes.map(async (node) => {
      // Below /run/tmp are files of the tests, and of helm and kubectl as these run them.
      const search =
        "find /run /etc -xdev -iname '*expedite*' -not -path '*containerd*' -not -path '/run/tmp/*' 2>/dev/null || true";
      const lines = await onNode(node, "sh", "-c", search);
      return lines.split("\n").filter((line) => line !== "");
    }),
  );
  return [...new Set([...found, ...kinds, ...files.flat()])].sort();
}

/** Queues, rules and settings of each node, as nodeState reads them. */
export const nodeStates = ({ nodes }: Cluster): Promise<readonly ReadonlySet<string>[]> =>
  Promise.all(nodes.map((node) => nodeState(node)));
