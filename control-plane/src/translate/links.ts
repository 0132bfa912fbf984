// Finds the links of the ladder whose queues are ordered, with their rates, and says why the others are inactive.
import type { Pod } from "../api/kubernetes.ts";
import type { PriorityLadder } from "../api/priority-ladder.ts";
import { parseQuantity, parseTcRate } from "../api/rate.ts";
import { egressBandwidth, isSelectedByService } from "../core/labels.ts";
import type { Link } from "../core/plan.ts";
import { isReady } from "../core/ready.ts";
import type { Snapshot } from "../core/snapshot.ts";
import type { Verdict } from "../core/verdict.ts";
import { addressesOf, dedicatedLevel, isOptedOut } from "./pods.ts";

type LadderLink = PriorityLadder["spec"]["links"][number];
type Found = { readonly links: readonly Link[]; readonly verdicts: readonly Verdict[] };

export function links(snapshot: Snapshot): Found {
  const { ladder } = snapshot;
  const found = ladder.spec.links.map((link, index) =>
    ladder.spec.mode !== "Enforce"
      ? inactive(index, "name", `is inactive, as the mode is ${ladder.spec.mode}; set spec.mode to Enforce`)
      : link.scope === "Pod"
        ? podLinks(snapshot, link, index)
        : nodeLink(snapshot, link, index),
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
  return {
    links: all.filter((link) => firstOn(link, all) === link),
    verdicts: [...found.flatMap((entry) => entry.verdicts), ...twice, ...none],
  };
}

/** One device has one root queue: the link that comes first in the ladder has it. */
function firstOn(link: Link, all: readonly Link[]): Link | undefined {
  return link.pod === undefined ? link : all.find((other) => isSameDevice(other, link));
}

const isSameDevice = (a: Link, b: Link): boolean =>
  a.pod === b.pod && a.namespace === b.namespace && a.device === b.device;

function sharedDevices(all: readonly Link[], ladder: readonly LadderLink[]): Verdict[] {
  return all.flatMap((link) => {
    const first = firstOn(link, all);
    if (first === link) return [];
    const index = ladder.findIndex((entry) => entry.name === link.name);
    return inactive(
      index,
      "selector",
      `selects pod ${link.namespace}/${link.pod}, whose device ${link.device} link ${first?.name} has already; select other pods`,
    ).verdicts;
  });
}

const ladderRef = { kind: "PriorityLadder", name: "default" };

function podLinks(snapshot: Snapshot, link: LadderLink, index: number): Found {
  const pods = snapshot.pods.filter(
    (pod) => isSelectedByService(link.selector ?? {}, pod.metadata.labels) && !isOptedOut(pod),
  );
  if (pods.length === 0) return inactive(index, "selector", "selects no pod; correct the selector, or start the pods");
  const found = pods.map((pod) => podLink(snapshot, { link, index, pod }));
  return { links: found.flatMap((entry) => entry.links), verdicts: found.flatMap((entry) => entry.verdicts) };
}

type PodLink = { readonly link: LadderLink; readonly index: number; readonly pod: Pod };

function podLink(snapshot: Snapshot, { link, index, pod }: PodLink): Found {
  const { name, namespace } = pod.metadata;
  const annotation = pod.metadata.annotations?.[egressBandwidth];
  const rate = link.rate === undefined ? parseQuantity(annotation ?? "") : parseTcRate(link.rate);
  if (rate === undefined) {
    const why =
      annotation === undefined
        ? `is missing, and pod ${namespace}/${name} has no annotation ${egressBandwidth}`
        : `is missing, and pod ${namespace}/${name} has ${egressBandwidth} "${annotation}", which is no quantity from 64k to 1600G`;
    return inactive(index, "rate", `${why}: set one of them`);
  }
  return active(snapshot, link, { rate, pod: name, namespace, device: link.device ?? "eth0" });
}

function nodeLink(snapshot: Snapshot, link: LadderLink, index: number): Found {
  const rate = parseTcRate(link.rate ?? "");
  if (rate === undefined)
    return inactive(
      index,
      "rate",
      "is missing, and a node's uplink has no rate that could be read; set the link's rate",
    );
  return active(snapshot, link, {
    rate,
    ...(link.nodeSelector === undefined ? {} : { nodeSelector: link.nodeSelector }),
    ...(link.device === undefined ? {} : { device: link.device }),
  });
}

function active(snapshot: Snapshot, link: LadderLink, at: Pick<Link, "rate"> & Partial<Link>): Found {
  const { rate, ...where } = at;
  const entry: Link = { name: link.name, rate, force: link.force, dedicated: dedicated(snapshot), ...where };
  return { links: [entry], verdicts: [] };
}

function inactive(index: number, field: string, message: string): Found {
  return {
    links: [],
    verdicts: [{ on: ladderRef, reason: "LinkInactive", field: ["spec", "links", index, field], message }],
  };
}

function dedicated(snapshot: Snapshot): Record<string, string[]> {
  const entries = snapshot.ladder.spec.levels.map(({ name }): [string, string[]] => [
    name,
    snapshot.pods
      .filter((pod) => isReady(pod) && dedicatedLevel(pod) === name)
      .flatMap(addressesOf)
      .sort(),
  ]);
  return Object.fromEntries(entries.filter(([, addresses]) => addresses.length > 0));
}
