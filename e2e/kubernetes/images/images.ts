// Lists the images of a cluster's pods: the name of each, what its root folder contains, and what it starts.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { binaryOf, imageFolder, parts } from "../build/parts.ts";
import { agentSources, fillAgent } from "./agent.ts";
import { type ImageConfig, writeImage } from "./archive.ts";
import { agentEntrypoint, controllerEntrypoint, controllerSources, fillController } from "./controller.ts";
import { fillPilot, fillProxy, pilotSources, proxySources } from "./istio.ts";
import { RootFolder } from "./root-folder.ts";

export interface Image extends ImageConfig {
  /** The files of other parts that it contains. */
  readonly sources: () => readonly string[];
  readonly fill: (root: RootFolder) => void | Promise<void>;
}

/** There is no registry, because nodes import archives. The name only keeps Docker's registry from being assumed. */
const hub = "expedite.local";

const program = (binary: string): Pick<Image, "sources" | "fill"> => ({
  sources: () => [binary],
  fill: (root) => root.binary(binary, "/program"),
});

export const images = {
  pause: { name: `${hub}/pause:1`, entrypoint: ["/program", "pause"], ...program(binaryOf(parts.app)) },
  app: { name: `${hub}/app:1`, entrypoint: ["/program"], user: "1000:1000", ...program(binaryOf(parts.app)) },
  coredns: { name: `${hub}/coredns:1`, entrypoint: ["/program"], ...program(binaryOf(parts.coredns)) },
  pilot: {
    ...{
      name: `${hub}/pilot:${parts.pilot.version}`,
      entrypoint: ["/usr/local/bin/pilot-discovery"],
      user: "1337:1337",
    },
    ...{ sources: pilotSources, fill: fillPilot },
  },
  proxy: {
    ...{ name: `${hub}/proxyv2:${parts.agent.version}`, entrypoint: ["/usr/local/bin/pilot-agent"] },
    ...{ sources: proxySources, fill: fillProxy },
  },
  controller: {
    ...{
      name: `${hub}/expedite:1`,
      entrypoint: controllerEntrypoint,
      user: "65532:65532",
    },
    ...{ sources: controllerSources, fill: fillController },
  },
  nodeAgent: {
    ...{ name: `${hub}/expedite-agent:1`, entrypoint: agentEntrypoint },
    ...{ sources: agentSources, fill: fillAgent },
  },
} as const satisfies Readonly<Record<string, Image>>;

/** The programs in this folder that determine the content of an image. */
const builders = ["agent.ts", "archive.ts", "controller.ts", "images.ts", "istio.ts", "root-folder.ts", "tar.ts"].map(
  (name) => readFileSync(join(import.meta.dirname, name)),
);

/** Changes with everything that could change the image. @throws when a source is missing */
function keyOf(image: Image): string {
  const hash = createHash("sha256");
  for (const builder of builders) hash.update(builder);
  for (const source of image.sources()) {
    const { size, mtimeMs } = statSync(source);
    hash.update(`${source}\0${size}\0${mtimeMs}\0`);
  }
  return hash.digest("hex").slice(0, 8);
}

/** `pilot-1.31.0-` for `expedite.local/pilot:1.31.0`. */
const stemOf = ({ name }: Image): string => `${name.slice(name.indexOf("/") + 1).replace(":", "-")}-`;

/** @throws when a source is missing */
export const archiveOf = (image: Image): string => join(imageFolder, `${stemOf(image)}${keyOf(image)}.tar`);

/** @throws when a source is missing */
export const missingImages = (): readonly Image[] =>
  Object.values(images).filter((image) => !existsSync(archiveOf(image)));

/** Archives from the last hour are kept: a cluster in another checkout with the same cache may be about to read them. */
function dropOlder(image: Image): void {
  for (const name of readdirSync(imageFolder)) {
    const file = join(imageFolder, name);
    const isOld = Date.now() - statSync(file).mtimeMs > 3_600_000;
    if (name.startsWith(stemOf(image)) && isOld) rmSync(file);
  }
}

/** Writes the missing archives, and removes those that they replace. @throws when a source is missing */
export async function buildImages(): Promise<void> {
  mkdirSync(imageFolder, { recursive: true });
  for (const image of missingImages()) {
    const folder = mkdtempSync(join(tmpdir(), "image-"));
    try {
      const root = new RootFolder(folder);
      root.text("/etc/passwd", "root:x:0:0:root:/:\n");
      root.text("/etc/group", "root:x:0:\n");
      root.text("/etc/nsswitch.conf", "hosts: files dns\n");
      await image.fill(root);
      dropOlder(image);
      writeImage(folder, image, archiveOf(image));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
}
