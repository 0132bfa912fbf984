// docs/reference is generated from the schemas, the table of reasons and the command's help; UPDATE_GOLDEN=1 rewrites it.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { z } from "zod";
import { exampleLadder, examples, rulesPage } from "../test/rules-page.ts";
import { priorityLadder } from "./api/priority-ladder.ts";
import { priorityNode } from "./api/priority-node.ts";
import { priorityPolicy } from "./api/priority-policy.ts";
import { reasons } from "./api/reasons.ts";
import { requestQueue } from "./api/request-queue.ts";
import { inactiveReasons } from "./core/link-state.ts";
import { scavengerReasons } from "./core/scavenger.ts";

const folder = join(import.meta.dirname, "../../docs/reference");

type Schema = {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
};

/** One row per field; nested fields are named by their path. */
function rows(schema: Schema, path: string): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    // Matchers have a page of their own.
    if (name === "match")
      return [`| \`${path}match\` | object |  | ${field.description ?? ""} Its matchers: [rules](rules.md). |`];
    const own = `${path}${name}`;
    const isRequired = schema.required?.includes(name) === true;
    const preset =
      field.default === undefined || field.default === "" || typeof field.default === "object"
        ? ""
        : `\`${field.default}\``;
    const row = `| \`${own}\` | ${typeOf(field)} | ${isRequired ? "required" : preset} | ${field.description ?? ""} |`;
    return [row, ...rows(field, `${own}.`), ...rows(field.items ?? {}, `${own}[].`)];
  });
}

function typeOf(field: Schema): string {
  if (field.enum !== undefined) return field.enum.map((value) => `\`${value}\``).join(", ");
  if (field.type === "array") return `list of ${field.items?.enum ? typeOf(field.items) : (field.items?.type ?? "")}`;
  return field.type ?? "";
}

/** The fields of its spec, or of its status if it has no spec. */
function kindPage(name: string, about: string, schema: z.ZodType): string {
  const { properties } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as Schema;
  const part = properties?.spec === undefined ? "status" : "spec";
  const table = [
    `| field of \`${part}\` | type | default | meaning |`,
    "|---|---|---|---|",
    ...rows(properties?.[part] ?? {}, ""),
  ];
  return [`# ${name}`, "", `\`expedite.dev/v1alpha1\`. ${about}`, "", ...table, ""].join("\n");
}

/** The command's output. `cwd`: usually the folder of the pages. */
function expedite(args: readonly string[], cwd = folder): string {
  const cli = join(import.meta.dirname, "cli.ts");
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...args], { cwd, encoding: "utf8" });
  assert.equal(status, 0, stderr);
  return stdout;
}

function reasonsPage(): string {
  const entries = Object.entries(reasons).map(
    ([name, { condition, refused, meaning }]) =>
      `| \`${name}\` | ${condition} | ${refused ? "error: nothing is written" : "warning"} | ${meaning} |`,
  );
  const head = ["| reason | condition | for the command | meaning |", "|---|---|---|---|"];
  const ofNodes = [
    "## Links and pods of a node",
    "",
    "Why a link or a pod is inactive in the status of its [PriorityNode](priority-node.md), worst first.",
    "",
    ...["| reason | meaning |", "|---|---|"],
    ...Object.entries(inactiveReasons).map(([name, meaning]) => `| \`${name}\` | ${meaning} |`),
    "",
    "## The scavenger of a node",
    "",
    "Why a node does not have it, in `status.congestionControl` of its [PriorityNode](priority-node.md).",
    "",
    ...["| reason | meaning |", "|---|---|"],
    ...Object.entries(scavengerReasons).map(([name, meaning]) => `| \`${name}\` | ${meaning} |`),
  ];
  const intro = ["# Reasons", "", "Why something does not work as written.", ""];
  return [...intro, ...head, ...entries, "", ...ofNodes, ""].join("\n");
}

function commandPage(): string {
  const commands = [
    [],
    ["render"],
    ["explain"],
    ["status"],
    ["diff"],
    ["uninstall"],
    ["node"],
    ["node", "apply"],
    ["node", "observe"],
    ["node", "remove"],
  ];
  const sections = commands.map(
    (args) => `## ${["expedite", ...args].join(" ")}\n\n\`\`\`\n${expedite([...args, "--help"])}\`\`\`\n`,
  );
  const codes =
    "Exit codes, unless a command names others: 0 done, 1 bad input or a failure, 2 wrong usage. Data on stdout, warnings and errors on stderr.";
  return ["# expedite", "", codes, "", ...sections].join("\n");
}

test("the kinds have no unions, because their schemas become CRDs' structural schemas, which allow none", () => {
  for (const schema of [priorityLadder, priorityPolicy, priorityNode, requestQueue])
    assert.doesNotMatch(
      JSON.stringify(z.toJSONSchema(schema, { io: "input", unrepresentable: "any" })),
      /"(anyOf|oneOf)"/,
    );
});

const pages: Readonly<Record<string, () => string>> = {
  "priority-ladder.md": () =>
    kindPage(
      "PriorityLadder",
      "Cluster-scoped, one, named `default`: the mesh's levels and the links ordered by them.",
      priorityLadder,
    ),
  "priority-policy.md": () =>
    kindPage(
      "PriorityPolicy",
      "Namespaced: which request gets which level, and whose level header is trusted.",
      priorityPolicy,
    ),
  "request-queue.md": () =>
    kindPage(
      "RequestQueue",
      "Namespaced: how many requests the pods of a Service or workload work on at once. Others wait in the sidecar, the highest level first. It works where the ladder's mode is Enforce; a namespace with a queue is enrolled.",
      requestQueue,
    ),
  ...Object.fromEntries(examples().map(({ file, policy }) => [file, () => policy])),
  "priority-node.md": () =>
    kindPage(
      "PriorityNode",
      "Cluster-scoped, one for each node with an agent and named like it: what the agent reports of the node's links and pods.",
      priorityNode,
    ),
  "rules/ladder.yaml": () => exampleLadder,
  "rules.md": () => rulesPage(expedite),
  "reasons.md": reasonsPage,
  "expedite.md": commandPage,
};

for (const [file, page] of Object.entries(pages))
  test(`docs/reference/${file} matches the code`, () => {
    const text = page();
    if (process.env.UPDATE_GOLDEN === "1") {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), text);
    }
    assert.equal(text, readFileSync(join(folder, file), "utf8"));
  });

test("README.md shows what explain prints", () => {
  const root = join(folder, "../..");
  const example = /(?<=\n\$ expedite (explain .*)\n)[^`]*(?=```)/;
  const text = readFileSync(join(root, "README.md"), "utf8");
  const printed = expedite(example.exec(text)?.[1]?.split(" ") ?? [], root);
  if (process.env.UPDATE_GOLDEN === "1") writeFileSync(join(root, "README.md"), text.replace(example, printed));
  assert.equal(example.exec(readFileSync(join(root, "README.md"), "utf8"))?.[0], printed);
});
