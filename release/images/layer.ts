// Lists a root folder as the entries of an image's layer, and makes the bytes of the layer.
import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { endOfArchive, header, padding, type TarEntry } from "./tar.ts";

interface LayerEntry extends TarEntry {
  /** The file with the content. */
  readonly source?: string;
}

/** One of a few modes, so that the umask of whoever created the folder has no effect. */
function modeOf(mode: number, isFolder: boolean): number {
  if (isFolder) return mode & 0o1000 ? 0o1777 : 0o755;
  return mode & 0o100 ? 0o755 : 0o644;
}

/** Everything in a folder, parents first. @throws for anything but a file, folder or symlink */
export function entriesOf(root: string, folder = ""): readonly LayerEntry[] {
  const names = readdirSync(join(root, folder)).sort();
  return names.flatMap((name) => entryOf(root, folder === "" ? name : `${folder}/${name}`));
}

function entryOf(root: string, path: string): readonly LayerEntry[] {
  const source = join(root, path);
  const stat = lstatSync(source);
  const mode = modeOf(stat.mode, stat.isDirectory());
  if (stat.isSymbolicLink()) return [{ path, type: "symlink", mode: 0o777, size: 0, target: readlinkSync(source) }];
  if (stat.isDirectory()) return [{ path, type: "folder", mode, size: 0 }, ...entriesOf(root, path)];
  if (stat.isFile()) return [{ path, type: "file", mode, size: stat.size, source }];
  throw new Error(`${source} is not a file, folder or symlink, and an image can't contain it`);
}

/** @throws when a path is too long */
export function* layerOf(entries: readonly LayerEntry[]): Iterable<Buffer> {
  for (const { source, ...entry } of entries) {
    yield header(entry);
    if (source === undefined) continue;
    yield readFileSync(source);
    yield padding(entry.size);
  }
  yield endOfArchive;
}
