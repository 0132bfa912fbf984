// Fills the controller's image: Node, and what the npm package contains.
import { globSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { bundleSources, repository, scriptOf } from "../bundle.ts";
import { writePackage } from "../package/package.ts";
import type { RootFolder } from "./root-folder.ts";

const node = join(repository, "node_modules/node/bin/node");
const app = "/app";

export const controllerEntrypoint = ["/usr/local/bin/node", `${app}/${scriptOf("expedite-controller")}`] as const;
export const agentEntrypoint = ["/usr/local/bin/node", `${app}/${scriptOf("expedite-agent")}`] as const;

/** Files that determine the content. */
export const controllerSources = (): readonly string[] => [
  node,
  ...bundleSources(),
  ...globSync("{scavenger/*,release/{*.ts,*.txt,package/*,images/{agent,controller}.ts}}", { cwd: repository })
    .sort()
    .map((file) => join(repository, file)),
];

/** npm installs Node's binary for this machine next to its licence. @throws when it is not installed */
function licenceOfNode(): string {
  const [file] = globSync("node_modules/{,node/node_modules/}node-linux-*/LICENSE", { cwd: repository });
  if (file === undefined)
    throw new Error("node_modules contains no LICENSE of Node; install the packages with: npm ci");
  return join(repository, file);
}

export async function fillController(root: RootFolder): Promise<void> {
  root.binary(node, "/usr/local/bin/node");
  root.file(licenceOfNode(), "/usr/share/doc/node/LICENSE");
  const folder = join(root.path, app);
  mkdirSync(folder);
  await writePackage(folder);
}
