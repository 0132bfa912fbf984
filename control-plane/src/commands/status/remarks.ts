// Collects the details of conditions. What several policies of a namespace share is shown once.
import type { Condition } from "../../api/conditions.ts";
import { isAsWanted, type PolicyStatus } from "./status.ts";

type Remark = {
  readonly status: Condition["status"];
  readonly type: string;
  readonly reason: string;
  /** `shop/cart, shop/checkout` */
  readonly on: string;
  readonly message: string;
  /** It is not True because the ladder asks for that. */
  readonly isByLadder: boolean;
};

type Said = Omit<Remark, "on" | "message" | "isByLadder"> & {
  readonly policy: PolicyStatus;
  /** The controller joins its findings into one message. */
  readonly parts: readonly string[];
};

const separator = "; ";

/**
 * From conditions that are not True, or True with a limitation. The ladder's repeat those of the policies, so they come last and shortened.
 */
export function remarksOf(policies: readonly PolicyStatus[]): readonly Remark[] {
  const said = policies.flatMap(saidBy);
  const own = said.filter(({ policy }) => policy.namespace !== undefined);
  const groups = Map.groupBy(own, ({ policy, type, status, reason }) =>
    [policy.namespace, type, status, reason].join(" "),
  );
  const known = new Set(own.flatMap(({ parts }) => parts));
  const ladders = said
    .filter(({ policy }) => policy.namespace === undefined)
    .map((one) => ({ ...one, parts: one.parts.filter((part) => !known.has(part)) }))
    .filter(({ parts }) => parts.length > 0);
  return [...[...groups.values()].flatMap(remarksOfGroup), ...ladders.map((one) => remark([one], one.parts))];
}

function saidBy(policy: PolicyStatus): readonly Said[] {
  return policy.conditions
    .filter(
      (one) => isWarning(one) || (one.type !== "LoopsOverlap" && (one.status !== "True" || one.reason !== one.type)),
    )
    .map(({ type, status, reason, message }) => ({ policy, type, status, reason, parts: message.split(separator) }));
}

/** Of all conditions, only this one is wrong if it is True. */
export function isWarning({ type, status }: Pick<Condition, "type" | "status">): boolean {
  return type === "LoopsOverlap" && status === "True";
}

/** First what all of them say, then what each says in addition. */
function remarksOfGroup(group: readonly Said[]): readonly Remark[] {
  const common = group[0]!.parts.filter((part) => group.every(({ parts }) => parts.includes(part)));
  if (common.length === 0) return group.map((one) => remark([one], one.parts));
  const rest = group.map((one) => ({ one, parts: one.parts.filter((part) => !common.includes(part)) }));
  return [
    remark(group, common),
    ...rest.filter(({ parts }) => parts.length > 0).map(({ one, parts }) => remark([one], parts)),
  ];
}

function remark(of: readonly Said[], parts: readonly string[]): Remark {
  const { policy, status, type, reason } = of[0]!;
  return {
    isByLadder: status !== "True" && isAsWanted(policy, { type, status, reason }),
    status,
    type,
    reason,
    on: of.map(({ policy }) => nameOf(policy)).join(", "),
    message: parts.join(separator),
  };
}

export function nameOf({ namespace, name }: PolicyStatus): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}
