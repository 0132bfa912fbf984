// Argo CD's script and Flux's expressions, run by a Lua and a CEL interpreter: each status of a policy has the health that it should.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { evaluate } from "@marcbachmann/cel-js";
import fengari from "fengari";
import { parse } from "yaml";
import { argoText, gitopsFolder } from "./argocd.ts";

type Condition = Readonly<Record<"type" | "status" | "reason" | "message", string>> & {
  readonly observedGeneration: number;
};
type Health = Readonly<Record<"status" | "message", string>>;

const script = readFileSync(join(gitopsFolder, "health.lua"), "utf8");
const flux = parse(readFileSync(join(gitopsFolder, "flux.yaml"), "utf8")) as {
  readonly healthCheckExprs: readonly Readonly<Record<string, string>>[];
};

/** As a table of Lua, written as its source. */
function lua(value: unknown): string {
  if (Array.isArray(value)) return `{${value.map(lua).join()}}`;
  if (typeof value === "object" && value !== null)
    return `{${Object.entries(value)
      .map(([name, field]) => `[${JSON.stringify(name)}]=${lua(field)}`)
      .join()}}`;
  return JSON.stringify(value);
}

function argo(object: object): Health {
  const { lauxlib, lualib, lua: api, to_jsstring, to_luastring } = fengari;
  const state = lauxlib.luaL_newstate();
  lualib.luaL_openlibs(state);
  const program = `local obj = ${lua(object)}\nlocal function health()\n${script}\nend\nlocal h = health()\nreturn h.status .. "|" .. h.message`;
  const failed = lauxlib.luaL_dostring(state, to_luastring(program));
  const answer = to_jsstring(api.lua_tostring(state, -1));
  assert.ok(!failed, answer);
  const [status = "", message = ""] = answer.split("|");
  return { status, message };
}

/** In the order in which Flux evaluates them. */
function fluxStatus(kind: string, object: Readonly<Record<string, unknown>>): string {
  const { inProgress, failed, current } = flux.healthCheckExprs.find((one) => one.kind === kind)!;
  const holds = (expression: string | undefined): boolean => evaluate(expression!, object) === true;
  if (holds(inProgress)) return "InProgress";
  if (holds(failed)) return "Failed";
  return holds(current) ? "Current" : "Unknown";
}

const condition = (type: string, status: string, reason: string, observedGeneration = 2): Condition => ({
  ...{ type, status, reason, message: `why ${reason}`, observedGeneration },
});
const accepted = condition("Accepted", "True", "Accepted");

const cases: readonly (readonly [string, readonly Condition[] | undefined, string, string])[] = [
  ["nothing is reported", undefined, "Progressing", "InProgress"],
  ["only an older generation is reported", [condition("Accepted", "True", "Accepted", 1)], "Progressing", "InProgress"],
  ["it is accepted", [accepted], "Progressing", "InProgress"],
  ["it is refused", [condition("Accepted", "False", "Invalid")], "Degraded", "Failed"],
  ["it is on its way", [accepted, condition("Programmed", "False", "Pending")], "Progressing", "InProgress"],
  [
    "istiod is not known",
    [accepted, condition("Programmed", "Unknown", "ProxiesUnknown")],
    "Progressing",
    "InProgress",
  ],
  ["a proxy refuses it", [accepted, condition("Programmed", "False", "Refused")], "Degraded", "Failed"],
  ["it is held back", [accepted, condition("Programmed", "False", "Withheld")], "Degraded", "Failed"],
  ["it has no proxy yet", [accepted, condition("Programmed", "False", "NoProxies")], "Healthy", "Current"],
  ["the ladder is switched off", [accepted, condition("Programmed", "False", "Disabled")], "Suspended", "Current"],
  ["it is in force", [accepted, condition("Programmed", "True", "Programmed")], "Healthy", "Current"],
  [
    "no queue is ordered",
    [accepted, condition("Programmed", "True", "Programmed"), condition("Enforced", "False", "NoAgent")],
    "Healthy",
    "Current",
  ],
];
for (const [what, conditions, health, status] of cases)
  test(`${what}: ${health} in Argo CD, ${status} in Flux`, () => {
    const object = { metadata: { name: "a", generation: 2 }, status: conditions === undefined ? {} : { conditions } };
    assert.equal(argo(object).status, health);
    for (const kind of ["PriorityPolicy", "RequestQueue", "PriorityLadder"])
      assert.equal(fluxStatus(kind, object), status);
  });

test("Argo CD shows the reason and the message", () => {
  const conditions = [condition("Accepted", "False", "Conflicted")];
  assert.equal(argo({ metadata: { generation: 2 }, status: { conditions } }).message, "Conflicted: why Conflicted");
});

test("Argo CD's ConfigMap contains the script for each kind; UPDATE_GOLDEN=1 writes it", () => {
  const file = join(gitopsFolder, "argocd-cm.yaml");
  if (process.env.UPDATE_GOLDEN === "1") writeFileSync(file, argoText());
  assert.equal(readFileSync(file, "utf8"), argoText());
});
