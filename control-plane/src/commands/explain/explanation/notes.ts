// Writes notes about the assumptions of an explanation, and anything else that its reader should know.
import type { Plan } from "../../../core/plan.ts";
import type { ObjectRef } from "../../../core/verdict.ts";
import type { EntryPoint } from "./entry-point.ts";
import type { Explanation } from "./explanation.ts";
import { headerOf, type Request } from "./request.ts";

type Explained = Omit<Explanation, "notes" | "isApplied" | "queues">;

/** The basis of an explanation. `made`: what the files lacked. `seen`: the request as the filter sees it. */
type Grounds = {
  readonly plan: Plan;
  readonly entryPoint: EntryPoint;
  readonly made: readonly ObjectRef[];
  readonly seen: Request;
};

export function notesOf(explained: Explained, { plan, entryPoint, made, seen }: Grounds): string[] {
  return [
    ...stubs(made, entryPoint),
    ...otherPath(explained, seen),
    ...distrust(explained, plan.header, entryPoint),
    ...withoutId(explained),
    ...(plan.mode === "Enforce" ? [] : [`the ladder's mode is ${plan.mode}: ${idle[plan.mode]}`]),
  ];
}

const idle = { Disabled: "no filter runs", Observe: "the level is counted but not written" } as const;

/** Only the stubs on the path of this request. */
function stubs(made: readonly ObjectRef[], { kind, namespace, policies }: EntryPoint): string[] {
  // A route's policy is in the route's namespace, which may differ from the gateway's.
  const places = new Set([namespace, ...policies.map((policy) => policy.split("/")[0])]);
  const passed = made.filter((ref) => places.has(ref.namespace) && (kind === "Gateway") === (ref.kind !== "Service"));
  const refs = kind === "Namespace" ? [] : passed.map((ref) => `${ref.kind} ${ref.namespace}/${ref.name}`);
  return refs.length === 0 ? [] : [`not in the files, so assumed to serve every host: ${refs.join(", ")}`];
}

/** The proxy's connection manager rewrites a path before its filters and the application see it. */
function otherPath({ request }: Explained, { path }: Request): string[] {
  return path === request.path ? [] : [`proxies normalise the path, so the rules see ${path}`];
}

function distrust({ request, by }: Explained, header: string, { classification }: EntryPoint): string[] {
  const sent = headerOf(request, header);
  return sent === undefined || by === "header"
    ? []
    : [`${header}: ${sent} is not trusted, and is removed: trust is ${classification.trust} here`];
}

/** Envoy creates an id before the filter runs, and its value can't be known. */
function withoutId({ request, rules }: Explained): string[] {
  const isAsked = rules.some(({ matchers }) => matchers.some(({ field }) => field === "percentage"));
  return isAsked && headerOf(request, "x-request-id") === undefined
    ? [
        "a percentage depends on the x-request-id, which Envoy gives to every request; set one with --header 'x-request-id: …'",
      ]
    : [];
}
