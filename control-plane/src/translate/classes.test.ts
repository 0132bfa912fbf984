// The table of the classes is what docs/operations/fabric.md shows, and its examples for networks agree with it.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parse as parseYaml } from "yaml";
import { type PriorityLadder, priorityLadder } from "../api/priority-ladder.ts";
import { classTable } from "./classes.ts";

const page = readFileSync(join(import.meta.dirname, "../../../docs/operations/fabric.md"), "utf8");
const blocks = (language: string): readonly string[] =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\``, "gm"))].map(([, text]) => text!);
const ladders = blocks("yaml").map((text) => priorityLadder.parse(parseYaml(text)));
const [answer, switchConfig] = blocks("json").map((text) => JSON.parse(text));
const [example, forGoogle] = ladders as [PriorityLadder, PriorityLadder];

test("the page's answer is that of its ladder", () => {
  assert.deepEqual(classTable(example), answer);
});

test("the page's switch gives each class its share", () => {
  const { DSCP_TO_TC_MAP, TC_TO_QUEUE_MAP, QUEUE, SCHEDULER } = switchConfig;
  assert.deepEqual(
    classTable(example).classes.map(({ codePoint }) => {
      const queue = TC_TO_QUEUE_MAP.EXPEDITE[DSCP_TO_TC_MAP.EXPEDITE[codePoint]];
      return Number(SCHEDULER[QUEUE[`Ethernet0|${queue}`].scheduler].weight);
    }),
    classTable(example).classes.map(({ share }) => share),
  );
});

test("the page's ladder for Google has its classes in Google's order", () => {
  const googleClass = (codePoint: number): number => {
    const [upper, precedence] = [codePoint >> 4, codePoint >> 3];
    return upper === 3 ? 6 : upper === 2 ? 5 : precedence + 1;
  };
  const order = (ladder: PriorityLadder) => classTable(ladder).classes.map(({ codePoint }) => googleClass(codePoint));
  assert.deepEqual(order(forGoogle), [5, 1]);
  assert.deepEqual(order(example), [1, 2]);
});

test("a link says what the ladder says of it, and has no rate where a pod's annotation decides", () => {
  const link = { name: "web", scope: "Pod", selector: { app: "web" }, device: "eth1" };
  const spec = { ...example.spec, mode: "Off", links: [link] };
  const { mode, links } = classTable(priorityLadder.parse({ ...example, spec }));
  assert.equal(mode, "Disabled");
  assert.deepEqual(links, [{ ...link, markTunnels: false }]);
});
