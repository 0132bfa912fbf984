// `npm run release`: writes the files of a release to dist/release. `--url`: where they will be offered, which krew's manifest names.
import { statSync } from "node:fs";
import { join, relative } from "node:path";
import { parseArgs } from "node:util";
import { repository } from "../bundle.ts";
import { packagesOf } from "../images/debian.ts";
import { hub } from "../images/shipped.ts";
import { manifestOf } from "../package/package.ts";
import { writeRelease } from "./artefacts.ts";

const { values } = parseArgs({
  options: {
    url: { type: "string", default: `https://${hub}/v${manifestOf().version}` },
    folder: { type: "string", default: join(repository, "dist/release") },
  },
});
// The images contain programs and libraries of this machine, with their licences.
if (packagesOf(["/bin/sh"]).length === 0)
  throw new Error("npm run release needs Debian, whose programs are in the agent's image");
const files: string[] = [];
await writeRelease({ ...values, images: true, say: (file) => files.push(file) });
for (const file of [...files, "SHA256SUMS"])
  console.log(`${(statSync(join(values.folder, file)).size / 1e3).toFixed(1).padStart(8)} kB  ${file}`);
console.log(`in ${relative(process.cwd(), values.folder) || "."}`);
