// What Kiali says about DestinationRules, of its rules that can concern Expedite's, as its documentation describes them.
import type { MeshObject } from "./mesh-files.ts";
import { nameOf } from "./mesh-files.ts";

/**
 * KIA0201: more than one rule for the same host and subset. KIA0202: the host is no known service. KIA0203: a subset's labels are on no
 * workload. KIA0204: mTLS of the mesh or namespace is overridden. KIA0209: a subset has no labels.
 */
export type Finding = { readonly code: string; readonly on: string };

type Subset = { readonly name: string; readonly labels?: Readonly<Record<string, string>> };

const subsetsOf = ({ spec }: MeshObject): readonly Subset[] => spec.subsets ?? [];
const namespaceOf = ({ metadata }: MeshObject): string => metadata.namespace ?? "default";

/** `reviews` in shop is `reviews.shop.svc.cluster.local`. */
function hostOf(rule: MeshObject, domain = "svc.cluster.local"): string {
  const { host } = rule.spec as { readonly host: string };
  if (host.includes("*")) return host;
  const dots = host.split(".").length - 1;
  if (dots === 0) return `${host}.${namespaceOf(rule)}.${domain}`;
  return dots === 1 ? `${host}.${domain}` : host;
}

const isMutual = ({ spec }: MeshObject): boolean => spec.trafficPolicy?.tls?.mode === "ISTIO_MUTUAL";
const hasTls = ({ spec }: MeshObject): boolean =>
  spec.trafficPolicy?.tls !== undefined ||
  (spec.trafficPolicy?.portLevelSettings ?? []).some(({ tls }: { readonly tls?: unknown }) => tls !== undefined);
const covers = (wide: string, host: string): boolean =>
  wide === host || (wide.startsWith("*") && host.endsWith(wide.slice(1)));

/** A rule without subsets is taken for all of them. */
const meet = (a: MeshObject, b: MeshObject): boolean =>
  subsetsOf(a).length === 0 ||
  subsetsOf(b).length === 0 ||
  subsetsOf(a).some(({ name }) => subsetsOf(b).some((other) => other.name === name));

function multipleMatches(rules: readonly MeshObject[]): readonly Finding[] {
  const found = new Set<string>();
  for (const [index, rule] of rules.entries())
    for (const other of rules.slice(index + 1)) {
      if (namespaceOf(rule) !== namespaceOf(other)) continue;
      const [a, b] = [hostOf(rule), hostOf(other)];
      const isWide = [rule, other].some((one) => hostOf(one).startsWith("*") && isMutual(one));
      if ((a === b || a === "*" || b === "*") && !isWide && meet(rule, other))
        for (const one of [rule, other]) found.add(nameOf(one));
    }
  return [...found].map((on) => ({ code: "KIA0201", on }));
}

/** `workloads`: labels of pods. */
export function kialiFindings(objects: readonly MeshObject[]): readonly Finding[] {
  const rules = objects.filter(({ kind }) => kind === "DestinationRule");
  const services = objects.filter(({ kind }) => kind === "Service");
  const hosts = new Set(services.map((one) => `${one.metadata.name}.${namespaceOf(one)}.svc`));
  const entries = objects.filter(({ kind }) => kind === "ServiceEntry").flatMap(({ spec }) => spec.hosts as string[]);
  const mutual = rules.filter(isMutual);
  const each = rules.flatMap((rule) => {
    const host = hostOf(rule);
    const subsets = subsetsOf(rule);
    const isKnown = host.includes("*") || entries.includes(host) || [...hosts].some((one) => host.startsWith(one));
    const overridden = mutual.some((wide) => wide !== rule && covers(hostOf(wide), host)) && !hasTls(rule);
    const codes = [
      ...(isKnown ? [] : ["KIA0202"]),
      ...(overridden ? ["KIA0204"] : []),
      ...(subsets.some(({ labels = {} }) => Object.keys(labels).length === 0) ? ["KIA0209"] : []),
    ];
    return codes.map((code) => ({ code, on: nameOf(rule) }));
  });
  return [...multipleMatches(rules), ...each];
}

/** Kiali 2.30 and later leave these out. */
export function isIgnored({ code }: Finding, object: MeshObject): boolean {
  const codes = object.metadata.annotations?.["kiali.io/ignore-validations"] ?? "";
  return codes.split(",").includes(code);
}
