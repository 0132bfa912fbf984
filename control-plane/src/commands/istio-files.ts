// In: a plan. Out: the objects that the controller would write, one YAML file each, named in the order in which they are to be applied.
import { stringify } from "yaml";
import { type Manifest, type Step, stepLabel } from "../core/manifest.ts";
import type { Plan } from "../core/plan.ts";
import { type IstioObjectsOptions, istioObjects, nameOf } from "./istio-objects.ts";
import type { OutputFile } from "./render.ts";
import { UserError } from "./user-error.ts";

/** kubectl applies a folder by the names of its files. */
const steps: Readonly<Record<Step, { readonly order: number; readonly comment: string }>> = {
  filter: { order: 1, comment: "The filter, or what takes it from a workload." },
  node: { order: 1, comment: "What the node agents do with each link." },
  clusters: {
    order: 2,
    comment: "Connections of the levels. Remove it only after proxies took the removal of the routes.",
  },
  routes: {
    order: 3,
    comment: "Routes that choose by level. Apply it after proxies took the clusters; remove it first.",
  },
};

/** @throws UserError with what the filter itself says, where it refuses a configuration */
export function istioFiles(plan: Plan, options: IstioObjectsOptions): readonly OutputFile[] {
  const { manifests, refused } = istioObjects(plan, options);
  if (refused.length > 0) throw new UserError(refused.map(({ problem }) => problem));
  return manifests.map(toFile).sort((a, b) => (a.name < b.name ? -1 : 1));
}

function toFile(manifest: Manifest): OutputFile {
  const step = manifest.metadata.labels[stepLabel] as Step;
  const { order, comment } = steps[step];
  const yaml = stringify(manifest, { lineWidth: 0, aliasDuplicateObjects: false });
  return { name: `${order}-${step}.${nameOf(manifest)}.yaml`, text: `# ${comment}\n${yaml}` };
}
