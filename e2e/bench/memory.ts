// Measures the resident memory of Envoys with and without the filter.
import { readFileSync } from "node:fs";
import { defaultCorrelators, defaultSlotSets, type FilterConfig } from "@expedite/filter/config/schema.ts";
import { expediteFilter, filterText } from "../envoy/bootstrap.ts";
import { median } from "../measure/statistics.ts";
import type { BenchListener } from "./listeners.ts";
import { withEnvoy } from "./site.ts";
import { outside, stored } from "./variants.ts";

const repeats = 3;
/** Requests sent through each listener first, so that Envoy's own pools are filled and both VMs have run. */
const requests = 4096;

interface Case {
  readonly workers: number;
  /** null: without a filter. */
  readonly slotSets: number | null;
}

/** A sidecar with the same filter inbound and outbound: with the fewest slot sets that the filter allows, and with the default. */
const cases: readonly Case[] = [null, 64, defaultSlotSets].flatMap((slotSets) =>
  [1, 2].map((workers) => ({ workers, slotSets })),
);

export const memoryCases: readonly Case[] = Array.from({ length: repeats }, () => cases).flat();

export interface Memory extends Case {
  /** Median over the repeats. */
  readonly bytes: number;
}

/** VmRSS, see proc_pid_status(5). */
function residentBytes(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) * 1024;
}

function sidecar(slotSets: number | null): readonly BenchListener[] {
  const filters = (role: FilterConfig["role"]) =>
    slotSets === null ? [] : [expediteFilter(filterText({ role, correlateBy: [...defaultCorrelators], slotSets }))];
  return (["inbound", "outbound"] as const).map((name, index) => ({
    ...{ name, port: 18_500 + index, levelOnResponse: false },
    filters: filters(name),
  }));
}

function measureCase({ workers, slotSets }: Case): Promise<number> {
  const listeners = sidecar(slotSets);
  return withEnvoy({ listeners, workers }, async ({ pid }, load) => {
    for (const { name, port } of listeners) {
      const shape = name === "inbound" ? stored : outside;
      await load.play({ port, shape, connections: 8, seconds: 60, requests, pid });
    }
    return residentBytes(pid);
  });
}

export async function measureMemory(progress: (step: string, turn: string) => void): Promise<readonly Memory[]> {
  const measured: { readonly of: Case; readonly bytes: number }[] = [];
  for (const of of memoryCases) {
    progress("memory", `${of.workers} workers, ${of.slotSets ?? "no"} sets`);
    measured.push({ of, bytes: await measureCase(of) });
  }
  return cases.map((one) => ({
    ...one,
    bytes: median(measured.filter(({ of }) => of === one).map(({ bytes }) => bytes)),
  }));
}
