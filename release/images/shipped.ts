// Lists the images that are shipped: what each contains and starts, and how its archive is made. The cluster tests run the same.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { manifestOf } from "../package/package.ts";
import { agentSources, fillAgent } from "./agent.ts";
import { type ArchiveOptions, type ImageConfig, writeImage } from "./archive.ts";
import { agentEntrypoint, controllerEntrypoint, controllerSources, fillController } from "./controller.ts";
import { RootFolder } from "./root-folder.ts";

export interface Image extends ImageConfig {
  /** Files that determine its content. */
  readonly sources: () => readonly string[];
  readonly fill: (root: RootFolder) => void | Promise<void>;
}

/** Archives are imported or pushed under a name of the reader's; this one only keeps a registry from being assumed. */
export const hub = "expedite.local";

const { version, description, license } = manifestOf();

const labelsOf = (title: string): Readonly<Record<string, string>> => ({
  "org.opencontainers.image.title": title,
  "org.opencontainers.image.description": description,
  "org.opencontainers.image.version": version,
  "org.opencontainers.image.licenses": license,
});

export const shipped = {
  controller: {
    name: `${hub}/expedite:${version}`,
    entrypoint: controllerEntrypoint,
    user: "65532:65532",
    labels: labelsOf("expedite"),
    ...{ sources: controllerSources, fill: fillController },
  },
  /** Root, because a capability reaches no other user: manifests/agent.yaml. */
  agent: {
    name: `${hub}/expedite-agent:${version}`,
    entrypoint: agentEntrypoint,
    labels: labelsOf("expedite-agent"),
    ...{ sources: agentSources, fill: fillAgent },
  },
} as const satisfies Readonly<Record<string, Image>>;

/** @returns Debian's packages in it, each with its version. @throws when a source is missing, or the image can't contain it */
export async function buildImage(
  image: Image,
  options: Pick<ArchiveOptions, "file" | "gzip">,
): Promise<readonly string[]> {
  const folder = mkdtempSync(join(tmpdir(), "image-"));
  try {
    const root = new RootFolder(folder);
    await image.fill(root);
    const packages = root.copyrights();
    await writeImage({ image, root: folder, ...options });
    return packages;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
