// Writes package-lock.json from the package.json files, without the address that each package came from, so that it works with every
// mirror. (npm's own option omit-lockfile-registry-resolved loses the versions of optional packages.)
import { readFileSync, writeFileSync } from "node:fs";
import { run } from "./step.mjs";

const file = "package-lock.json";

await run("npm", ["install", "--package-lock-only", "--omit-lockfile-registry-resolved=false"]);
const lock = JSON.parse(readFileSync(file, "utf8"));
for (const entry of Object.values(lock.packages)) if (/^https?:/.test(entry.resolved ?? "")) delete entry.resolved;
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
