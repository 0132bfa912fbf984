// A proxy with several workers and the filter, for tests: each worker has one VM for inbound, one for outbound and one for a gateway, all
// over one shared-data store.
import type { FilterConfig } from "../config/schema.ts";
import { type FilterVm, type FilterVmOptions, startFilterVm } from "./filter-vm.ts";
import type { Header } from "./headers.ts";
import { readModule, readModuleWithoutQueue } from "./module-file.ts";
import { SharedData } from "./shared-data.ts";
import type { Attribute } from "./stream-attributes.ts";

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

export const filterModule = new WebAssembly.Module(readModule());
export const moduleWithoutQueue = new WebAssembly.Module(readModuleWithoutQueue());

export type Worker = Readonly<Record<Role, FilterVm>>;

export interface Sidecar {
  readonly workers: readonly Worker[];
  readonly sharedData: SharedData;
}

export interface SidecarOptions {
  readonly workers?: number;
  readonly clock?: () => bigint;
  /** Default: that of a new proxy. */
  readonly sharedData?: SharedData;
  /** The configuration of all three roles. */
  readonly config?: Partial<FilterConfig>;
}

/** With the module that the control plane chooses. @throws when the configuration is refused, with the filter's own message */
export function startFilter(config: FilterConfig, options: Omit<FilterVmOptions, "module"> = {}): FilterVm {
  const module = config.queue === undefined ? moduleWithoutQueue : filterModule;
  const vm = startFilterVm({ module, ...options });
  const { accepted, logs } = vm.configure(JSON.stringify(config));
  if (!accepted) throw new Error(logs.join("\n"));
  return vm;
}

export function startSidecar({
  workers = 1,
  clock,
  sharedData = new SharedData(),
  config,
}: SidecarOptions = {}): Sidecar {
  const options = { sharedData, ...(clock === undefined ? {} : { clock }) };
  const start = (role: Role): FilterVm => startFilter(configOf(role, config), options);
  const worker = (): Worker => ({ inbound: start("inbound"), outbound: start("outbound"), gateway: start("gateway") });
  return { workers: Array.from({ length: workers }, worker), sharedData };
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

/** @returns the level header's values after the filter */
export function levelsOf(
  vm: FilterVm,
  headers: HeaderRecord,
  properties?: ReadonlyMap<string, Attribute>,
): readonly string[] {
  return valuesOf(vm.request(headerList(headers), properties), levelHeader);
}
