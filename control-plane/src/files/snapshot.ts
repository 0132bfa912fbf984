// In: documents. Out: the Snapshot they make and where each object stands, or one line for each problem.
import type { z } from "zod";
import { gateway, httpRoute } from "../api/gateway.ts";
import { destinationRule, istioGateway, sidecar, virtualService } from "../api/istio.ts";
import { namespace, pod, service } from "../api/kubernetes.ts";
import { meshRoute } from "../api/mesh-gateway.ts";
import { type FieldPath, formatProblem, type Parsed, type Problem, parse, valueAt } from "../api/parse.ts";
import { priorityLadder } from "../api/priority-ladder.ts";
import { priorityPolicy } from "../api/priority-policy.ts";
import { defaultMeshConfig } from "../core/mesh-config.ts";
import type { Snapshot } from "../core/snapshot.ts";
import type { ObjectRef, Verdict } from "../core/verdict.ts";
import type { Documents, SourceDocument } from "./documents.ts";

/** By kind, but for the Gateway of Istio. */
const kinds = {
  PriorityLadder: priorityLadder,
  PriorityPolicy: priorityPolicy,
  Service: service,
  Pod: pod,
  Gateway: gateway,
  HTTPRoute: httpRoute,
  GRPCRoute: meshRoute,
  Namespace: namespace,
  DestinationRule: destinationRule,
  IstioGateway: istioGateway,
  VirtualService: virtualService,
  Sidecar: sidecar,
} as const;
type Kind = keyof typeof kinds;
type Objects = { [K in Kind]: z.infer<(typeof kinds)[K]>[] };

export type Loaded =
  | { readonly snapshot: Snapshot; readonly describe: (verdict: Verdict) => string }
  | { readonly problems: readonly string[] };

/** Problems of the text are problems of the snapshot; what is missing because of them is not said. */
export function loadSnapshot({ documents, problems: unreadable }: Documents): Loaded {
  const objects = Object.fromEntries(Object.keys(kinds).map((kind) => [kind, []])) as unknown as Objects;
  const sources = new Map<string, SourceDocument>();
  const problems = [...unreadable];
  for (const document of documents) {
    const parsed = parseObject(document.value);
    const ref = refOf(document.value);
    if ("problems" in parsed) problems.push(...parsed.problems.map((problem) => line(document, ref, problem)));
    else if (sources.has(idOf(parsed.ref)))
      problems.push(
        `${document.where([])}: ${idOf(parsed.ref)} is also in ${sources.get(idOf(parsed.ref))?.where([])}`,
      );
    else {
      sources.set(idOf(parsed.ref), document);
      parsed.addTo(objects);
    }
  }
  const ladder = objects.PriorityLadder[0];
  if (ladder === undefined && problems.length === 0)
    problems.push("no PriorityLadder named default in the files given");
  if (ladder === undefined || problems.length > 0) return { problems };
  const snapshot = {
    ladder,
    policies: objects.PriorityPolicy,
    services: objects.Service,
    pods: objects.Pod,
    gateways: objects.Gateway,
    routes: [...objects.HTTPRoute, ...objects.GRPCRoute],
    namespaces: withPolicies(objects),
    istioGateways: objects.IstioGateway,
    virtualServices: objects.VirtualService,
    destinationRules: objects.DestinationRule,
    sidecarScopes: objects.Sidecar,
    mesh: defaultMeshConfig,
  };
  const sourceOf = (ref: ObjectRef): SourceDocument | undefined =>
    sources.get(idOf(ref)) ?? sources.get(idOf({ ...ref, kind: `Istio${ref.kind}` }));
  return { snapshot, describe: (verdict) => describe(verdict, sourceOf(verdict.on)) };
}

/** Files need not say that a namespace is there which one of their objects is in. */
function withPolicies({ Namespace: said, PriorityPolicy: policies, Service: services }: Objects): Objects["Namespace"] {
  const names = new Set([...policies, ...services].map(({ metadata }) => metadata.namespace));
  for (const { metadata } of said) names.delete(metadata.name);
  return [
    ...said,
    ...[...names].map((name) => ({ apiVersion: "v1" as const, kind: "Namespace" as const, metadata: { name } })),
  ];
}

type ParsedObject =
  | { readonly ref: ObjectRef; readonly addTo: (objects: Objects) => void }
  | { readonly problems: readonly Problem[] };

function parseObject(value: unknown): ParsedObject {
  const kind = valueAt(value, ["kind"]);
  const isOfIstio = String(valueAt(value, ["apiVersion"])).startsWith("networking.istio.io/");
  if (kind === "Gateway" && isOfIstio) return parseKind("IstioGateway", value);
  if (isKind(kind)) return parseKind(kind, value);
  const wrong = kind === undefined ? "is required" : "is not a kind that is read here";
  const names = Object.keys(kinds).filter((name) => name !== "IstioGateway");
  return { problems: [{ path: ["kind"], value: kind, message: `${wrong}; allowed: ${names.join(", ")}` }] };
}

function parseKind<K extends Kind>(kind: K, value: unknown): ParsedObject {
  const schema = kinds[kind] as unknown as z.ZodType<Objects[K][number]>;
  const parsed = parse(schema, withoutOurStatus(value)) as Parsed<Objects[K][number]>;
  if ("problems" in parsed) return parsed;
  const object = parsed.value;
  const namespace = object.metadata.namespace as string | undefined;
  return {
    ref: { kind, ...(namespace === undefined ? {} : { namespace }), name: object.metadata.name },
    addTo: (objects) => (objects[kind] as Objects[K][number][]).push(object),
  };
}

/** `kubectl get -o yaml` prints what the controller said of a policy too: nothing that a user writes. */
function withoutOurStatus(value: unknown): unknown {
  if (!/^expedite\.dev\//.test(String(valueAt(value, ["apiVersion"])))) return value;
  const { status: _, ...written } = value as Readonly<Record<string, unknown>>;
  return written;
}

function isKind(kind: unknown): kind is Kind {
  return typeof kind === "string" && kind !== "IstioGateway" && Object.hasOwn(kinds, kind);
}

/** As far as a document that may be wrong can tell. */
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
