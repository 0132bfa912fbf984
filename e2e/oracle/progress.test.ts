// The progress that a run shows.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Progress } from "./progress.ts";

function shown(isTTY: boolean, total: number) {
  const lines: string[] = [];
  let seconds = 0;
  const progress = new Progress({
    ...{ title: "Istio 1.31", total, now: () => seconds * 1000 },
    out: { isTTY, write: (text) => lines.push(text) },
  });
  const steps = (count: number, secondsEach: number): void => {
    for (let at = 0; at < count; at++) {
      seconds += secondsEach;
      progress.step(0);
    }
  };
  return { lines, steps, progress };
}

test("without a terminal, a line every 1,000 meshes", () => {
  const { lines, steps, progress } = shown(false, 2500);
  steps(2500, 0.01);
  progress.end();
  assert.deepEqual(lines, ["[0:10] Istio 1.31  1000/2500  0 differ\n", "[0:20] Istio 1.31  2000/2500  0 differ\n"]);
});

test("without a terminal, if meshes take long, a line every 30 seconds", () => {
  const { lines, steps } = shown(false, 100);
  steps(7, 10);
  assert.deepEqual(lines, ["[0:30] Istio 1.31  3/100  0 differ\n", "[1:00] Istio 1.31  6/100  0 differ\n"]);
});

test("on a terminal, one line that is cleared at the end", () => {
  const { lines, steps, progress } = shown(true, 2);
  steps(2, 1);
  progress.end();
  assert.equal(lines.length, 3);
  assert.ok(lines.slice(0, 2).every((line) => line.startsWith("\r") && !line.includes("\n")));
  assert.match(lines[1]!, /2\/2 {2}0:02/);
  assert.equal(lines[2], "\r\x1b[K");
});
