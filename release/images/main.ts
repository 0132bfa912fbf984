// `npm run image`: writes the archives of the shipped images to dist/, with their checksums, and prints the sizes.
import { createHash } from "node:crypto";
import { createReadStream, mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { repository } from "../bundle.ts";
import { manifestOf } from "../package/package.ts";
import { platform } from "./archive.ts";
import { packagesOf } from "./debian.ts";
import { buildImage, shipped } from "./shipped.ts";

const dist = join(repository, "dist");

async function sha256(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  return hash.digest("hex");
}

// The images contain programs and libraries of this machine, with their licences.
if (packagesOf(["/bin/sh"]).length === 0)
  throw new Error("npm run image needs Debian, whose programs are in the agent's image");
mkdirSync(dist, { recursive: true });
const sums: string[] = [];
for (const [title, image] of Object.entries(shipped)) {
  const name = `${image.labels["org.opencontainers.image.title"]}-${manifestOf().version}-${platform.architecture}.tar`;
  const file = join(dist, name);
  await buildImage(image, { file, gzip: true });
  sums.push(`${await sha256(file)}  ${name}\n`);
  console.log(`${title}: dist/${name}, ${(statSync(file).size / 1e6).toFixed(1)} MB compressed`);
}
writeFileSync(join(dist, "images.sha256"), sums.join(""));
