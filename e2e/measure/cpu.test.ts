// Shares of CPU time between two samples of /proc, read by the kernel's own formats.
import assert from "node:assert/strict";
import { test } from "node:test";
import { cpuBetween, parseCores, parseProcess, sampleCpu } from "./cpu.ts";

test("idle and iowait are not busy, stolen time is", () => {
  const cores = parseCores("cpu  9 9 9 9\ncpu0 10 0 20 60 10 0 0 0 5 0\ncpu1 0 0 0 50 0 0 0 50 0 0\nintr 5\n");
  assert.deepEqual(cores, [
    { busy: 30, total: 100 },
    { busy: 50, total: 100 },
  ]);
});

test("a command's name with spaces and parentheses does not shift the fields", () => {
  assert.equal(parseProcess("7 (a) b (c)) S 1 7 7 0 -1 4194560 1 0 0 0 120 34 0 0 20 0 1 0 5 1 1\n"), 154);
});

test("shares refer to the time between the samples", () => {
  const before = { cores: [{ busy: 10, total: 100 }], groups: { apps: 50 }, at: 0 };
  const after = { cores: [{ busy: 100, total: 200 }], groups: { apps: 150 }, at: 2000 };
  assert.deepEqual(cpuBetween(before, after), { busiestCore: 0.9, machine: 0.45, groups: { apps: 0.5 } });
});

test("this process's own time is found in /proc", () => {
  const used = (): number => (process.cpuUsage().user + process.cpuUsage().system) / 1e6;
  const [usedBefore, before] = [used(), sampleCpu({ self: [process.pid] })];
  while (used() < usedBefore + 0.3);
  const after = sampleCpu({ self: [process.pid] });
  const { busiestCore, groups } = cpuBetween(before, after);
  const seconds = (groups.self! * (after.at - before.at)) / 1000;
  // The kernel counts in hundredths of a second.
  assert.ok(Math.abs(seconds - (used() - usedBefore)) < 0.1, `${seconds} s of ${used() - usedBefore}`);
  assert.ok(busiestCore > 0 && busiestCore <= 1, `${busiestCore}`);
});
