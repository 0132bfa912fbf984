// Makes the generated files of manifests/chart: templates of the manifests, the values, the schema and the README. Beside them are files
// that only the chart has, such as templates/uninstall-hook.yaml.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { uninstallRules } from "../../control-plane/src/kube/rbac.ts";
import { repository } from "../bundle.ts";
import { manifestOf } from "../package/package.ts";
import { alertsText } from "./alerts.ts";
import { dashboardText } from "./dashboard.ts";
import { type Hole, madeFrom, templateOf, withoutHead } from "./holes.ts";
import { schemaText, valuesTable, valuesText } from "./values-files.ts";
import { agentHoles, agentRbacHoles, controllerHoles, controllerRbacHoles } from "./workload-holes.ts";

export const chartFolder: string = join(repository, "manifests/chart");

const manifests = join(repository, "manifests");
const read = (file: string): string => readFileSync(join(manifests, file), "utf8");

const ifAgent = (text: string): string => `{{- if .Values.agent.enabled }}\n${text}{{- end }}\n`;

function template(file: string, holes: readonly Hole[], wrap = (text: string): string => text): string {
  return madeFrom(`manifests/${file}`) + wrap(templateOf(withoutHead(read(file)), holes));
}

/** The kinds: only if wanted, and not removed with the release if they are to stay. */
const definition = (file: string): string =>
  template(
    `crd/${file}`,
    [
      {
        find: /^( {2}name: \S+\.expedite\.dev\n)/m,
        put: "$1  {{- if .Values.crds.keep }}\n  annotations:\n    helm.sh/resource-policy: keep\n  {{- end }}\n",
      },
    ],
    (text) => `{{- if .Values.crds.enabled }}\n${text}{{- end }}\n`,
  );

/** Included by templates/uninstall-hook.yaml. */
function uninstallHelpers(): string {
  const rules = (isInstallOnly: boolean): string =>
    stringify(uninstallRules(isInstallOnly), { aliasDuplicateObjects: false });
  return [
    madeFrom("control-plane/src/kube/resources.ts"),
    `{{- define "expedite.uninstall.clusterRules" -}}\n${rules(false)}{{- end }}\n`,
    `{{- define "expedite.uninstall.rules" -}}\n${rules(true)}{{- end }}\n`,
  ].join("");
}

function chartText(): string {
  const { name, version, description, license } = manifestOf();
  return stringify({
    ...{ apiVersion: "v2", type: "application", name, description, version, appVersion: version },
    // Kubernetes that Istio 1.30 supports.
    kubeVersion: ">=1.32.0-0",
    keywords: ["istio", "envoy", "priority", "qos", "latency"],
    annotations: { "artifacthub.io/category": "networking", "artifacthub.io/license": license },
  });
}

/** The files' texts by their paths in the chart. */
export function chartFiles(): Readonly<Record<string, string>> {
  const definitions = readdirSync(join(manifests, "crd")).map((file) => [`templates/crd-${file}`, definition(file)]);
  const introduction = readFileSync(join(import.meta.dirname, "introduction.md"), "utf8");
  return {
    "Chart.yaml": `# Made by release/chart; do not edit.\n${chartText()}`,
    "README.md": `${introduction}\n${valuesTable()}\n`,
    "values.schema.json": schemaText(),
    "values.yaml": valuesText(),
    "samples/policy.yaml": read("samples/bookinfo.yaml"),
    "files/alerts.yaml": alertsText(),
    "files/dashboard.json": dashboardText(),
    "templates/_uninstall.tpl": uninstallHelpers(),
    "templates/agent-rbac.yaml": template("agent-rbac.yaml", agentRbacHoles, ifAgent),
    "templates/agent.yaml": template("agent.yaml", agentHoles, ifAgent),
    "templates/controller.yaml": template("controller.yaml", controllerHoles),
    "templates/rbac.yaml": template("rbac.yaml", controllerRbacHoles),
    ...Object.fromEntries(definitions),
  };
}
