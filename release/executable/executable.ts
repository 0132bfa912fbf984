// Makes the `expedite` command a single executable, for people without Node: the pinned Node with the command's script and the filter in it,
// as Node's single executable applications are made. The same sources give the same bytes.
import { execFile } from "node:child_process";
import { chmodSync, copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { build, type Metafile, type Plugin } from "esbuild";
import { modules, onlyEnglish, repository } from "../bundle.ts";

const node = join(repository, "node_modules/node/bin/node");
/** Puts content into a program. As a process of its own, because it warns of notes of Node's that it does not know. */
const postject = join(repository, "node_modules/postject/dist/cli.js");

/** By which Node finds out that it contains a script, and what it is called. */
const fuse = "NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2";
const resource = "NODE_SEA_BLOB";

/** The filter is inside, too. Files that are found by the place of their script are found otherwise: a script inside has no place. */
const filesInside: Plugin = {
  name: "files-inside",
  setup({ onResolve }) {
    const here = (file: string) => () => ({ path: join(import.meta.dirname, file) });
    onResolve({ filter: /host\/module-file\.ts$/ }, here("module-inside.ts"));
    onResolve({ filter: /node\/scavenger-object\.ts$/ }, here("scavenger-beside.ts"));
  },
};

/** One script, because an executable can't import others. */
async function writeScript(file: string): Promise<Metafile> {
  const { metafile } = await build({
    absWorkingDir: repository,
    entryPoints: ["control-plane/src/cli.ts"],
    outfile: file,
    ...{ bundle: true, format: "cjs", platform: "node", target: "node24" },
    ...{ minifyWhitespace: true, minifySyntax: true, legalComments: "none" },
    plugins: [onlyEnglish, filesInside],
    ...{ metafile: true, logLevel: "error" },
  });
  return metafile;
}

/**
 * Writes the executable.
 * @returns which file of which package is in it
 * @throws when the filter is not built, or Node can't make it
 */
export async function writeExecutable(file: string): Promise<Metafile> {
  const folder = mkdtempSync(join(tmpdir(), "executable-"));
  try {
    const metafile = await writeScript(join(folder, "expedite.cjs"));
    for (const module of modules) copyFileSync(join(repository, "filter/dist", module), join(folder, module));
    // Names are relative: the blob contains them.
    const assets = Object.fromEntries(modules.map((module) => [module, module]));
    const config = { main: "expedite.cjs", output: "blob", assets };
    writeFileSync(join(folder, "sea.json"), JSON.stringify({ ...config, disableExperimentalSEAWarning: true }));
    await promisify(execFile)(node, ["--experimental-sea-config", "sea.json"], { cwd: folder });
    copyFileSync(node, file);
    chmodSync(file, 0o755);
    await promisify(execFile)(node, [postject, file, resource, join(folder, "blob"), "--sentinel-fuse", fuse]);
    return metafile;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
