// Finds the links of the ladder whose queues are ordered, with their rates, and reports why the others are inactive.
import type { Pod } from "../api/kubernetes.ts";
import type { PriorityLadder } from "../api/priority-ladder.ts";
import { parseQuantity, parseTcRate } from "../api/rate.ts";
import { egressBandwidth, isSelectedByService } from "../core/labels.ts";
import type { InactiveReason } from "../core/link-state.ts";
import type { Link } from "../core/plan.ts";
import { isReady } from "../core/ready.ts";
import type { Snapshot } from "../core/snapshot.ts";
import type { Verdict } from "../core/verdict.ts";
import { addressesOf, dedicatedLevel, isOptedOut } from "./pods.ts";

type LadderLink = PriorityLadder["spec"]["links"][number];
/** The pods that links select, and those that are dedicated to a level. */
export type LinkInputs = Pick<Snapshot, "ladder" | "pods">;

/** `pod` and `namespace` only if the link is inactive for one of its pods. */
export type InactiveLink = Pick<Link, "name" | "pod" | "namespace"> & {
  readonly reason: InactiveReason | "NoPod";
  readonly verdict: Verdict;
};

type Found = { readonly links: readonly Link[]; readonly inactive: readonly InactiveLink[] };

export function links(inputs: LinkInputs): Found & { readonly verdicts: readonly Verdict[] } {
  const { ladder } = inputs;
  const found = ladder.spec.links.map((link, index) =>
    ladder.spec.mode !== "Enforce"
      ? inactive({ link, index }, "NotEnforced", {
          field: "name",
          message: `is inactive, as the mode is ${ladder.spec.mode}; set spec.mode to Enforce`,
        })
      : link.scope === "Pod"
        ? podLinks(inputs, link, index)
        : nodeLink(inputs, link, index),
  );
  const all = found.flatMap((entry) => entry.links);
  const twice = sharedDevices(all, ladder.spec.links);
  const none: Verdict[] =
    all.length === 0 && ladder.spec.mode === "Enforce"
      ? [
          {
            on: ladderRef,
            reason: "NoActiveLink",
            field: ["spec", "links"],
            message: "has no active link, so no queue is ordered; add a link with a rate",
          },
        ]
      : [];
  const without = [...found.flatMap((entry) => entry.inactive), ...twice];
  return {
    links: all.filter((link) => firstOn(link, all) === link),
    inactive: without,
    verdicts: [...without.map(({ verdict }) => verdict), ...none],
  };
}

/** A device has one root queue: the link that comes first in the ladder gets it. */
function firstOn(link: Link, all: readonly Link[]): Link | undefined {
  return link.pod === undefined ? link : all.find((other) => isSameDevice(other, link));
}

const isSameDevice = (a: Link, b: Link): boolean =>
  a.pod === b.pod && a.namespace === b.namespace && a.device === b.device;

function sharedDevices(all: readonly Link[], ladder: readonly LadderLink[]): readonly InactiveLink[] {
  return all.flatMap((link) => {
    const first = firstOn(link, all);
    if (first === link) return [];
    const index = ladder.findIndex((entry) => entry.name === link.name);
    return inactive({ link, index, pod: link.pod, namespace: link.namespace }, "DeviceShared", {
      field: "selector",
      message: `selects pod ${link.namespace}/${link.pod}, whose device ${link.device} link ${first?.name} has already; select other pods`,
    }).inactive;
  });
}

const ladderRef = { kind: "PriorityLadder", name: "default" };

function podLinks(inputs: LinkInputs, link: LadderLink, index: number): Found {
  const pods = inputs.pods.filter(
    (pod) => isSelectedByService(link.selector ?? {}, pod.metadata.labels) && !isOptedOut(pod),
  );
  if (pods.length === 0)
    return inactive({ link, index }, "NoPod", {
      field: "selector",
      message: "selects no pod; correct the selector, or start the pods",
    });
  const found = pods.map((pod) => podLink(inputs, { link, index, pod }));
  return { links: found.flatMap((entry) => entry.links), inactive: found.flatMap((entry) => entry.inactive) };
}

type PodLink = { readonly link: LadderLink; readonly index: number; readonly pod: Pod };

function podLink(inputs: LinkInputs, { link, index, pod }: PodLink): Found {
  const { name, namespace } = pod.metadata;
  const annotation = pod.metadata.annotations?.[egressBandwidth];
  const rate = link.rate === undefined ? parseQuantity(annotation ?? "") : parseTcRate(link.rate);
  if (rate === undefined) {
    const why =
      annotation === undefined
        ? `is missing, and pod ${namespace}/${name} has no annotation ${egressBandwidth}`
        : `is missing, and pod ${namespace}/${name} has ${egressBandwidth} "${annotation}", which is no quantity from 64k to 1600G`;
    return inactive({ link, index, pod: name, namespace }, "RateUnknown", {
      field: "rate",
      message: `${why}: set one of them`,
    });
  }
  return active(inputs, link, { rate, pod: name, namespace, device: link.device ?? "eth0" });
}

function nodeLink(inputs: LinkInputs, link: LadderLink, index: number): Found {
  const rate = parseTcRate(link.rate ?? "");
  if (rate === undefined)
    return inactive({ link, index }, "RateUnknown", {
      field: "rate",
      message: "is missing, and a node's uplink has no rate that could be read; set the link's rate",
    });
  return active(inputs, link, {
    rate,
    ...(link.nodeSelector === undefined ? {} : { nodeSelector: link.nodeSelector }),
    ...(link.device === undefined ? {} : { device: link.device }),
  });
}

function active(inputs: LinkInputs, link: LadderLink, at: Pick<Link, "rate"> & Partial<Link>): Found {
  const { rate, ...where } = at;
  const flags = { force: link.force, markTunnels: link.markTunnels };
  const entry: Link = { name: link.name, rate, ...flags, dedicated: dedicated(inputs), ...where };
  return { links: [entry], inactive: [] };
}

type Place = {
  readonly link: { readonly name: string };
  readonly index: number;
  readonly pod?: string | undefined;
  readonly namespace?: string | undefined;
};

function inactive(
  { link, index, pod, namespace }: Place,
  reason: InactiveLink["reason"],
  { field, message }: { readonly field: string; readonly message: string },
): Found {
  const verdict: Verdict = { on: ladderRef, reason: "LinkInactive", field: ["spec", "links", index, field], message };
  const where = pod === undefined || namespace === undefined ? {} : { pod, namespace };
  return { links: [], inactive: [{ name: link.name, ...where, reason, verdict }] };
}

function dedicated({ ladder, pods }: LinkInputs): Record<string, string[]> {
  const entries = ladder.spec.levels.map(({ name }): [string, string[]] => [
    name,
    pods
      // The address of a pod with hostNetwork is its node's, and so are those of tunnels and of other pods there.
      .filter((pod) => isReady(pod) && dedicatedLevel(pod) === name && pod.spec.hostNetwork !== true)
      .flatMap(addressesOf)
      .sort(),
  ]);
  return Object.fromEntries(entries.filter(([, addresses]) => addresses.length > 0));
}
