// Makes the controller's image: Node, and the bundle that the package contains as well.
import { join } from "node:path";
import { bundleSources, repository, scriptOf, writeBundle } from "../../../release/bundle.ts";
import type { RootFolder } from "./root-folder.ts";

const node = join(repository, "node_modules/node/bin/node");
const app = "/app";

export const controllerEntrypoint = ["/usr/local/bin/node", `${app}/${scriptOf("expedite-controller")}`] as const;
export const agentEntrypoint = ["/usr/local/bin/node", `${app}/${scriptOf("expedite-agent")}`] as const;

export const controllerSources = (): readonly string[] => [node, ...bundleSources()];

export async function fillController(root: RootFolder): Promise<void> {
  root.binary(node, "/usr/local/bin/node");
  await writeBundle(join(root.path, app));
}
