// Makes the controller's image: Node, the control plane, the filter, and only the packages that these need.
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { programFile, programSources } from "./program.ts";
import type { RootFolder } from "./root-folder.ts";

const repository = join(import.meta.dirname, "../../..");
const at = (path: string): string => join(repository, path);

const node = at("node_modules/node/bin/node");

export const controllerSources = (): readonly string[] => [node, ...programSources().map(at)];

/** Left out: the filter's compiler, 100 MB with its dependencies, because the image contains the compiled filter. */
const compiler = "assemblyscript";

/** A package's dependencies, by the folders in which Node finds them; the workspace's own come first. */
function packageFolders(): readonly string[] {
  const found = new Set<string>();
  const visit = (folder: string): void => {
    const { dependencies = {} } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
      readonly dependencies?: Readonly<Record<string, string>>;
    };
    for (const name of Object.keys(dependencies)) {
      if (name.startsWith("@expedite/") || name === compiler) continue;
      const place = placeOf(name, folder);
      if (found.has(place)) continue;
      found.add(place);
      visit(place);
    }
  };
  visit(at("control-plane"));
  visit(at("filter"));
  return [...found].sort();
}

/** Searches as Node does: next to the package, then in every folder above it. @throws when npm ci did not install it */
function placeOf(name: string, from: string): string {
  for (let folder = from; folder.startsWith(repository); folder = dirname(folder)) {
    const place = join(folder, "node_modules", name);
    if (existsSync(join(place, "package.json"))) return place;
  }
  throw new Error(`${name}, which ${from} needs, is not installed: npm ci`);
}

export function fillController(root: RootFolder): void {
  root.binary(node, "/usr/local/bin/node");
  for (const { path, content } of programSources().map(programFile)) root.text(`/app/${path}`, content);
  for (const folder of packageFolders()) root.folder(folder, `/app${folder.slice(repository.length)}`);
  root.link("../../filter", "/app/node_modules/@expedite/filter");
}
