// Writes an image of one layer from a root folder, as an archive that containerd, Docker, Podman, skopeo and crane read: an OCI image layout
// with the manifest.json of `docker save` beside it. Owners and times are left out and names are sorted, so that the same folder gives the
// same bytes.
import { createHash } from "node:crypto";
import { createReadStream, createWriteStream, renameSync, rmSync, statSync } from "node:fs";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { entriesOf, layerOf } from "./layer.ts";
import { endOfArchive, header, padding } from "./tar.ts";

export interface ImageConfig {
  /** With its tag, for example `expedite.local/app:1`. */
  readonly name: string;
  readonly entrypoint: readonly string[];
  /** `uid:gid`. Default: root. */
  readonly user?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

export interface ArchiveOptions {
  readonly image: ImageConfig;
  /** The root folder. */
  readonly root: string;
  /** The archive. */
  readonly file: string;
  /** Whether the layer is compressed: ten seconds for a third of the size. */
  readonly gzip?: boolean;
}

/** Names in Go. */
const architectures: Readonly<Record<string, string>> = { x64: "amd64", arm64: "arm64" };
export const platform = { architecture: architectures[process.arch] ?? process.arch, os: "linux" } as const;

const epoch = "1970-01-01T00:00:00Z";
const type = (name: string): string => `application/vnd.oci.image.${name}`;
const sha256 = (content: string): string => createHash("sha256").update(content).digest("hex");

interface Blob {
  readonly mediaType: string;
  /** Of sha256, in hex. */
  readonly digest: string;
  readonly size: number;
}

const descriptor = ({ mediaType, digest, size }: Blob) => ({ mediaType, digest: `sha256:${digest}`, size });
const pathOf = ({ digest }: Blob): string => `blobs/sha256/${digest}`;

function textBlob(mediaType: string, content: object): Blob & { readonly text: string } {
  const text = JSON.stringify(content);
  return { mediaType, digest: sha256(text), size: Buffer.byteLength(text), text };
}

interface Layer extends Blob {
  /** Of the content before compression. */
  readonly diffId: string;
}

/** Passes on what it hashes. */
const hashing = (hash: ReturnType<typeof createHash>): Transform =>
  new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      hash.update(chunk);
      done(null, chunk);
    },
  });

async function writeLayer({ root, gzip = false }: ArchiveOptions, file: string): Promise<Layer> {
  const [content, stored] = [createHash("sha256"), createHash("sha256")];
  const source = Readable.from(layerOf(entriesOf(root)));
  const compression = gzip ? [createGzip({ level: 9 })] : [];
  await pipeline([source, hashing(content), ...compression, hashing(stored), createWriteStream(file)]);
  const mediaType = type(`layer.v1.tar${gzip ? "+gzip" : ""}`);
  return { mediaType, digest: stored.digest("hex"), size: statSync(file).size, diffId: content.digest("hex") };
}

const configOf = ({ entrypoint, user = "", labels = {} }: ImageConfig, { diffId }: Layer) =>
  textBlob(type("config.v1+json"), {
    ...platform,
    created: epoch,
    config: {
      Env: ["PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
      WorkingDir: "/",
      Entrypoint: entrypoint,
      User: user,
      Labels: labels,
    },
    rootfs: { type: "layers", diff_ids: [`sha256:${diffId}`] },
    history: [{ created: epoch, created_by: "Expedite: npm run image" }],
  });

/** The small files of the archive, by path. */
function documents({ name, ...image }: ImageConfig, layer: Layer): Readonly<Record<string, string>> {
  const config = configOf({ name, ...image }, layer);
  const manifest = textBlob(type("manifest.v1+json"), {
    schemaVersion: 2,
    mediaType: type("manifest.v1+json"),
    config: descriptor(config),
    layers: [descriptor(layer)],
  });
  // containerd and Podman take the image's name from the first annotation, skopeo the tag from the second.
  const annotations = {
    "io.containerd.image.name": name,
    "org.opencontainers.image.ref.name": name.slice(name.lastIndexOf(":") + 1),
  };
  const manifests = [{ ...descriptor(manifest), annotations, platform }];
  return {
    "oci-layout": JSON.stringify({ imageLayoutVersion: "1.0.0" }),
    "index.json": JSON.stringify({ schemaVersion: 2, mediaType: type("index.v1+json"), manifests }),
    "manifest.json": JSON.stringify([{ Config: pathOf(config), RepoTags: [name], Layers: [pathOf(layer)] }]),
    [pathOf(config)]: config.text,
    [pathOf(manifest)]: manifest.text,
  };
}

async function* archiveOf(texts: Readonly<Record<string, string>>, layer: Layer, file: string): AsyncIterable<Buffer> {
  for (const path of ["blobs", "blobs/sha256"]) yield header({ path, type: "folder", mode: 0o755, size: 0 });
  for (const [path, text] of Object.entries(texts)) {
    const bytes = Buffer.from(text);
    yield header({ path, type: "file", mode: 0o644, size: bytes.length });
    yield bytes;
    yield padding(bytes.length);
  }
  yield header({ path: pathOf(layer), type: "file", mode: 0o644, size: layer.size });
  yield* createReadStream(file);
  yield padding(layer.size);
  yield endOfArchive;
}

/**
 * Writes the whole archive or nothing.
 * @throws when the folder contains something that an image can't, or a path that is too long
 */
export async function writeImage(options: ArchiveOptions): Promise<void> {
  const { image, file } = options;
  const [layerFile, draft] = [`${file}.layer`, `${file}.draft`];
  try {
    const layer = await writeLayer(options, layerFile);
    await pipeline(Readable.from(archiveOf(documents(image, layer), layer, layerFile)), createWriteStream(draft));
    renameSync(draft, file);
  } finally {
    for (const left of [layerFile, draft]) rmSync(left, { force: true });
  }
}
