// A proxy of several workers that carries the filter, for tests: per worker one VM with an inbound, an outbound and a
// gateway root, all over one shared-data store. Requests enter as header records, and leave as what the filter made of them.
import { readFileSync } from "node:fs";
import type { FilterConfig } from "../config/schema.ts";
import { type FilterVm, type RootContext, type StreamContext, startFilterVm } from "./filter-vm.ts";
import type { Header } from "./headers.ts";
import { SharedData } from "./shared-data.ts";

export type Role = FilterConfig["role"];
export type HeaderRecord = Readonly<Record<string, string | readonly string[]>>;

export const levelHeader = "x-request-priority";
export const levels = ["interactive", "standard", "batch"] as const;

const ladder = {
  version: 1,
  header: levelHeader,
  levels: [...levels],
  defaultLevel: "interactive",
  correlateBy: ["x-request-id", "traceparent", "b3", "x-b3-traceid"],
  trust: "Always",
  slotSets: 1024,
} as const satisfies Omit<FilterConfig, "role">;

export function configOf(role: Role, changes: Partial<FilterConfig> = {}): FilterConfig {
  return { ...ladder, ...changes, role } as FilterConfig;
}

export const filterModule: Uint8Array = readFileSync(new URL("../dist/filter.wasm", import.meta.url));

export interface Worker {
  readonly vm: FilterVm;
  readonly roots: Readonly<Record<Role, RootContext>>;
}

export interface Sidecar {
  readonly workers: readonly Worker[];
  readonly sharedData: SharedData;
}

export interface SidecarOptions {
  readonly workers?: number;
  readonly clock?: () => bigint;
  /** Of all three roles. */
  readonly config?: Partial<FilterConfig>;
}

/** @throws when a configuration is refused, with the filter's own words */
export function configureRoot(vm: FilterVm, config: FilterConfig): RootContext {
  const root = vm.createRoot();
  const { accepted, logs } = root.configure(JSON.stringify(config));
  if (!accepted) throw new Error(logs.join("\n"));
  return root;
}

export function startSidecar({ workers = 1, clock, config }: SidecarOptions = {}): Sidecar {
  const sharedData = new SharedData();
  const start = (): Worker => {
    const vm = startFilterVm({ module: filterModule, sharedData, ...(clock === undefined ? {} : { clock }) });
    const root = (role: Role): RootContext => configureRoot(vm, configOf(role, config));
    return { vm, roots: { inbound: root("inbound"), outbound: root("outbound"), gateway: root("gateway") } };
  };
  return { workers: Array.from({ length: workers }, start), sharedData };
}

export function headerList(record: HeaderRecord): Header[] {
  return Object.entries(record).flatMap(([name, value]) =>
    (typeof value === "string" ? [value] : value).map((one): Header => [name, one]),
  );
}

/** All values of a header. */
export function valuesOf(list: readonly Header[], name: string): readonly string[] {
  return list.filter(([other]) => other === name).map(([, value]) => value);
}

/** Opens a stream and passes the request through it; @returns the level header's values afterwards */
export function passRequest(
  root: RootContext,
  headers: HeaderRecord,
  properties?: ReadonlyMap<string, string>,
): { readonly stream: StreamContext; readonly levels: readonly string[] } {
  const stream = root.openStream(properties);
  return { stream, levels: valuesOf(stream.request(headerList(headers)), levelHeader) };
}
