// Checks meshes, as many at a time as there are generators.

import type { Compare } from "./compare.ts";
import type { Failure } from "./failure.ts";
import type { IstioVersion } from "./istio-versions.ts";
import type { Trial } from "./minimise.ts";

export type Subject = { readonly name: string; readonly trial: () => Trial };

export type Summary = {
  readonly istio: IstioVersion;
  readonly meshes: number;
  readonly proxies: number;
  readonly objects: number;
  readonly found: number;
  readonly missing: number;
  readonly seconds: number;
  readonly failures: readonly Failure[];
};

export type RunOptions = {
  readonly istio: IstioVersion;
  readonly subjects: readonly Subject[];
  /** The number of generators. */
  readonly generators: number;
  /** Called after each mesh. */
  readonly step?: (failures: number) => void;
};

export async function run(compare: Compare, options: RunOptions): Promise<Summary> {
  const { istio, subjects, generators, step = () => {} } = options;
  const started = performance.now();
  const sum = { proxies: 0, objects: 0, found: 0, missing: 0 };
  const failures: Failure[] = [];
  const left = subjects.values();
  const work = async (): Promise<void> => {
    for (const { name, trial } of left) {
      const differences = await compareOne(trial());
      if (differences.length > 0) failures.push({ name, istio, differences });
      step(failures.length);
    }
  };
  const compareOne = async (trial: Trial) => {
    try {
      const { differences, proxies, objects, found, missing } = await compare(trial);
      sum.proxies += proxies;
      sum.objects += objects;
      sum.found += found;
      sum.missing += missing;
      return differences;
    } catch (error) {
      return [{ check: "can't be checked", path: (error as Error).message }];
    }
  };
  // One more than there are generators: while Istio works on the others, this process reads an answer.
  await Promise.all(Array.from({ length: generators + 1 }, work));
  const seconds = (performance.now() - started) / 1000;
  return { istio, meshes: subjects.length, ...sum, seconds, failures };
}
