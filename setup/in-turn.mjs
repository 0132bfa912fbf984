// Runs test files in this process, one after another, because they share a mesh, which outlives a file: EXPEDITE_TEST_FILES names them.
import { delimiter, resolve } from "node:path";
import { pathToFileURL } from "node:url";

for (const file of process.env.EXPEDITE_TEST_FILES.split(delimiter)) await import(pathToFileURL(resolve(file)).href);
