// Makes a Snapshot of documents, and remembers the position of each object; reports one line per problem.
import { type FieldPath, formatProblem, type Parsed, type Problem, parse, valueAt } from "../api/parse.ts";
import type { Snapshot } from "../core/snapshot.ts";
import type { ObjectRef, Verdict } from "../core/verdict.ts";
import type { Documents, SourceDocument } from "./documents.ts";
import { type Kind, noObjects, type Objects, readAs, schemaOf } from "./kinds.ts";
import { isMeshConfig, loadMesh } from "./mesh-config.ts";
import { notesOf } from "./notes.ts";
import { withoutNulls } from "./nulls.ts";

export type Loaded =
  | {
      readonly snapshot: Snapshot;
      readonly describe: (verdict: Verdict) => string;
      /** What in the files was not read, or seems to belong to another mesh. */
      readonly notes: readonly string[];
    }
  | { readonly problems: readonly string[] };

/** `clusterDomain`: a fact that no file contains. */
export type LoadOptions = { readonly clusterDomain?: string | undefined };

/** Problems in the text are problems of the snapshot; what is missing as a result is not reported. */
export function loadSnapshot({ documents, problems: unreadable }: Documents, options: LoadOptions = {}): Loaded {
  const objects = noObjects();
  const sources = new Map<string, SourceDocument>();
  const skipped: string[] = [];
  const problems = [...unreadable];
  const configs = documents.filter(isMeshConfig);
  for (const document of documents) {
    if (configs.includes(document)) continue;
    const parsed = parseObject(document.value);
    if ("skipped" in parsed) skipped.push(parsed.skipped);
    else if ("problems" in parsed)
      problems.push(...parsed.problems.map((problem) => line(document, refOf(document.value), problem)));
    else if (sources.has(idOf(parsed.ref)))
      problems.push(
        `${document.where([])}: ${idOf(parsed.ref)} is also in ${sources.get(idOf(parsed.ref))?.where([])}`,
      );
    else {
      sources.set(idOf(parsed.ref), document);
      parsed.addTo(objects);
    }
  }
  const { clusterDomain = "" } = options;
  if (!/^([a-z0-9]([-a-z0-9.]*[a-z0-9])?)?$/.test(clusterDomain))
    problems.push(`--cluster-domain: "${clusterDomain}" is not a DNS domain; allowed: e.g. cluster.local`);
  const loaded = loadMesh(configs, options);
  if ("problems" in loaded) problems.push(...loaded.problems);
  const ladder = objects.PriorityLadder[0];
  if (ladder === undefined && problems.length === 0)
    problems.push(
      "the files have no PriorityLadder named default; add one, e.g. what `kubectl get priorityladder default -o yaml` prints",
    );
  if (ladder === undefined || "problems" in loaded || problems.length > 0) return { problems };
  const snapshot: Snapshot = {
    ladder,
    policies: objects.PriorityPolicy,
    queues: objects.RequestQueue,
    services: objects.Service,
    pods: objects.Pod,
    workloads: [...objects.Deployment, ...objects.StatefulSet, ...objects.DaemonSet],
    autoscalers: objects.HorizontalPodAutoscaler,
    gateways: objects.Gateway,
    gatewayClasses: objects.GatewayClass,
    listenerSets: objects.ListenerSet,
    routes: [...objects.HTTPRoute, ...objects.GRPCRoute],
    namespaces: withPolicies(objects),
    istioGateways: objects.IstioGateway,
    virtualServices: objects.VirtualService,
    destinationRules: objects.DestinationRule,
    sidecarScopes: objects.Sidecar,
    envoyFilters: objects.EnvoyFilter,
    mesh: loaded.mesh,
  };
  const sourceOf = (ref: ObjectRef): SourceDocument | undefined =>
    sources.get(idOf(ref)) ?? sources.get(idOf({ ...ref, kind: `Istio${ref.kind}` }));
  return {
    snapshot,
    describe: (verdict) => describe(verdict, sourceOf(verdict.on)),
    notes: notesOf(snapshot, skipped),
  };
}

/** Adds the namespaces of objects, because files need not contain them. */
function withPolicies({
  Namespace: said,
  PriorityPolicy: policies,
  RequestQueue: queues,
  Service: services,
}: Objects): Objects["Namespace"] {
  const names = new Set([...policies, ...queues, ...services].map(({ metadata }) => metadata.namespace));
  for (const { metadata } of said) names.delete(metadata.name);
  return [
    ...said.map(withNameLabel),
    ...[...names].map((name) => ({ apiVersion: "v1" as const, kind: "Namespace" as const, metadata: { name } })),
  ];
}

/** As the API server does. A namespace without any label is one that is not in the files. */
function withNameLabel(namespace: Objects["Namespace"][number]): Objects["Namespace"][number] {
  const { name, labels } = namespace.metadata;
  return {
    ...namespace,
    metadata: { ...namespace.metadata, labels: { "kubernetes.io/metadata.name": name, ...labels } },
  };
}

type ParsedObject =
  | { readonly ref: ObjectRef; readonly addTo: (objects: Objects) => void }
  | { readonly skipped: string }
  | { readonly problems: readonly Problem[] };

function parseObject(value: unknown): ParsedObject {
  const as = readAs(value);
  if ("kind" in as) return parseKind(as.kind, value);
  return "skipped" in as ? as : { problems: [as.problem] };
}

function parseKind<K extends Kind>(kind: K, value: unknown): ParsedObject {
  const parsed = parse(schemaOf(kind), withoutNulls(withoutOurStatus(value))) as Parsed<Objects[K][number]>;
  if ("problems" in parsed) return parsed;
  const object = parsed.value;
  const { name, namespace } = object.metadata as { readonly name: string; readonly namespace?: string };
  return {
    ref: { kind, ...(namespace === undefined ? {} : { namespace }), name },
    addTo: (objects) => (objects[kind] as Objects[K][number][]).push(object),
  };
}

/** Removes the status: `kubectl get -o yaml` also prints what the controller wrote into a policy. */
function withoutOurStatus(value: unknown): unknown {
  if (!/^expedite\.dev\//.test(String(valueAt(value, ["apiVersion"])))) return value;
  const { status: _, ...written } = value as Readonly<Record<string, unknown>>;
  return written;
}

/** As far as that can be determined from a document that may be invalid. */
function refOf(value: unknown): string {
  const parts = [valueAt(value, ["kind"]), valueAt(value, ["metadata", "name"])];
  return parts.filter((part) => typeof part === "string").join(" ");
}

function idOf(ref: ObjectRef): string {
  return `${ref.kind} ${ref.namespace === undefined ? "" : `${ref.namespace}/`}${ref.name}`;
}

function line(document: SourceDocument, ref: string, problem: Problem): string {
  return `${document.where(problem.path)}: ${ref === "" ? "" : `${ref}: `}${formatProblem(problem)}`;
}

function describe(verdict: Verdict, source: SourceDocument | undefined): string {
  const path: FieldPath = verdict.field;
  const problem = { path, value: valueAt(source?.value, path), message: verdict.message };
  return source === undefined
    ? `${idOf(verdict.on)}: ${formatProblem(problem)}`
    : line(source, idOf(verdict.on), problem);
}
