// Makes the resources that an Envoy reads from files: listeners with the filter in them (LDS), or listeners that name the filter, which is
// a resource of its own (ECDS).
import { answerByLevel, bootstrap, filterText, ladder } from "../../envoy/bootstrap.ts";
import { ports } from "../sidecar.ts";

export type Json = { [name: string]: unknown };

export const roles = ["inbound", "outbound"] as const;
export type Role = (typeof roles)[number];

export interface FilterSettings {
  /** Path of the module. Default: filter.wasm. */
  readonly module?: string;
  /** The module's bytes in the resource itself, instead of a path. */
  readonly inline?: Uint8Array;
  /** The filter's configuration as text, by role. Default: a good one. */
  readonly configuration?: (role: Role) => string;
  /** Part of vm_config.configuration: another value makes new VMs. */
  readonly generation?: number;
  /** What to do on failure. Default: fail_open true. */
  readonly failure?: Json;
}

const type = (name: string): string => `type.googleapis.com/${name}`;

/** A role's listener as in the other tests, with a place for its filter. */
function listenerOf(role: Role, configuration: string): { readonly listener: Json; readonly filters: Json[] } {
  const routes = answerByLevel(ladder.levels);
  const { static_resources } = bootstrap([{ name: role, port: ports[role], filter: configuration, routes }]) as {
    static_resources: { listeners: Json[] };
  };
  const listener = structuredClone(static_resources.listeners[0]!);
  const [chain] = listener.filter_chains as { filters: { typed_config: { http_filters: Json[] } }[] }[];
  return { listener, filters: chain!.filters[0]!.typed_config.http_filters };
}

/** The filter's typed_config, an envoy.extensions.filters.http.wasm.v3.Wasm. */
function wasm(role: Role, settings: FilterSettings): Json {
  const { module, inline, configuration = (of) => filterText({ role: of }), generation, failure } = settings;
  const wasm = listenerOf(role, configuration(role)).filters[0]?.typed_config as { config: Json };
  const { fail_open, vm_config, ...plugin } = wasm.config as { fail_open: boolean; vm_config: Json };
  const { value = "" } = (vm_config.configuration ?? {}) as { value?: string };
  const vm = {
    ...vm_config,
    ...(module === undefined ? {} : { code: { local: { filename: module } } }),
    ...(inline === undefined ? {} : { code: { local: { inline_bytes: Buffer.from(inline).toString("base64") } } }),
    ...(generation === undefined
      ? {}
      : {
          configuration: { "@type": type("google.protobuf.StringValue"), value: `${value} generation ${generation}` },
        }),
  };
  return { ...wasm, config: { ...plugin, vm_config: vm, ...(failure ?? { fail_open }) } };
}

export function staticBootstrap(settings: FilterSettings): Json {
  return { static_resources: { listeners: roles.map((role) => listenerWith(role, settings)) } };
}

function listenerWith(role: Role, settings: FilterSettings): Json {
  const { listener, filters } = listenerOf(role, "");
  filters[0] = { name: "expedite", typed_config: wasm(role, settings) };
  return listener;
}

/** Makes the file with resources of one xDS type that a path_config_source names. */
function response(version: number, resourceType: string, resources: readonly Json[]): Json {
  return {
    version_info: `${version}`,
    resources: resources.map((resource) => ({ "@type": type(resourceType), ...resource })),
  };
}

/** LDS: the listeners with the filters in them. */
export function listenersFile(version: number, settings: Readonly<Record<Role, FilterSettings>>): Json {
  const listeners = roles.map((role) => listenerWith(role, settings[role]));
  return response(version, "envoy.config.listener.v3.Listener", listeners);
}

/** LDS: listeners that take the filter of each role from a file. */
export function namingListenersFile(fileOf: (role: Role) => string, defaultConfig?: Json): Json {
  const listeners = roles.map((role) => {
    const { listener, filters } = listenerOf(role, "");
    filters[0] = {
      name: `expedite-${role}`,
      config_discovery: {
        config_source: { path_config_source: { path: fileOf(role) } },
        type_urls: [type("envoy.extensions.filters.http.wasm.v3.Wasm"), passThrough["@type"]],
        ...(defaultConfig === undefined ? {} : { default_config: defaultConfig }),
      },
    };
    return listener;
  });
  return response(1, "envoy.config.listener.v3.Listener", listeners);
}

/** A filter that lets everything pass, like RBAC without rules: a listener starts with it until its own filter arrives. */
export const passThrough = { "@type": type("envoy.extensions.filters.http.rbac.v3.RBAC") };

/** ECDS: the filter of a role. */
export function filterFile(version: number, role: Role, settings: FilterSettings): Json {
  const resource = { name: `expedite-${role}`, typed_config: wasm(role, settings) };
  return response(version, "envoy.config.core.v3.TypedExtensionConfig", [resource]);
}
