// Makes the filter's configuration (filter/config/schema.ts) from the plan and a proxy's classification, and the message that contains it.
import { pluginConfiguration, type RouteList, routeListId } from "@expedite/filter/config/route-list.ts";
import type { FilterConfig } from "@expedite/filter/config/schema.ts";
import { digest } from "../../core/digest.ts";
import type { Classification, Plan, QueueSettings } from "../../core/plan.ts";
import { any, type Message } from "./message.ts";
import { filterName } from "./names.ts";

/** How requests that come in are treated. */
export type Inbound = { readonly classification: Classification; readonly queue?: QueueSettings | undefined };

/** An outbound listener serves the pod's own application, so trust and rules do not apply to it. */
export function filterConfig(plan: Plan, role: FilterConfig["role"], { classification, queue }: Inbound): FilterConfig {
  const common = {
    version: 1,
    role,
    header: plan.header,
    levels: plan.levels.map((level) => level.name),
    defaultLevel: plan.defaultLevel,
    correlateBy: [...plan.correlateBy] as FilterConfig["correlateBy"],
    ...(plan.mode === "Observe" ? { mode: plan.mode } : {}),
    ...(plan.readFrom === undefined ? {} : { readFrom: plan.readFrom }),
    ...(plan.writeTo === undefined ? {} : { writeTo: plan.writeTo }),
    ...(plan.writeDefault ? { writeDefault: true } : {}),
    ...(plan.deadlines === undefined || plan.mode !== "Enforce" ? {} : { deadlines: plan.deadlines }),
    ...(plan.slotSets === undefined ? {} : { slotSets: plan.slotSets }),
  } as const;
  if (role === "outbound") return { ...common, trust: "Never" };
  const { trust, rules, defaultLevel } = classification;
  return {
    ...common,
    trust,
    ...(trust === "Mesh" ? { trustDomains: [...plan.trustDomains] } : {}),
    ...(rules.length === 0 ? {} : { rules: rules.map(({ policy: _, ...rule }) => rule) }),
    ...(defaultLevel === undefined ? {} : { classifyDefault: defaultLevel }),
    ...(queue === undefined ? {} : { queue }),
  };
}

const text = (value: string): Message => any("google.protobuf.StringValue", { value });

type WasmOptions = {
  /** An AsyncDataSource.local of Envoy's: a file, or the bytes. */
  readonly code: Message;
  /** Identifies the module: two modules with the same configuration are different VMs. */
  readonly generation?: string;
  /** A VM accepts another list without being replaced. */
  readonly list?: RouteList | undefined;
  /** Absent: that of the list. */
  readonly rootId?: string | undefined;
};

export function wasm(config: FilterConfig, { code, generation = "", list, rootId }: WasmOptions): Message {
  const configuration = JSON.stringify(config);
  return any("envoy.extensions.filters.http.wasm.v3.Wasm", {
    config: {
      name: filterName(config.role),
      root_id: rootId ?? routeListId(list),
      vm_config: {
        // Equal for inbound and outbound, because the shared data in which both sides of a request meet belongs to the vm_id.
        vm_id: "expedite",
        runtime: "envoy.wasm.runtime.v8",
        code: { local: code },
        // Different for each configuration: Envoy has one VM for equal ones, and a VM of the filter has one configuration.
        configuration: text(digest(configuration + generation)),
      },
      configuration: text(pluginConfiguration(configuration, list)),
      // Deprecated, but the only setting with which a trap costs no request a 503; failure_policy must stay unset.
      fail_open: true,
    },
  });
}
