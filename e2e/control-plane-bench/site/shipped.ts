// Reads what manifests/controller.yaml gives the controller: its environment and its memory limit.
import { readFileSync } from "node:fs";
import { parseAllDocuments } from "yaml";

export type Shipped = {
  /** Variables with a literal value, such as NODE_OPTIONS. */
  readonly environment: Readonly<Record<string, string>>;
  readonly memoryBytes: number;
};

type Container = {
  readonly env: readonly { readonly name: string; readonly value?: string }[];
  readonly resources: { readonly limits: { readonly memory: string } };
};

const manifest = new URL("../../../manifests/controller.yaml", import.meta.url);

/** @throws when the limit is not in Mi */
export function shippedController(): Shipped {
  const [deployment] = parseAllDocuments(readFileSync(manifest, "utf8")).map((document) => document.toJS());
  const [container] = deployment.spec.template.spec.containers as readonly Container[];
  const { env, resources } = container!;
  const mebibytes = /^(\d+)Mi$/.exec(resources.limits.memory)?.[1];
  if (mebibytes === undefined) throw new Error(`manifests/controller.yaml: limits.memory is not in Mi`);
  const environment = env.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value] as const]));
  return { environment: Object.fromEntries(environment), memoryBytes: Number(mebibytes) * 2 ** 20 };
}
