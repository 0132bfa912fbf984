// `npm run build:scavenger`: compiles the scavenger's BPF object, which is committed, so that nobody else needs a compiler. It always takes
// the same clang, from the machine or unpacked from Debian's packages, because only then is the result the same to the byte.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { path } from "./private.mjs";
import { fail, run, step } from "./step.mjs";
import { bringTools, findTools } from "./tools/tools.mjs";

/** The compiler whose result is committed: Debian 12's. */
const clangVersion = "14.0.6";

const sources = ["kernel.h", "scavenger.bpf.c"];

/** Loads the object. In the form of tools.mjs. */
const loader = { bpftool: { name: "bpftool", flag: "version", says: /bpftool v([\d.]+)/, since: "5.14" } };

const programs = {
  "clang-14": { name: "clang-14", flag: "--version", says: /clang version ([\d.]+)/, since: clangVersion },
  "llvm-strip-14": { name: "llvm-14", flag: "--version", says: /LLVM version ([\d.]+)/, since: clangVersion },
  ...loader,
};

/** @returns the object's path */
export const objectOf = (root) => join(root, "scavenger/scavenger.bpf.o");

/** @returns a PATH with the compiler and bpftool. @throws SetupError that says what is missing and what to do */
export async function bringCompiler(root) {
  const folder = await bringTools(root, path, programs);
  return folder === "" ? path : `${folder}:${path}`;
}

/** @returns the folder with bpftool, "" if the machine has it. @throws SetupError that says what is missing and what to do */
export const bringLoader = (root) => bringTools(root, path, loader);

/** @returns the folder with bpftool, if it was brought before; otherwise "" */
export const findLoader = async (root) => (await findTools(root, "", loader)) ?? "";

/** @returns a PATH with the compiler and bpftool, if they are on the machine or were brought before; otherwise undefined */
export const findCompiler = (root) => findTools(root, path, programs);

/** The operations' name, at most 15 characters, which the kernel shows. */
function operationsOf(folder) {
  const hash = createHash("sha256");
  for (const name of sources) hash.update(readFileSync(join(folder, name)));
  return `scavenger_${hash.digest("hex").slice(0, 5)}`;
}

/** Compiles with the clang of this PATH; the result does not depend on where the checkout is. */
export async function compile(root, searched, object) {
  const options = { cwd: join(root, "scavenger"), env: { ...process.env, PATH: searched } };
  const form = ["-target", "bpf", "-mcpu=v3", "-O2", "-g", "-nostdinc", "-fno-ident", "-fdebug-compilation-dir=."];
  const name = `-DOPERATIONS=${operationsOf(options.cwd)}`;
  const source = [name, "-Wall", "-Werror", "-c", "scavenger.bpf.c", "-o", object];
  await run("clang-14", [...form, ...source], options);
  // Leaves the types (BTF), by which the loader finds the running kernel's.
  await run("llvm-strip-14", ["--strip-debug", object], options);
}

async function main() {
  const root = resolve(fileURLToPath(import.meta.url), "../..");
  const searched = await bringCompiler(root);
  await step("scavenger.bpf.o", () => compile(root, searched, objectOf(root)));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main().catch(fail);
