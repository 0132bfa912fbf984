// `npm run oracle`: checks random meshes, or folders of YAML, with Istio's own generator. docs/adr/0027-we-only-add.md lists the checks.
import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { CommanderError } from "commander";
import { clock } from "../measure/progress-bar.ts";
import { type Compare, compare, validate } from "./compare.ts";
import { describe, leastOf } from "./failure.ts";
import { Generator } from "./generator.ts";
import { type IstioVersion, istioVersions } from "./istio-versions.ts";
import { meshOf } from "./mesh/files.ts";
import { randomMesh } from "./mesh/random-mesh.ts";
import { type Options, parseOptions } from "./options.ts";
import { Progress } from "./progress.ts";
import { run, type Subject, type Summary } from "./run.ts";

/** The number of failures that are minimised, one of each check. */
const shown = 8;

function subjects({ cases, meshes, seed }: Options): readonly Subject[] {
  if (cases === undefined)
    return Array.from({ length: meshes }, (_, at) => ({
      name: `seed ${seed + at}`,
      trial: () => randomMesh(seed + at),
    }));
  const folders = readdirSync(cases, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return folders
    .map(({ name }) => ({ name: basename(name), trial: () => ({ mesh: meshOf(join(cases, name)) }) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function compareAll(options: Options, istio: IstioVersion): Promise<Summary> {
  const all = subjects(options);
  const generator = new Generator(istio);
  const compareOne: Compare = (trial) => (options.validate === true ? validate : compare)({ generator, istio }, trial);
  const progress = new Progress({ title: `Istio ${istio}`, total: all.length });
  try {
    const summary = await run(compareOne, { istio, subjects: all, generators: generator.size, step: progress.step });
    progress.end();
    const first = [...new Map(summary.failures.map((one) => [one.differences[0]!.check, one])).values()].slice(
      0,
      shown,
    );
    const least = await Promise.all(
      first.map((one) => leastOf(compareOne, one, all.find(({ name }) => name === one.name)!.trial())),
    );
    if (options.json !== true)
      for (const failure of least)
        console.log(
          `${describe(failure)}\nrepeat it: npm run oracle -- ${repeat(failure.name, options)} --istio ${istio}\n`,
        );
    const others = summary.failures.filter((one) => !first.includes(one));
    return { ...summary, failures: [...least, ...others] };
  } finally {
    await generator.end();
  }
}

function repeat(name: string, { cases, validate: isValidation }: Options): string {
  const which = cases === undefined ? `--meshes 1 --seed ${name.replace("seed ", "")}` : `--cases ${cases}`;
  return isValidation === true ? `${which} --validate` : which;
}

function line(
  { istio, meshes, proxies, objects, seconds, found, missing, failures }: Summary,
  options: Options,
): string {
  const checks = Map.groupBy(failures, ({ differences }) => differences[0]!.check);
  const told = [...checks].map(
    ([check, all]) =>
      `${all.length} ${check} (${all
        .slice(0, 5)
        .map((one) => one.name)
        .join(", ")})`,
  );
  if (options.validate === true)
    return [
      `Istio ${istio}: ${objects} objects of Expedite's for ${meshes} meshes in ${clock(seconds)}; ${failures.length} meshes have objects that Istio refuses.`,
      ...told,
    ].join("\n  ");
  return [
    `Istio ${istio}: ${meshes} meshes with ${proxies} proxies and ${objects} objects of Expedite's in ${clock(seconds)}; ${failures.length} differ.`,
    `Proven requests take ${found} level clusters; ${missing} are missing, and their requests take the original.`,
    ...told,
  ].join("\n  ");
}

try {
  const options = parseOptions(process.argv.slice(2));
  const summaries: Summary[] = [];
  for (const istio of options.istio === undefined ? istioVersions : [options.istio])
    summaries.push(await compareAll(options, istio));
  if (options.json === true) console.log(JSON.stringify(summaries, undefined, 1));
  else for (const summary of summaries) console.log(line(summary, options));
  if (summaries.some(({ failures }) => failures.length > 0)) process.exitCode = 1;
} catch (error) {
  if (!(error instanceof CommanderError)) console.error(error instanceof Error ? error.message : error);
  process.exitCode = error instanceof CommanderError ? (error.exitCode === 0 ? 0 : 2) : 1;
}
