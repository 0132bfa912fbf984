// The holes of the manifests with the controller's Deployment and the agents' DaemonSet, and of their accounts and rights.
import { type Hole, more, optional } from "./holes.ts";

/** What both have. `values`: `.Values.controller` or `.Values.agent`. */
const pod = (values: string): readonly Hole[] => [
  { find: /^( +)imagePullPolicy: .*$/m, put: `$1imagePullPolicy: {{ ${values}.image.pullPolicy }}` },
  { find: /^( +)image: .*$/m, put: `$1image: {{ include "expedite.image" (list . ${values}.image) }}` },
  { find: /(- name: EXPEDITE_LOG_LEVEL\n +value: ).*$/m, put: `$1{{ ${values}.logLevel }}` },
  { find: /(- name: NODE_OPTIONS\n +value: ).*$/m, put: `$1{{ ${values}.nodeOptions | quote }}` },
  { find: /^( +)ports:\n( +- .*containerPort)/m, put: `${more(`${values}.extraEnv`, 12)}$1ports:\n$2` },
  {
    find: /^( +)resources:\n.*requests:.*\n.*limits:.*$/m,
    put: `$1resources: {{- toYaml ${values}.resources | nindent 12 }}`,
  },
  { find: /^( +prometheus\.io\/path: .*\n)/m, put: `$1${more(`${values}.podAnnotations`, 8)}` },
  { find: /^( {6}annotations:\n)/m, put: `${more(`${values}.podLabels`, 8)}$1` },
];

const serviceAccount = (values: string): Hole => ({
  find: /^---\n/m,
  put: `${optional("annotations", `${values}.serviceAccountAnnotations`, 2)}---\n`,
});

const releaseNamespace: Hole = { find: /namespace: istio-system$/gm, put: "namespace: {{ .Release.Namespace }}" };

const scheduling = (values: string, names: readonly string[]): string =>
  [
    optional("imagePullSecrets", ".Values.imagePullSecrets", 6),
    `      {{- with ${values}.priorityClassName }}\n      priorityClassName: {{ . }}\n      {{- end }}\n`,
    ...names.map((name) => optional(name, `${values}.${name}`, 6)),
  ].join("");

export const controllerHoles: readonly Hole[] = [
  releaseNamespace,
  ...pod(".Values.controller"),
  { find: /^ {2}replicas: .*$/m, put: "  replicas: {{ .Values.controller.replicas }}" },
  { find: /(- name: EXPEDITE_ROOT_NAMESPACE\n +value: ).*$/m, put: '$1{{ include "expedite.istioNamespace" . }}' },
  {
    find: /^( +- name: EXPEDITE_LOG_LEVEL\n)/m,
    put: '            {{- if not .Values.createLadder }}\n            - name: EXPEDITE_CREATE_LADDER\n              value: "false"\n            {{- end }}\n$1',
  },
  {
    find: /^( +runAsUser: .*\n +runAsGroup: .*\n)/m,
    put: '        {{- if ne (include "expedite.openshift" .) "true" }}\n$1        {{- end }}\n',
  },
  {
    find: /^( +enableServiceLinks: .*\n)/m,
    put: `$1${scheduling(".Values.controller", ["nodeSelector", "affinity", "tolerations", "topologySpreadConstraints"])}`,
  },
];

const clusterBinding: Hole = {
  find: /name: expedite-istio-system$/gm,
  put: "name: expedite-{{ .Release.Namespace }}",
};

export const controllerRbacHoles: readonly Hole[] = [
  releaseNamespace,
  clusterBinding,
  serviceAccount(".Values.controller"),
];

const agentNamespace: Hole = {
  find: /namespace: expedite-agent$/gm,
  put: "namespace: {{ .Values.agent.namespace.name }}",
};

export const agentHoles: readonly Hole[] = [
  agentNamespace,
  ...pod(".Values.agent"),
  {
    find: /^(apiVersion: v1\nkind: Namespace\nmetadata:\n {2}name: ).*$/m,
    put: "{{- if .Values.agent.namespace.create }}\n$1{{ .Values.agent.namespace.name }}",
  },
  { find: /^---\n/m, put: "---\n{{- end }}\n" },
  { find: /maxUnavailable: [^ ]+/, put: "maxUnavailable: {{ .Values.agent.maxUnavailable }}" },
  {
    find: /^ +priorityClassName: .*\n +nodeSelector: .*\n +tolerations:\n +- .*\n/m,
    put: [
      scheduling(".Values.agent", ["affinity", "tolerations"]),
      `      nodeSelector:\n        kubernetes.io/os: linux\n${more(".Values.agent.nodeSelector", 8)}`,
    ].join(""),
  },
];

export const agentRbacHoles: readonly Hole[] = [agentNamespace, serviceAccount(".Values.agent")];
