// Compiles assembly/ to dist/filter.wasm, dist/filter-without-queue.wasm and dist/trap-on-demand.wasm, a build for tests, unless the first
// is newer than every source (--force: always).
// Plain JavaScript, because the set-up runs it on the Node that is there (20 or later).
import { mkdirSync, readdirSync, renameSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(fileURLToPath(import.meta.url));
const module = join(root, "dist/filter.wasm");

/** Envoy compiles the module once per configuration and keeps it per worker: small is quick to load and to read. */
const maxBytes = 51_000;

const options = [
  ...["--runtime", "stub"], // nothing allocates: docs/adr/0004-stub-runtime.md
  ...["-O3s", "--noAssert"], // without the s it is half as large again, and no faster: the host calls decide
  ...["--use", "abort="], // no import env.abort, which Envoy does not have
  ...["--exportStart", "_initialize"], // the host calls it, after the imports work
  "--pedantic",
];

function modified(file) {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function newestSource() {
  const files = readdirSync(join(root, "assembly"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => modified(join(entry.parentPath ?? entry.path, entry.name)));
  return Math.max(modified(fileURLToPath(import.meta.url)), ...files);
}

/** @param defines constants that the sources see */
async function compile(entry, outFile, defines = []) {
  // Here and not above: every start of the lab and the tests asks, and loading the compiler is most of an idle build.
  const { default: asc } = await import("assemblyscript/asc");
  let bytes;
  let warnings = "";
  const uses = defines.flatMap((name) => ["--use", `${name}=1`]);
  const { error } = await asc.main([entry, "--baseDir", root, "--outFile", outFile, ...options, ...uses], {
    stderr: {
      write(text) {
        warnings += text;
      },
    },
    writeFile(_name, contents) {
      bytes = contents;
    },
  });
  if (error !== null) throw new Error(`${warnings}${error.message}`);
  if (warnings !== "") throw new Error(warnings);
  return bytes;
}

/** In one step, so that a proxy or a test that starts meanwhile never reads half a module. */
function write(file, bytes) {
  writeFileSync(`${file}.${process.pid}`, bytes);
  renameSync(`${file}.${process.pid}`, file);
}

async function build() {
  if (!process.argv.includes("--force") && modified(module) > newestSource()) return;
  const bytes = await compile("assembly/with-queue.ts", "filter.wasm", ["WITH_QUEUE"]);
  if (bytes.length > maxBytes)
    throw new Error(`filter.wasm has ${bytes.length} bytes; at most ${maxBytes} are allowed`);
  mkdirSync(dirname(module), { recursive: true });
  // What breaks on request is a module of its own: nothing of it is in the product's.
  const trapOnDemand = await compile("assembly/trap-on-demand.ts", "trap-on-demand.wasm", ["WITH_QUEUE"]);
  const withoutQueue = await compile("assembly/index.ts", "filter-without-queue.wasm");
  write(join(root, "dist/trap-on-demand.wasm"), trapOnDemand);
  write(join(root, "dist/filter-without-queue.wasm"), withoutQueue);
  write(module, bytes);
  console.log(`filter.wasm: ${bytes.length} bytes, without a queue ${withoutQueue.length}`);
}

await build().catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
