// Turns an object as a user writes it into the form that an API server serves, with the defaults of the Gateway API's CRDs.
import type { Json, Thing } from "./protocol.ts";

type Rule = Json & {
  readonly matches?: readonly Json[];
  readonly backendRefs?: readonly Json[];
  readonly filters?: readonly Json[];
};

export function withDefaults(object: Thing): Thing {
  if (!/^(HTTP|GRPC)Route$/.test(object.kind)) return object;
  const spec = object.spec as Json & { readonly rules?: readonly Rule[]; readonly parentRefs?: readonly Json[] };
  const parentRefs = (spec.parentRefs ?? []).map((ref) => ({
    group: "gateway.networking.k8s.io",
    kind: "Gateway",
    ...ref,
  }));
  const rules = (spec.rules ?? [{}]).map((rule) => (object.kind === "HTTPRoute" ? httpRule(rule) : grpcRule(rule)));
  return { ...object, spec: { ...spec, parentRefs, rules } };
}

const backends = (refs: readonly Json[] = []) => refs.map((ref) => ({ group: "", kind: "Service", weight: 1, ...ref }));

function httpRule({ matches = [{}], backendRefs, ...rule }: Rule): Json {
  const paths = matches.map(({ path, headers, ...match }) => ({
    ...match,
    path: { type: "PathPrefix", value: "/", ...(path as Json) },
    ...(headers === undefined ? {} : { headers: exact(headers) }),
  }));
  return { ...rule, matches: paths, backendRefs: backends(backendRefs) };
}

function grpcRule({ matches = [], backendRefs, ...rule }: Rule): Json {
  const methods = matches.map(({ method, headers, ...match }) => ({
    ...match,
    ...(method === undefined ? {} : { method: { type: "Exact", ...(method as Json) } }),
    ...(headers === undefined ? {} : { headers: exact(headers) }),
  }));
  return { ...rule, matches: methods, backendRefs: backends(backendRefs) };
}

const exact = (headers: unknown) => (headers as readonly Json[]).map((one) => ({ type: "Exact", ...one }));
