// Compares a request's results in both Envoys, and reports where Expedite changed them. The reference is the Envoy without Expedite: its
// choice of route and cluster, and what client and application saw there, is right. Only if a shared route may replace the chosen route,
// the request goes to the level's cluster for the chosen one, if that exists.
import { configOf, sharedRoutes, variantOf } from "../checks/proven.ts";
import { type Difference, differences } from "../differences.ts";
import type { Route } from "../generation.ts";
import type { Clusters } from "./clusters.ts";
import { type Exchange, isTimeout } from "./exchange.ts";
import { isFailing, type Subject } from "./subjects.ts";

/** Several of each if the route has weights, because Envoy chooses at random. */
export type Met = { readonly without: readonly Exchange[]; readonly with: readonly Exchange[] };

export type Verdict = {
  readonly differences: readonly Difference[];
  /** Exchanges that a shared route led to a cluster of their level, and to the original if there is none. */
  readonly toLevel: number;
  readonly toOriginal: number;
};

/** A cluster that may be right. */
type Choice = {
  /** Undefined if it does not exist, and Envoy answers. */
  readonly original: string | undefined;
  /** The shared route that takes the request. */
  readonly shared: Route | undefined;
  /** The clusters whose application may answer; a retry that should go elsewhere may reach a later one. */
  readonly targets: readonly (string | undefined)[];
};

type Weight = { readonly name: string; readonly weight?: number };

/** The weights of the route that Envoy chose, or of all routes that can't be distinguished from it. None: the route has one cluster. */
export function weightsOf({ host }: Subject, { route, config }: Exchange): readonly Weight[] {
  const chosen = (host.without.routes ?? []).filter((one) => (one.name ?? "") === route && configOf(one) === config);
  const weights = chosen.flatMap((one) => one.route?.weightedClusters?.clusters ?? []);
  const others = chosen.flatMap((one) => (one.route?.cluster === undefined ? [] : [{ name: one.route.cluster }]));
  return weights.length === 0 ? [] : [...weights, ...others];
}

export function sameRequest(subject: Subject, clusters: Clusters, met: Met): Verdict {
  const first = met.without[0]!;
  const weights = weightsOf(subject, first);
  const names = weights.map(({ name }) => (clusters.answering.has(name) ? name : undefined));
  const choices = (weights.length === 0 ? [first.cluster] : names).map((original): Choice => {
    const shared = original === undefined ? undefined : sharedFor(subject, first, original);
    const all = shared === undefined ? [original] : clusters.ofLevel(original!, subject.level);
    return { original, shared, targets: isFailing(subject) ? all : all.slice(0, 1) };
  });
  // A weight may have headers of its own.
  const hasEffects = weights.some((weight) => Object.keys(weight).some((key) => key !== "name" && key !== "weight"));
  // Whether a failing request first runs out of time or out of retries is chance.
  const compared = isFailing(subject) && [...met.without, ...met.with].some(isTimeout) ? [] : met.with;
  const outcomes = compared.map((got) => {
    const choice = choices.find(({ targets }) => targets.includes(got.cluster));
    if (choice === undefined)
      return { choice, found: [{ path: "cluster", a: choices.flatMap(({ targets }) => targets), b: got.cluster }] };
    const right = hasEffects ? undefined : met.without.find(({ cluster }) => cluster === choice.original);
    const route = choice.shared?.name ?? first.route;
    return {
      choice,
      found: [
        ...(choice.original === undefined ? [] : differences(route, got.route, "route")),
        ...(right === undefined ? [] : differences(right.effects, got.effects)),
      ],
    };
  });
  const shared = outcomes.flatMap(({ choice }) => (choice?.shared === undefined ? [] : [choice]));
  const toLevel = shared.filter(({ targets, original }) => targets[0] !== original).length;
  return {
    differences: outcomes.flatMap(({ found }) =>
      found.map(({ path, a, b }) => ({
        ...{ check: "request", path: `${textOf(subject)}: ${path}` },
        without: a,
        with: b,
      })),
    ),
    ...{ toLevel, toOriginal: shared.length - toLevel },
  };
}

function sharedFor(
  { configuration, host, level }: Subject,
  { route, config }: Exchange,
  cluster: string,
): Route | undefined {
  const { filter } = configuration;
  if (!(filter.config.levelClusters ?? []).includes(level)) return undefined;
  const metadata = config === undefined ? {} : { metadata: { filterMetadata: { istio: { config } } } };
  const variant = variantOf({ name: route, match: {}, route: { cluster }, ...metadata }, filter);
  return variant === undefined ? undefined : sharedRoutes(host.with).get(variant);
}

function textOf({ configuration, host, probe: { method, authority, path, headers }, level }: Subject): string {
  return `${configuration.name} ${host.with.name}: ${method} ${authority}${path} ${JSON.stringify(headers)} (${level})`;
}
