// Measures the resident memory of sidecars: without a filter, with a module that does nothing (what Envoy's Wasm runtime takes by itself), and
// with the filter, before and after its slot table is full.
import { readFileSync } from "node:fs";
import { defaultCorrelators, type FilterConfig } from "@expedite/filter/config/schema.ts";
import { getText } from "../envoy/admin.ts";
import { expediteFilter, filterText, wasmFilter } from "../envoy/bootstrap.ts";
import { rotated } from "../measure/rotated.ts";
import type { Json } from "./listeners.ts";
import type { Shape } from "./requests.ts";
import { withEnvoy } from "./site.ts";
import { outside } from "./variants.ts";
import { assemble, emptyModule } from "./wat.ts";

const repeats = 5;

type Role = FilterConfig["role"];

interface Kind {
  readonly name: string;
  readonly filters: (role: Role) => readonly Json[];
  /** Sent to inbound: so many that Envoy's own pools are filled and both VMs have run. */
  readonly shape: Shape;
  readonly requests: number;
}

const expedite = (role: Role): readonly Json[] => [
  expediteFilter(filterText({ role, correlateBy: [...defaultCorrelators] })),
];
/** With a configuration of its own, so that in- and outbound have a VM each, like the filter. */
const empty = (role: Role): readonly Json[] => [
  wasmFilter({ name: "bench", code: assemble(emptyModule), configuration: role }),
];

const few = { shape: outside, requests: 4096 } as const;
/** Two new ids each: ten for each of the 16,384 sets, so that one set in a proxy remains missing at most. */
const full = { shape: { level: true, trace: true, ids: 0 }, requests: 81_920 } as const;

const kinds: readonly Kind[] = [
  { name: "no filter", filters: () => [], ...few },
  { name: "a module that does nothing", filters: empty, ...few },
  { name: "Expedite, nothing demoted", filters: expedite, ...few },
  { name: "Expedite, all slots in use", filters: expedite, ...full },
];

interface Case {
  readonly kind: Kind;
  readonly workers: number;
}

const cases: readonly Case[] = kinds.flatMap((kind) => [1, 2].map((workers) => ({ kind, workers })));

/** In each repeat another case comes first. */
export const memoryCases: readonly Case[] = Array.from({ length: repeats }, (_, repeat) =>
  rotated(cases, repeat),
).flat();

export interface Memory {
  readonly name: string;
  readonly workers: number;
  /** Bytes of each repeat. */
  readonly resident: readonly number[];
  /** What Envoy's allocator has given out. V8's own heaps are not in it, nor what was freed and is kept for later. */
  readonly allocated: readonly number[];
}

type Bytes = { readonly [of in "resident" | "allocated"]: number };

/** VmRSS, see proc_pid_status(5). */
function residentBytes(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) * 1024;
}

/** Envoy's gauge is updated now and then, its admin interface's answer is of now. */
async function allocatedBytes(admin: string): Promise<number> {
  return Number((JSON.parse(await getText(admin, "/memory")) as { readonly allocated: string }).allocated);
}

function measureCase({ kind, workers }: Case): Promise<Bytes> {
  const listeners = (["inbound", "outbound"] as const).map((name, index) => ({
    ...{ name, port: 18_500 + index, levelOnResponse: false },
    filters: kind.filters(name),
  }));
  const [inbound, outbound] = listeners.map(({ port }) => port) as [number, number];
  return withEnvoy({ listeners, workers }, async ({ pid, admin }, load) => {
    const at = { connections: 8, seconds: 60, pid };
    await load.play({ ...at, port: inbound, shape: kind.shape, requests: kind.requests });
    await load.play({ ...at, port: outbound, ...few });
    return { resident: residentBytes(pid), allocated: await allocatedBytes(admin) };
  });
}

export async function measureMemory(progress: (step: string, turn: string) => void): Promise<readonly Memory[]> {
  const measured: { readonly of: Case; readonly bytes: Bytes }[] = [];
  for (const of of memoryCases) {
    progress("memory", `${of.workers} workers, ${of.kind.name}`);
    measured.push({ of, bytes: await measureCase(of) });
  }
  return cases.map((one) => {
    const own = measured.filter(({ of }) => of === one).map(({ bytes }) => bytes);
    return {
      ...{ name: one.kind.name, workers: one.workers },
      resident: own.map(({ resident }) => resident),
      allocated: own.map(({ allocated }) => allocated),
    };
  });
}
