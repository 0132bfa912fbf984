// Builds an image of one layer from a root folder, as an archive like that of `docker save`. Owners and times are left out and names are
// sorted, so that the same folder gives the same bytes.
import { createHash } from "node:crypto";
import {
  closeSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { endOfArchive, header, padding, type TarEntry } from "./tar.ts";

export interface ImageConfig {
  /** With its tag, for example `expedite.local/app:1`. */
  readonly name: string;
  readonly entrypoint: readonly string[];
  /** `uid:gid`. Default: root. */
  readonly user?: string;
}

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
function entriesOf(root: string, folder = ""): readonly LayerEntry[] {
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

/** Names in Go. */
const architectures: Readonly<Record<string, string>> = { x64: "amd64", arm64: "arm64" };

const configOf = ({ entrypoint, user }: ImageConfig, layerDigest: string): string =>
  JSON.stringify({
    architecture: architectures[process.arch],
    os: "linux",
    created: "1970-01-01T00:00:00Z",
    config: {
      Env: ["PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
      WorkingDir: "/",
      Entrypoint: entrypoint,
      User: user ?? "",
    },
    rootfs: { type: "layers", diff_ids: [`sha256:${layerDigest}`] },
    history: [{ created: "1970-01-01T00:00:00Z" }],
  });

/** Writes the layer's content. @returns its sha256 in hex */
function writeLayer(entries: readonly LayerEntry[], write: (bytes: Buffer) => void): string {
  const hash = createHash("sha256");
  const put = (bytes: Buffer): void => {
    hash.update(bytes);
    write(bytes);
  };
  for (const { source, ...entry } of entries) {
    put(header(entry));
    if (source === undefined) continue;
    put(readFileSync(source));
    put(padding(entry.size));
  }
  put(endOfArchive);
  return hash.digest("hex");
}

const sizeOf = (entries: readonly LayerEntry[]): number =>
  entries.reduce((total, { size }) => total + 512 + size + padding(size).length, endOfArchive.length);

/**
 * Writes the whole archive or nothing.
 * @throws when the folder contains something that an image can't, or a path that is too long
 */
export function writeImage(root: string, config: ImageConfig, file: string): void {
  const entries = entriesOf(root);
  const draft = `${file}.draft`;
  const out = openSync(draft, "w");
  const write = (bytes: Buffer): void => {
    for (let at = 0; at < bytes.length; ) at += writeSync(out, bytes, at);
  };
  const put = (path: string, content: string): void => {
    const bytes = Buffer.from(content);
    write(
      Buffer.concat([header({ path, type: "file", mode: 0o644, size: bytes.length }), bytes, padding(bytes.length)]),
    );
  };
  try {
    write(header({ path: "layer.tar", type: "file", mode: 0o644, size: sizeOf(entries) }));
    const digest = writeLayer(entries, write);
    put("config.json", configOf(config, digest));
    put("manifest.json", JSON.stringify([{ Config: "config.json", RepoTags: [config.name], Layers: ["layer.tar"] }]));
    write(endOfArchive);
  } finally {
    closeSync(out);
  }
  renameSync(draft, file);
}
