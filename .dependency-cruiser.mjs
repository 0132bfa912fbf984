// Defines the direction of imports (the design's layers): `npm run check` fails for an import that goes up, in a circle or sideways.
const controlPlane = "^control-plane/src";

/** What each folder or file of control-plane/src may import of its siblings, beside itself. */
const layers = {
  "main.ts": ["controller", "program", "http", "kube", "istiod", "reconcile", "core"],
  "agent.ts": ["agent", "program", "kube", "node"],
  "cli.ts": ["commands", "core"],
  controller: ["program", "http", "kube", "istiod", "preflight", "reconcile", "translate", "render", "core"],
  program: ["kube", "reconcile"],
  http: ["core"],
  kube: ["reconcile", "core", "api"],
  istiod: ["reconcile", "core"],
  preflight: ["core"],
  reconcile: ["writes", "proxies", "status", "translate", "render", "core", "api"],
  writes: ["reconcile", "proxies", "render/xds/names.ts", "core", "api"],
  proxies: ["reconcile", "writes", "render/xds/names.ts", "core"],
  status: ["reconcile", "proxies", "writes", "core", "api"],
  commands: [
    "http/status.ts",
    "program/api-connection.ts",
    "kube",
    "istiod",
    "preflight",
    "files",
    "agent",
    "node",
    "translate",
    "render",
    "core",
    "api",
  ],
  files: ["core", "api"],
  agent: ["program", "http", "kube", "node", "translate", "render", "core", "api"],
  node: ["render", "core", "api"],
  translate: ["core", "api"],
  render: ["core"],
  core: ["api"],
  api: [],
};

/** Folders that have no clock, no client and no file: data in, data out. */
const pure = ["translate", "render", "core", "api", "writes", "proxies", "status"];

/** Who may import a package of the control plane's: one place knows each. */
const packages = {
  "@kubernetes/client-node": ["kube"],
  fastify: ["http", "controller", "agent"],
  "prom-client": ["http"],
  pino: ["program", "controller", "agent"],
  listr2: ["commands"],
  commander: ["cli.ts", "commands", "program", "controller", "agent"],
  yaml: ["files", "commands"],
};

/** Suites of e2e; what two of them use is in e2e/process, e2e/measure, e2e/envoy or e2e/kubernetes. */
const suites = [
  "bench",
  "chart",
  "cluster",
  "control-plane-bench",
  "filter",
  "lab",
  "oracle",
  "queue-simulation",
  "scavenger-bench",
  "validators",
];

const isTest = "\\.test\\.ts$";

export default {
  forbidden: [
    {
      name: "no-circular",
      comment: "Two files that import each other are one concept: move what both need into a third file.",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    ...Object.entries(layers).map(([layer, below]) => ({
      name: `layer-${layer}`,
      comment: `${layer} imports only ${below.join(", ") || "packages and the filter's contract"}.`,
      severity: "error",
      from: { path: `${controlPlane}/${layer}(/|$)`, pathNot: isTest },
      to: { path: controlPlane, pathNot: [layer, ...below].map((name) => `${controlPlane}/${name}(/|$)`) },
    })),
    {
      name: "pure",
      comment: "Pure folders import nothing from Node except digests, addresses and formatting.",
      severity: "error",
      from: { path: pure.map((name) => `${controlPlane}/${name}/`), pathNot: isTest },
      to: { dependencyTypes: ["core"], pathNot: "^(node:)?(crypto|net|util)$" },
    },
    ...Object.entries(packages).map(([name, users]) => ({
      name: `package-${name}`,
      comment: `Only ${users.join(", ")} may import ${name}.`,
      severity: "error",
      from: { path: controlPlane, pathNot: [isTest, ...users.map((user) => `${controlPlane}/${user}(/|$)`)] },
      to: { path: `^node_modules/${name}/` },
    })),
    {
      name: "filter-contract",
      comment:
        "The control plane knows the filter by its contract (filter/config) and by the module that it runs (filter/host).",
      severity: "error",
      from: { path: "^(control-plane|e2e)/" },
      to: { path: "^filter/assembly/" },
    },
    {
      name: "filter-alone",
      comment: "The filter does not depend on what configures it.",
      severity: "error",
      from: { path: "^filter/" },
      to: { path: "^(control-plane|e2e|setup)/" },
    },
    {
      name: "programs-not-insides",
      comment: "Suites use the programs, not their internals; the oracle renders what it checks.",
      severity: "error",
      from: { path: "^e2e/", pathNot: "^e2e/oracle/" },
      to: { path: "^control-plane/" },
    },
    ...suites.map((suite) => ({
      name: `suite-${suite}`,
      comment: "What two suites use is in a folder of its own.",
      severity: "error",
      // The one test that needs an API server for the oracle's meshes.
      from: { path: `^e2e/${suite}/`, pathNot: "^e2e/cluster/dry-run" },
      to: { path: suites.filter((other) => other !== suite).map((other) => `^e2e/${other}/`) },
    })),
  ],
  options: {
    parser: "tsc",
    tsPreCompilationDeps: true,
    doNotFollow: { path: "node_modules" },
    exclude: { path: "(^|/)testdata/" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default"],
      extensions: [".ts", ".mjs", ".js"],
    },
  },
};
