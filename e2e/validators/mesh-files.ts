// Reads the golden meshes of the control plane: what users wrote, and what Expedite writes for it.
import { existsSync, globSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";

const testdata = join(import.meta.dirname, "../../control-plane/testdata");

export type MeshObject = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  // biome-ignore lint/suspicious/noExplicitAny: any field of any kind.
  readonly spec?: any;
};

export type MeshFiles = {
  readonly name: string;
  readonly users: readonly MeshObject[];
  readonly ours: readonly MeshObject[];
};

/** Those for which Expedite writes objects into Istio. */
export function goldenMeshes(): readonly MeshFiles[] {
  const names = readdirSync(testdata).filter((name) => existsSync(join(testdata, name, "istio")));
  return names.map((name) => ({
    name,
    users: parseAllDocuments(readFileSync(join(testdata, name, "input.yaml"), "utf8"))
      .map((document) => document.toJS() as MeshObject | null)
      .filter((object) => object !== null),
    ours: globSync("*.json", { cwd: join(testdata, name, "istio") }).map((file) =>
      JSON.parse(readFileSync(join(testdata, name, "istio", file), "utf8")),
    ),
  }));
}

/** `DestinationRule shop/reviews` */
export const nameOf = ({ kind, metadata: { namespace = "default", name } }: MeshObject): string =>
  `${kind} ${namespace}/${name}`;
