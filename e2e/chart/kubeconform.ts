// Runs kubeconform with schemas made here: those of Kubernetes' own OpenAPI document, of Istio's CRDs, and of Expedite's.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse, parseAllDocuments } from "yaml";
import { repository } from "../../release/bundle.ts";
import { fileOf, files } from "../kubernetes/build/files.ts";
import { binaryOf, tools } from "../kubernetes/build/parts.ts";
import { customSchemas, kubernetesSchemas, schemaLocation } from "./json-schemas.ts";
import { reportOn } from "./report-on.ts";

const binary = binaryOf(tools.kubeconform);
const openApi = fileOf(files.kubernetes, "api/openapi-spec/swagger.json");
const istio = fileOf(files.istio, "manifests/charts/base/files/crd-all.gen.yaml");

/** For node:test's `skip`. */
export const withoutKubeconform: string | false =
  ![binary, openApi, istio].every((file) => existsSync(file)) &&
  "kubeconform and its schemas are not built: npm run test:cluster builds them, with Go";

/** `status`: statusValid, statusInvalid, statusError, or statusSkipped if there is no schema. */
export type Validated = Readonly<Record<"kind" | "name" | "status" | "msg", string>>;

export type Kubeconform = {
  readonly validate: (yaml: string) => Promise<readonly Validated[]>;
  readonly remove: () => void;
};

export function kubeconform(): Kubeconform {
  const folder = mkdtempSync(join(tmpdir(), "schemas-"));
  const own = join(repository, "manifests/crd");
  const definitions = [
    ...readdirSync(own).map((file) => parse(readFileSync(join(own, file), "utf8"))),
    ...parseAllDocuments(readFileSync(istio, "utf8")).map((document) => document.toJS()),
  ];
  const schemas = [
    ...kubernetesSchemas(JSON.parse(readFileSync(openApi, "utf8"))),
    ...customSchemas(definitions.filter((one) => one !== null)),
  ];
  for (const [file, schema] of schemas) writeFileSync(join(folder, file), JSON.stringify(schema));
  const args = ["-schema-location", join(folder, schemaLocation), "-strict", "-ignore-missing-schemas", "-verbose"];
  type Report = { readonly resources: readonly Validated[] };
  return {
    validate: async (yaml) => {
      return (await reportOn<Report>(yaml, binary, [...args, "-output", "json", "-"])).resources;
    },
    remove: () => rmSync(folder, { recursive: true }),
  };
}
