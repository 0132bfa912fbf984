// `npm run package`: writes dist/expedite-<version>.tgz and what it contains, dist/package, and prints the sizes.
import { rmSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { repository } from "../bundle.ts";
import { packPackage, writePackage } from "./package.ts";

const dist = join(repository, "dist");
const folder = join(dist, "package");
rmSync(folder, { recursive: true, force: true });
await writePackage(folder);
const archive = await packPackage(folder, dist);
console.log(`${relative(process.cwd(), archive)}: ${(statSync(archive).size / 1e6).toFixed(2)} MB`);
