// Bundles the programs to plain JavaScript with the filter's module beside them. They then need Node and nothing else: no checkout, no
// node_modules, no removal of types, which takes 27 MB of a running program's memory.
import { copyFileSync, globSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { build, type Metafile, type Plugin } from "esbuild";

export const repository = join(import.meta.dirname, "..");

/** The filter's modules, in filter/dist. */
export const modules = ["filter.wasm", "filter-without-queue.wasm"] as const;

/** Sources of the programs, each by the name of its command. */
const programs = {
  expedite: "control-plane/src/cli.ts",
  "expedite-controller": "control-plane/src/main.ts",
  "expedite-agent": "control-plane/src/agent.ts",
} as const;

export type Program = keyof typeof programs;
export const programNames = Object.keys(programs) as readonly Program[];

/** Where a program's script is, relative to the bundle's folder. */
export const scriptOf = (program: Program): string => `lib/${program}.mjs`;

/** Zod's messages in fifty languages, of which the programs print English: a seventh of what the controller would load. */
export const onlyEnglish: Plugin = {
  name: "only-english",
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, () => ({
      contents: 'export { default as en } from "./en.js";',
    }));
  },
};

/** npm only warns of `engines`, and a program would fail later, at what an older Node lacks. */
const oldNode = `if (parseInt(process.versions.node) < 22) { console.error("error: Expedite needs Node 22 or later, and this is " + process.version); process.exit(1); }`;

/** Packages that are CommonJS call `require` for Node's own modules, and an ES module has none. */
const banner = `import { createRequire as bundleRequire } from "node:module"; const require = bundleRequire(import.meta.url); ${oldNode}`;

/**
 * Writes the programs and what they share to lib/, and the filter to dist/, which is where moduleFile of filter/host finds it.
 * @returns which file of which package went into which script
 * @throws when a source does not resolve, or the filter is not built
 */
export async function writeBundle(folder: string): Promise<Metafile> {
  const { metafile } = await build({
    absWorkingDir: repository,
    entryPoints: programs,
    outdir: join(folder, "lib"),
    outExtension: { ".js": ".mjs" },
    ...{ bundle: true, splitting: true, format: "esm", platform: "node", target: "node22" },
    // A function's name is kept, so that a stack trace still says where; a source map would be larger than the programs.
    ...{ minifyWhitespace: true, minifySyntax: true, legalComments: "none" },
    banner: { js: banner },
    plugins: [onlyEnglish],
    ...{ metafile: true, logLevel: "error" },
  });
  mkdirSync(join(folder, "dist"), { recursive: true });
  for (const module of modules) copyFileSync(join(repository, "filter/dist", module), join(folder, "dist", module));
  return metafile;
}

/** Everything that determines the bundle, as absolute paths. */
export function bundleSources(): readonly string[] {
  const patterns = [
    "control-plane/src/**/*.ts",
    "filter/{config,host}/**/*.ts",
    ...modules.map((module) => `filter/dist/${module}`),
    "package{,-lock}.json",
  ];
  return globSync(patterns, { cwd: repository })
    .filter((file) => !file.endsWith(".test.ts"))
    .sort()
    .map((file) => join(repository, file));
}
