// Writes the objects that the controller would write for a plan, as one YAML file each.
import { stringify } from "yaml";
import type { Manifest } from "../../core/manifest.ts";
import type { Plan } from "../../core/plan.ts";
import { istioObjects, nameOf } from "../istio-objects.ts";
import { UserError } from "../user-error.ts";
import type { OutputFile } from "./output-file.ts";

/** @throws UserError with the filter's message if it refuses a configuration */
export function istioFiles(plan: Plan, filter: string | undefined): readonly OutputFile[] {
  const { manifests, refused } = istioObjects(plan, filter);
  if (refused.length > 0) throw new UserError(refused.map(({ problem }) => problem));
  return manifests.map(toFile).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The order of the files does not matter: what a proxy lacks falls through. */
function toFile(manifest: Manifest): OutputFile {
  const yaml = stringify(manifest, { lineWidth: 0, aliasDuplicateObjects: false });
  return { name: `${nameOf(manifest)}.yaml`, text: yaml };
}
