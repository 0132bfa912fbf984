// Looks up the Services and ports that routes name.
import type { Snapshot } from "../../core/snapshot.ts";

export type Backend = { readonly namespace: string; readonly name: string; readonly port?: number | undefined };

/** The part of a backend that does not exist. `ports`: the existing ports. */
export type Missing = { readonly what: "Service" } | { readonly what: "port"; readonly ports: readonly number[] };

export type MissingOf = (backend: Backend) => Missing | undefined;

export function missingBackends({ services }: Pick<Snapshot, "services">): MissingOf {
  const ports = new Map(
    services.map(({ metadata: { namespace, name }, spec }) => [
      `${namespace}/${name}`,
      spec.ports.map(({ port }) => port),
    ]),
  );
  return ({ namespace, name, port }) => {
    const known = ports.get(`${namespace}/${name}`);
    if (known === undefined) return { what: "Service" };
    return port === undefined || known.includes(port) ? undefined : { what: "port", ports: known };
  };
}
