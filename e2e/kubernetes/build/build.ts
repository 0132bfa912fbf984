// Builds what a cluster needs and this machine lacks: binaries from Go modules, then images. It runs outside the private namespaces,
// because these have no network.
import { execFile, execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { setPriority } from "node:os";
import { dirname, isAbsolute, join } from "node:path";
import { Listr, type ListrTask, PRESET_TIMER } from "listr2";
import { buildImages, missingImages } from "../images/images.ts";
import { filesFolder, type ModuleFiles } from "./files.ts";
import { missingFiles, missingGenerators, missingParts, missingTools } from "./missing.ts";
import { folderOf, type Part } from "./parts.ts";
import { findProgram, obstacle } from "./requirements.ts";

/** @returns standard output. @throws with the command's output when it fails */
function go(args: readonly string[], cwd: string, env: NodeJS.ProcessEnv = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { cwd, env: { ...process.env, ...env }, maxBuffer: 64 << 20 };
    execFile(findProgram("go")!, args, options, (error, stdout, stderr) => {
      // The reason comes last, after a line for each download.
      if (error) reject(new Error(`go ${args.join(" ")}:\n${stderr.trim().split("\n").slice(-15).join("\n")}`));
      else resolve(stdout);
    });
  });
}

function flagsOf({ tags = [], stamps = {} }: Part): readonly string[] {
  const values = Object.entries(stamps).map(([name, value]) => `-X ${name}=${value}`);
  return ["-trimpath", "-buildvcs=false", "-tags", tags.join(","), "-ldflags", ["-s", "-w", ...values].join(" ")];
}

/** Fills a draft of the folder first, so that an interrupted build leaves no incomplete folder. */
async function inDraft(folder: string, fill: (draft: string) => Promise<void>): Promise<void> {
  mkdirSync(dirname(folder), { recursive: true });
  const draft = mkdtempSync(`${folder}-draft-`);
  try {
    await fill(draft);
    rmSync(folder, { recursive: true, force: true });
    renameSync(draft, folder);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

const buildPart = (part: Part): Promise<void> =>
  inDraft(folderOf(part), async (draft) => {
    const env = { CGO_ENABLED: part.cgo ? "1" : "0", GOBIN: draft };
    const modfile = part.modfile === undefined ? [] : ["-modfile", part.modfile];
    for (const one of part.packages.filter(isAbsolute))
      await go(["build", ...flagsOf(part), ...modfile, "-o", join(draft, part.name), "."], one, env);
    const modules = part.packages
      .filter((one) => !isAbsolute(one))
      .map((one) => `${one}@${part.module ?? part.version}`);
    if (modules.length > 0) await go(["install", ...flagsOf(part), ...modules], draft, env);
  });

/** Go knows where a module is, and fetches it if it is missing. */
const copyFiles = (from: ModuleFiles): Promise<void> =>
  inDraft(filesFolder(from), async (draft) => {
    const answer = await go(["mod", "download", "-json", `${from.module}@${from.version}`], draft);
    const { Dir } = JSON.parse(answer) as { readonly Dir: string };
    for (const path of from.paths) {
      const copy = join(draft, path);
      cpSync(join(Dir, path), copy, { recursive: true });
      // Files and folders in Go's cache are read-only.
      execFileSync("chmod", ["-R", "u+w", copy]);
    }
  });

const title = ({ name, version, minutes }: Part): string =>
  `${name} ${version} (about ${minutes < 1 ? "a minute" : `${Math.ceil(minutes)} minutes`})`;

const partTasks = (missing: readonly Part[]): ListrTask[] =>
  missing.map((part) => ({ title: title(part), task: () => buildPart(part) }));

const tasks = (): ListrTask[] => [
  ...partTasks(missingParts()),
  ...missingFiles().map((from) => ({ title: `${from.name} ${from.version}`, task: () => copyFiles(from) })),
];

const show = (list: ListrTask[]): Promise<void> =>
  new Listr(list, { fallbackRendererOptions: { timer: PRESET_TIMER }, rendererOptions: { timer: PRESET_TIMER } }).run();

/** Builds Istio's generators (e2e/oracle), which need no cluster. */
async function buildGenerators(): Promise<void> {
  const missing = missingGenerators();
  if (missing.length > 0 && findProgram("go") === undefined) {
    console.error("Go 1.26 or later is needed once, to build Istio's generator: https://go.dev/doc/install");
    process.exitCode = 1;
  } else await show(partTasks(missing));
}

/** Builds what no cluster needs, while a cluster's tests run: last in line for the processors, and in plain lines between theirs. */
async function buildBeside(): Promise<void> {
  setPriority(19);
  await new Listr(partTasks([...missingGenerators(), ...missingTools()]), {
    renderer: "simple",
    rendererOptions: { timer: PRESET_TIMER },
  }).run();
}

async function main(): Promise<void> {
  if (process.argv.includes("--generators")) return buildGenerators();
  const reason = obstacle();
  if (process.argv.includes("--beside")) return reason === undefined ? buildBeside() : undefined;
  if (reason !== undefined) {
    console.error(`No cluster here: ${reason}`);
    return; // its tests are skipped with the same reason
  }
  await show(tasks());
  if (missingImages().length > 0) await show([{ title: "images", task: buildImages }]);
}

await main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
