// In: proxies that refuse what came after a write of ours. Out: the objects that are taken back until their content changes.
import type { Manifest } from "../core/manifest.ts";
import { digestOf, keyOf } from "./applied.ts";
import type { ProxyReport, ResourceType } from "./ports.ts";
import { stepOf } from "./steps.ts";

/** Which objects a proxy's refusal of a type may be about; routes never stay without their clusters. */
const blamed: Readonly<Record<ResourceType, readonly string[]>> = {
  CDS: ["clusters", "routes"],
  LDS: ["filter"],
  ECDS: ["filter"],
  RDS: ["routes"],
};

export class Withdrawal {
  readonly #withdrawn = new Map<
    string,
    { readonly digest: string; readonly namespace: string; readonly why: string }
  >();

  /** `before`: who refused something before the write; their fault is not ours. */
  blame(written: readonly Manifest[], before: readonly ProxyReport[], refusing: readonly ProxyReport[]): void {
    const known = new Set(before.map(textOf));
    for (const report of refusing.filter((entry) => !known.has(textOf(entry))))
      for (const manifest of written) {
        const { namespace } = manifest.metadata;
        const { type, message } = report.refused!;
        if (namespace !== report.namespace || !blamed[type].includes(stepOf(manifest) ?? "")) continue;
        const why = `${report.pod} refused ${keyOf(manifest)} (${type}: ${message}); it is taken back until it changes`;
        this.#withdrawn.set(keyOf(manifest), { digest: digestOf(manifest), namespace, why });
      }
  }

  /** Without what was taken back, and without routes whose clusters were. */
  remaining(wanted: readonly Manifest[]): readonly Manifest[] {
    const isBack = (manifest: Manifest): boolean => this.#withdrawn.get(keyOf(manifest))?.digest === digestOf(manifest);
    for (const manifest of wanted)
      if (this.#withdrawn.has(keyOf(manifest)) && !isBack(manifest)) this.#withdrawn.delete(keyOf(manifest));
    const hasNoClusters = new Set(
      wanted
        .filter((one) => stepOf(one) === "clusters" && one.kind === "EnvoyFilter" && isBack(one))
        .map(({ metadata }) => metadata.namespace),
    );
    return wanted.filter(
      (manifest) =>
        !isBack(manifest) && !(stepOf(manifest) === "routes" && hasNoClusters.has(manifest.metadata.namespace)),
    );
  }

  /** Namespace → why something of ours is not there. */
  reasons(): ReadonlyMap<string, string> {
    return new Map([...this.#withdrawn.values()].map(({ namespace, why }) => [namespace, why]));
  }
}

const textOf = ({ namespace, pod, refused }: ProxyReport): string =>
  `${namespace}/${pod} ${refused?.type} ${refused?.message}`;
