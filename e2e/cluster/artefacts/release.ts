// The files of a release, made once for the tests, and the programs that use them as a user would, without this checkout.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeRelease } from "../../../release/artefacts/artefacts.ts";
import { binaryOf, parts } from "../../kubernetes/build/parts.ts";
import type { Cluster } from "../../kubernetes/running-cluster.ts";
import { command } from "../../process/command.ts";

export type Release = {
  readonly chart: string;
  /** The same chart under an older version, in place of an earlier release, of which there is none yet. */
  readonly earlierChart: string;
  readonly addOn: string;
  readonly definitions: string;
  /** Runs helm in the cluster. @throws with what it said */
  readonly helm: (cluster: Cluster, ...args: readonly string[]) => Promise<string>;
  /** Runs the executable as `kubectl expedite`. @throws with what it said */
  readonly expedite: (cluster: Cluster, ...args: readonly string[]) => Promise<string>;
};

async function said(cluster: Cluster, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await cluster.run(args);
  if (code !== 0) throw new Error(`${args.join(" ")} ended with ${code}:\n${stdout}${stderr}`);
  return stdout;
}

/** Without images, because the cluster's nodes have the same already. */
export async function makeRelease(): Promise<Release> {
  const home = mkdtempSync(join(tmpdir(), "artefacts-"));
  const folder = join(home, "release");
  await writeRelease({ folder, url: "https://releases.example", images: false });
  const file = (pattern: RegExp): string => join(folder, readdirSync(folder).find((name) => pattern.test(name))!);
  const chart = file(/^expedite-chart-.*\.tgz$/);
  await command("tar", ["-xzf", file(/^kubectl-expedite-.*\.tar\.gz$/), "-C", home]);
  return {
    chart,
    earlierChart: process.env.EXPEDITE_EARLIER_CHART ?? (await earlier(chart, join(home, "earlier"))),
    addOn: file(/^expedite-addon-/),
    definitions: file(/^expedite-crds-/),
    helm: (cluster, ...args) => said(cluster, ["env", `HOME=${home}`, binaryOf(parts.helm), ...args]),
    expedite: (cluster, ...args) => said(cluster, [join(home, "kubectl-expedite"), ...args]),
  };
}

async function earlier(chart: string, folder: string): Promise<string> {
  mkdirSync(folder);
  await command("tar", ["-xzf", chart, "-C", folder]);
  const file = join(folder, "expedite/Chart.yaml");
  writeFileSync(file, readFileSync(file, "utf8").replace(/^version: .*$/m, "version: 0.0.1"));
  return join(folder, "expedite");
}
