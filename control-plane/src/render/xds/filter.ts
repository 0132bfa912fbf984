// In: the plan and what a proxy classifies. Out: the filter's configuration (filter/config/schema.ts) and the HTTP filter that carries it.

import { pluginConfiguration, type RouteList, routeListId } from "@expedite/filter/config/route-list.ts";
import type { FilterConfig } from "@expedite/filter/config/schema.ts";
import { digest } from "../../core/digest.ts";
import type { Classification, Plan } from "../../core/plan.ts";
import { any, type Message } from "./message.ts";

/** An outbound listener serves the pod's own application: what it may ask for is not a matter of trust or rules. */
export function filterConfig(plan: Plan, role: FilterConfig["role"], classification: Classification): FilterConfig {
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
    ...(plan.storeDefault ? {} : { storeDefault: false }),
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
  };
}

const text = (value: string): Message => any("google.protobuf.StringValue", { value });

/**
 * @param code an AsyncDataSource.local of Envoy's: a file, or the bytes
 * @param generation tells modules of one configuration apart
 * @param list a VM takes another one without being another VM
 */
export function wasm(config: FilterConfig, code: Message, generation = "", list?: RouteList): Message {
  const configuration = JSON.stringify(config);
  return any("envoy.extensions.filters.http.wasm.v3.Wasm", {
    config: {
      name: `expedite-${config.role}`,
      root_id: routeListId(list),
      vm_config: {
        // Equal for inbound and outbound: the shared data in which the two of a request meet is the vm_id's.
        vm_id: "expedite",
        runtime: "envoy.wasm.runtime.v8",
        code: { local: code },
        // Another for each configuration: Envoy has one VM for equal ones, and a VM of the filter has one configuration.
        configuration: text(generationOf(configuration + generation)),
      },
      configuration: text(pluginConfiguration(configuration, list)),
      // Deprecated, yet the only setting with which a trap costs no request a 503; failure_policy must stay unset.
      fail_open: true,
    },
  });
}

function generationOf(content: string): string {
  return digest(content);
}

export function wasmFilter(config: FilterConfig, filterFile: string): Message {
  return { name: "expedite", typed_config: wasm(config, { filename: filterFile }) };
}
