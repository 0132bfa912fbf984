// Refuses for plain Envoy everything in Gateways, ListenerSets and routes that its rendered configuration would have to ignore.
import type { ListenerSet, MeshGateway, MeshRoute } from "../../api/mesh-gateway.ts";
import { gatewayNameLabel } from "../../core/labels.ts";
import type { Snapshot } from "../../core/snapshot.ts";
import type { Verdict } from "../../core/verdict.ts";
import { type Finding, finding, verdictOn } from "../finding.ts";
import { isManual } from "../gateways/selectors.ts";
import { unreadFields } from "../services/route-entry.ts";

type Rule = MeshRoute["spec"]["rules"][number];

export function envoyLimits({ gateways, listenerSets = [], routes }: Snapshot): readonly Verdict[] {
  return [
    ...gateways.flatMap((gateway) =>
      [...ofAddresses(gateway), ...ofListeners(gateway)].map((found) => verdictOn(gateway, found)),
    ),
    ...listenerSets.flatMap((set) => ofListeners(set).map((found) => verdictOn(set, found))),
    ...routes.flatMap((route) => ofRoute(route).map((found) => verdictOn(route, found))),
  ];
}

const limit = (field: Finding["field"], message: string): Finding =>
  finding("UnsupportedField", field, `${message} for plain Envoy; change it, or use --target istio`);

function ofAddresses(gateway: MeshGateway): readonly Finding[] {
  if (!isManual(gateway)) return [];
  const message = `names other pods than plain Envoy's; label them ${gatewayNameLabel}: ${gateway.metadata.name}, or use --target istio`;
  return [finding("UnsupportedField", ["spec", "addresses"], message)];
}

function ofListeners({ spec: { listeners } }: MeshGateway | ListenerSet): readonly Finding[] {
  return listeners.flatMap(({ protocol }, index) =>
    protocol === "HTTP" ? [] : [limit(["spec", "listeners", index, "protocol"], "is not rendered (allowed: HTTP)")],
  );
}

function ofRoute(route: MeshRoute): readonly Finding[] {
  if (route.kind === "GRPCRoute") return [limit(["kind"], "is not rendered (allowed: HTTPRoute)")];
  return route.spec.rules.flatMap((rule, index) => ofRule(rule, ["spec", "rules", index]));
}

const readOfRule = ["name", "matches", "backendRefs"];
const readOfMatch = ["path"];
const readOfBackend = ["group", "kind", "name", "namespace", "port", "weight"];

function ofRule(rule: Rule, field: Finding["field"]): readonly Finding[] {
  const matches = rule.matches.flatMap((match, index) => {
    const { type = "PathPrefix" } = match.path ?? {};
    const path = type === "PathPrefix" || type === "Exact" ? [] : [[...field, "matches", index, "path", "type"]];
    return [
      ...unread(match, readOfMatch, [...field, "matches", index]),
      ...path.map((at) => limit(at, "is not rendered (allowed: Exact, PathPrefix)")),
    ];
  });
  const backends =
    rule.backendRefs.length === 1
      ? rule.backendRefs.flatMap((backend, index) => ofBackend(backend, [...field, "backendRefs", index]))
      : [limit([...field, "backendRefs"], `has ${rule.backendRefs.length} entries, and exactly 1 is rendered`)];
  return [...unread(rule, readOfRule, field), ...matches, ...backends];
}

function ofBackend(backend: Rule["backendRefs"][number], field: Finding["field"]): readonly Finding[] {
  const { group, kind, port, weight = 1 } = backend;
  return [
    ...unread(backend, readOfBackend, field),
    ...(group === "" && kind === "Service" ? [] : [limit([...field, "kind"], "is not rendered (allowed: Service)")]),
    ...(port === undefined ? [limit([...field, "port"], "is required")] : []),
    ...(weight > 0 ? [] : [limit([...field, "weight"], "is not rendered (allowed: at least 1)")]),
  ];
}

/** Fields that have a value and are not read here. */
function unread(value: Readonly<Record<string, unknown>>, read: readonly string[], field: Finding["field"]): Finding[] {
  return unreadFields(value, read).map((key) => limit([...field, key], "is not rendered"));
}
