// Loads the test files that its arguments name, one after another, so that they run in this process and may share what one of them has
// started.
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

for (const file of process.argv.slice(2)) await import(pathToFileURL(resolve(file)).href);
