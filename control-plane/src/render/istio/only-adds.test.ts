// Every rendered object of every behaviour only adds: each kind of patch is listed here with what it may touch, and any other fails. The
// exceptions, which merge into something of the user's or istiod's, are those of docs/adr/0027-we-only-add.md.
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { test } from "node:test";

type Fields = Readonly<Record<string, unknown>>;
type Patch = {
  readonly applyTo: string;
  readonly match: {
    readonly context: string;
    readonly proxy?: { readonly proxyVersion?: string };
    readonly listener?: {
      readonly filterChain: { readonly filter: { readonly subFilter?: { readonly name: string } } };
    };
    readonly cluster?: { readonly subset?: string };
  };
  readonly patch: { readonly operation: string; readonly value?: Fields };
};

const keys = (value: unknown): string[] => Object.keys((value ?? {}) as object).sort();
const nameOf = ({ patch }: Patch): string => String(patch.value?.name);
const isOurs = (name: string | undefined): boolean => name?.startsWith("expedite-") ?? false;
const besideOf = ({ match }: Patch): string | undefined => match.listener?.filterChain.filter.subFilter?.name;

/** What a shared route matches: nothing without the filter's proof, and of the request only the filter's own header. */
function isProven({ patch: { value } }: Patch): boolean {
  const { name, match, ...rest } = value as Fields;
  const { headers = [], filter_state: states = [] } = match as { headers?: Fields[]; filter_state?: Fields[] };
  return (
    name === "expedite" &&
    headers[0]?.name === "x-expedite-cluster" &&
    headers.every((header) => header.name === "x-expedite-cluster") &&
    states.length === 1 &&
    states[0]?.key === "wasm.expedite.cluster" &&
    JSON.stringify(keys(rest)) === '["route"]'
  );
}

function addsOwnHeader(value: Fields | undefined): boolean {
  const { request_headers_to_add: added = [], ...rest } = (value ?? {}) as { request_headers_to_add?: Fields[] };
  const isOwn = ({ header, append_action }: Fields): boolean =>
    (header as Fields).key === "x-expedite-timeout-ms" && append_action === "APPEND_IF_EXISTS_OR_ADD";
  return keys(rest).length === 0 && added.length > 0 && added.every(isOwn);
}

/** Declares the plugin that shared routes name, and removes the filter's header, which no upstream may see. */
function declaresPlugin(value: Fields | undefined): boolean {
  const { request_headers_to_remove: removed } = value ?? {};
  return (
    keys(value).join() === "cluster_specifier_plugins,request_headers_to_remove" &&
    `${removed}` === "x-expedite-cluster"
  );
}

function removesOwnHeaders(value: Fields | undefined): boolean {
  const { request_headers_to_remove: removed, ...rest } = (value ?? {}) as { request_headers_to_remove?: string[] };
  return keys(rest).length === 0 && removed?.every((name) => name.startsWith("x-expedite-")) === true;
}

/** By what a patch applies to and does: whether it leaves everything of others unchanged. */
const allowed: Readonly<Record<string, (patch: Patch) => boolean>> = {
  "EXTENSION_CONFIG ADD": (patch) => isOurs(nameOf(patch)),
  "HTTP_FILTER INSERT_AFTER": (patch) => isOurs(besideOf(patch)) && isOurs(nameOf(patch)),
  "HTTP_FILTER INSERT_BEFORE": (patch) => isOurs(nameOf(patch)),
  "HTTP_FILTER REMOVE": (patch) => isOurs(besideOf(patch)),
  "HTTP_FILTER REPLACE": (patch) => isOurs(besideOf(patch)) && isOurs(nameOf(patch)),
  "HTTP_ROUTE INSERT_FIRST": isProven,
  "CLUSTER ADD": (patch) => nameOf(patch).startsWith("expedite|") || isOurs(nameOf(patch)),
  // Nothing outside the proxy reaches it.
  "LISTENER ADD": (patch) => isOurs(nameOf(patch)) && patch.patch.value?.internal_listener !== undefined,
  "CLUSTER MERGE": ({ match, patch }) =>
    isOurs(match.cluster?.subset) && JSON.stringify(keys(patch.value)) === '["upstream_bind_config"]',
  // The exceptions.
  "ROUTE_CONFIGURATION MERGE": ({ match, patch: { value } }) =>
    addsOwnHeader(value) ||
    declaresPlugin(value) ||
    (match.context === "SIDECAR_INBOUND" && removesOwnHeaders(value)) ||
    (match.context === "GATEWAY" && keys(value).join() === "response_headers_to_add"),
  "NETWORK_FILTER MERGE": ({ match, patch: { value } }) =>
    match.context === "GATEWAY" && keys(value?.typed_config).join() === "@type,early_header_mutation_extensions",
};

const files = globSync(join(import.meta.dirname, "../../../testdata/*/istio/*.json"));
const objects = files.map((file) => ({ file, object: JSON.parse(readFileSync(file, "utf8")) }));

test("every patch adds, or changes what is Expedite's", () => {
  const seen = new Set<string>();
  for (const { file, object } of objects.filter((one) => one.object.kind === "EnvoyFilter"))
    for (const patch of object.spec.configPatches as readonly Patch[]) {
      const kind = `${patch.applyTo} ${patch.patch.operation}`;
      assert.ok(allowed[kind]?.(patch), `${file}: ${kind} ${JSON.stringify(patch).slice(0, 300)}`);
      assert.match(patch.match.proxy?.proxyVersion ?? "", /^\^1/, file);
      seen.add(kind);
    }
  assert.deepEqual([...seen].sort(), keys(allowed), "each kind occurs in a behaviour");
});

test("a DestinationRule of Expedite's has only its own subsets, and nothing for the host as a whole", () => {
  for (const { file, object } of objects.filter((one) => one.object.kind === "DestinationRule")) {
    assert.ok(
      keys(object.spec).every((key) => ["host", "exportTo", "subsets"].includes(key)),
      file,
    );
    for (const { name } of object.spec.subsets) assert.ok(isOurs(name) && name.length <= 63, `${file}: ${name}`);
  }
});

test("every object has Expedite's name and label, and sees the result of users' EnvoyFilters", () => {
  for (const { file, object } of objects) {
    assert.match(object.metadata.name, /^expedite-/, basename(file));
    assert.equal(object.metadata.labels["app.kubernetes.io/managed-by"], "expedite", basename(file));
    if (object.kind === "EnvoyFilter") assert.ok(object.spec.priority >= 2 ** 31 - 3, basename(file));
  }
});
