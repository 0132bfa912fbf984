// Lists the images of a cluster's pods: the name of each, what its root folder contains, and what it starts.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { repository } from "../../../release/bundle.ts";
import { buildImage, hub, type Image, shipped } from "../../../release/images/shipped.ts";
import { binaryOf, imageFolder, parts } from "../build/parts.ts";
import { fillPilot, fillProxy, pilotSources, proxySources } from "./istio.ts";

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
  controller: shipped.controller,
  nodeAgent: shipped.agent,
} as const satisfies Readonly<Record<string, Image>>;

/** The programs that determine how every image is made; an image's own are among its sources. */
const builders = [
  ...["images", "istio"].map((name) => `e2e/kubernetes/images/${name}.ts`),
  ...["archive", "layer", "root-folder", "shipped", "tar"].map((name) => `release/images/${name}.ts`),
].map((file) => readFileSync(join(repository, file)));

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
    dropOlder(image);
    await buildImage(image, { file: archiveOf(image) });
  }
}
