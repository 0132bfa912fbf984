// Finds out which arms this kernel can run, and renders their configurations, before any testbed is up.
import { join } from "node:path";
import type { Arm } from "./arms.ts";
import { type PlanOf, testbedPlans } from "./experiment.ts";
import type { Options } from "./options.ts";
import { profiles } from "./profiles.ts";
import { renderNodePrograms, renderProxies } from "./site/expedite.ts";
import { missingQdisc } from "./site/link.ts";
import { writeManifests } from "./site/manifests.ts";
import { applications, gateway } from "./site/topology.ts";

/** The reasons why arms can't run on this kernel, by arm. */
export async function probe(chosen: readonly Arm[]): Promise<ReadonlyMap<string, string>> {
  const skipped = new Map<string, string>();
  for (const { name, queue } of chosen) {
    const reason = queue === "fq_codel" ? await missingQdisc(queue) : undefined;
    if (reason !== undefined) skipped.set(name, `this kernel has no ${queue} (${reason})`);
  }
  return skipped;
}

/** Renders what the chosen arms need into the folder. @throws CommandError if `expedite` refuses the files */
export async function prepare(folder: string, chosen: readonly Arm[], options: Options): Promise<PlanOf> {
  const pods = [gateway, ...applications].map((pod) => pod.name);
  const programs = join(folder, "node");
  const proxies = new Map<string, ReadonlyMap<string, unknown>>();
  for (const mode of ["Disabled", "Enforce"] as const) {
    const needing = chosen.filter((arm) => arm.mesh && arm.levels === (mode === "Enforce"));
    if (needing.length === 0) continue;
    const manifests = join(folder, `manifests-${mode.toLowerCase()}`);
    writeManifests(manifests, profiles[options.profile], mode);
    const rendered = await renderProxies(manifests, join(folder, `envoy-${mode.toLowerCase()}`), pods);
    for (const arm of needing) proxies.set(arm.name, rendered);
    if (needing.some((arm) => arm.queue === "levels")) await renderNodePrograms(manifests, programs);
  }
  return testbedPlans(options, proxies, programs);
}
