// Finds out which arms this kernel can run, and renders their configurations, before any testbed is up.
import { join } from "node:path";
import type { Arm } from "./arms.ts";
import { type PlanOf, type Rendered, testbedPlans } from "./experiment.ts";
import type { Options } from "./options.ts";
import { profiles } from "./profiles.ts";
import { withAdaptiveConcurrency } from "./site/adaptive-concurrency.ts";
import { missingScavenger, renderNodePrograms, renderProxies } from "./site/expedite.ts";
import { withLeastRequest } from "./site/least-request.ts";
import { missingQdisc } from "./site/link.ts";
import { writeManifests } from "./site/manifests.ts";
import { applications, bottleneckPod, gateway, replica } from "./site/topology.ts";

/** The reasons why arms can't run on this kernel, by arm. */
export async function probe(chosen: readonly Arm[]): Promise<ReadonlyMap<string, string>> {
  const skipped = new Map<string, string>();
  const noScavenger = chosen.some(({ scavenger }) => scavenger) ? await missingScavenger() : undefined;
  for (const { name, queue, scavenger } of chosen) {
    const reason = queue === "fq_codel" ? await missingQdisc(queue) : undefined;
    if (reason !== undefined) skipped.set(name, `this kernel has no ${queue} (${reason})`);
    if (scavenger && noScavenger !== undefined)
      skipped.set(name, `the scavenger can't be loaded here (${noScavenger})`);
  }
  return skipped;
}

/** Renders what the chosen arms need into the folder. @throws CommandError if `expedite` refuses the files */
export async function prepare(folder: string, chosen: readonly Arm[], options: Options): Promise<PlanOf> {
  const rendered = new Map<string, Rendered>();
  for (const arm of chosen.filter(({ mesh }) => mesh)) {
    const files = { manifests: join(folder, arm.name), programs: join(folder, `${arm.name}-node`) };
    writeManifests(files.manifests, profiles[options.profile], arm);
    const pods = [gateway, ...applications, ...(arm.replicas === 1 ? [] : [replica])].map((pod) => pod.name);
    const proxies = new Map(await renderProxies(files.manifests, join(folder, `${arm.name}-envoy`), pods));
    if (arm.replicas > 1) for (const [pod, bootstrap] of proxies) proxies.set(pod, withLeastRequest(bootstrap));
    if (arm.queue === "levels") await renderNodePrograms(files.manifests, files.programs);
    if (arm.admission === "adaptive_concurrency")
      proxies.set(bottleneckPod, withAdaptiveConcurrency(proxies.get(bottleneckPod)));
    rendered.set(arm.name, { ...files, proxies });
  }
  return testbedPlans(options, rendered);
}
