// Makes docs/reference/rules.md from the schema of a match and its examples, and the files of its examples with each command's output.
import type { Match } from "@expedite/filter/config/match.ts";
import { match } from "@expedite/filter/config/match.ts";
import { matcherExamples } from "@expedite/filter/config/matcher-examples.ts";
import { Document } from "yaml";
import { z } from "zod";
import { commandOf, describeRequest } from "./example-request.ts";

/** The example shown for each matcher, by the matcher's name in the table. */
const shown: Readonly<Record<string, string>> = {
  method: "method",
  host: "host-suffix",
  path: "path-glob",
  "headers[]": "header-contains",
  "query[]": "query",
  "grpc.service": "grpc-service-prefix",
  "grpc.method": "grpc-method",
  "source.principal": "principal",
  "source.namespace": "namespace",
  "jwt[]": "claim",
  percentage: "percentage-all",
};

type Schema = {
  readonly description?: string;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
};
type Matcher = { readonly name: string; readonly schema: Schema; readonly about: string };

/** Fields with operators are matchers; fields without are groups of matchers. */
function matchersOf(schema: Schema, path = "", about = ""): Matcher[] {
  return Object.entries(schema.properties ?? {}).flatMap(([field, value]): Matcher[] => {
    const name = `${path}${field}${value.items === undefined ? "" : "[]"}`;
    const inner = value.items ?? value;
    const description = [inner.description, about].filter((part) => part !== undefined && part !== "").join(" ");
    if (inner.properties?.not !== undefined) return [{ name, schema: inner, about: description }];
    return matchersOf(inner, `${name}.`, description);
  });
}

function operatorsOf({ properties = {}, required = [] }: Schema): [string, Schema][] {
  return Object.entries(properties).filter(([name]) => !required.includes(name) && name !== "any" && name !== "not");
}

export const exampleLadder = `apiVersion: expedite.dev/v1alpha1
kind: PriorityLadder
metadata: { name: default }
spec:
  levels: [{ name: interactive }, { name: batch, dscp: CS1 }]
  defaultLevel: interactive
`;

function policy(name: string, rule: Match): string {
  return `apiVersion: expedite.dev/v1alpha1
kind: PriorityPolicy
metadata: { name: ${name}, namespace: shop }
spec:
  rules:
    - name: ${name}
      match: ${flow(rule)}
      level: batch
`;
}

function flow(value: unknown): string {
  const document = new Document(value);
  (document.contents as { flow?: boolean }).flow = true;
  return document.toString({ lineWidth: 0 }).trim().replaceAll("[ ", "[").replaceAll(" ]", "]");
}

const schema = z.toJSONSchema(match, { io: "input", unrepresentable: "any" }) as Schema;
const matchers = matchersOf(schema);

export type Example = {
  readonly matcher: string;
  readonly file: string;
  readonly policy: string;
  readonly args: string[];
};

/** For each matcher of the schema: a policy, and the arguments of `expedite explain`, run in docs/reference. */
export function examples(): Example[] {
  return matchers.map(({ name }) => {
    const example = matcherExamples.find((entry) => entry.name === shown[name]);
    const request = example?.holds[0];
    if (example === undefined || request === undefined) throw new Error(`matcher ${name} has no example to show`);
    const file = `rules/${example.name}.yaml`;
    const args = ["explain", "-f", "rules/ladder.yaml", "-f", file, ...commandOf(request)];
    return { matcher: name, file, policy: policy(example.name, example.match), args };
  });
}

/** `run` returns the command's output. */
export function rulesPage(run: (args: readonly string[]) => string): string {
  const operators = new Map(matchers.flatMap((entry) => operatorsOf(entry.schema)));
  return [
    "# Rules",
    "",
    "What a rule of a [PriorityPolicy](priority-policy.md) can ask of a request: its `match`. All matchers of a rule must hold; the first",
    "rule that matches gives the level. `expedite explain` says for any request which rule that is, and why the others are not.",
    "",
    "| matcher | also has | operators | compared with |",
    "|---|---|---|---|",
    ...matchers.map(({ name, schema: of, about }) => {
      const also = (of.required ?? []).filter((field) => field !== "value");
      return `| \`${name}\` | ${also.map((field) => `\`${field}\`: ${of.properties?.[field]?.description ?? ""}`).join(" ")} | ${name === "percentage" ? codes(["value"]) : codes(operatorsOf(of).map(([key]) => key))} | ${about} |`;
    }),
    "",
    "A matcher has exactly one operator, or `any`: a list of up to 16 of them, of which one has to hold. `not: true` inverts the matcher.",
    "What is absent has no value: only `present: false` and inverted matchers hold. What is present but cannot be read (over 64 KiB",
    "for one request; a claim that is null) matches `present: true`; with any other matcher the rule does not match, inverted or not.",
    "",
    "| operator | holds for |",
    "|---|---|",
    ...[...operators].map(([name, { description = "" }]) => `| \`${name}\` | ${description} |`),
    "",
    "## One example of each",
    "",
    "Run them in `docs/reference`; the [ladder](rules/ladder.yaml) has the levels `interactive`, the default, and `batch`.",
    ...examples().flatMap((example) => [
      ...["", `### ${example.matcher}`, "", "```yaml", example.policy.trimEnd(), "```", "", "```console"],
      ...[`$ expedite ${example.args.map(quoted).join(" ")}`, run(example.args).trimEnd(), "```"],
    ]),
    "",
    "## All operators",
    "",
    "The tests send all of these requests and more, to the filter alone and to Envoy.",
    "",
    "| match | holds for | fails for |",
    "|---|---|---|",
    ...matcherExamples.map(
      ({ match: of, holds, fails }) =>
        `| ${code(flow(of))} | ${holds.slice(0, 1).map(describeRequest).map(code).join("")} | ${fails.slice(0, 1).map(describeRequest).map(code).join("")} |`,
    ),
    "",
  ].join("\n");
}

function codes(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(" ");
}

function code(text: string): string {
  return `\`${text.replaceAll("|", "\\|")}\``;
}

/** Quotes an argument for a POSIX shell. */
function quoted(argument: string): string {
  return /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", "'\\''")}'`;
}
