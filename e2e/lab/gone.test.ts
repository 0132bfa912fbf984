// However the lab ends (Ctrl-C, a crash, kill -9 of any of its parts), it leaves nothing on the machine.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { networkInterfaces, tmpdir } from "node:os";
import { test } from "node:test";
import { missingWasmRuntime } from "../envoy/wasm-runtime.ts";
import { waitUntil } from "../process/wait.ts";

const skip = missingWasmRuntime();

interface Process {
  readonly pid: number;
  readonly name: string;
}

const read = (file: string): string => {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return ""; // it ended meanwhile
  }
};

/** Every process that inherited the mark, in whichever namespace it is. */
function marked(mark: string): readonly Process[] {
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry) && read(`/proc/${entry}/environ`).includes(mark))
    .map((entry) => ({ pid: Number(entry), name: read(`/proc/${entry}/comm`).trim() }));
}

const list = (folder: string): readonly string[] => (existsSync(folder) ? readdirSync(folder).sort() : []);

/** The current state of everything that a lab could leave behind. */
const machine = (): unknown => ({
  namespaces: list("/run/netns"),
  temporary: list(tmpdir()),
  checkout: list("."),
  interfaces: Object.keys(networkInterfaces()).sort(),
  sysctls: ["tcp_reflect_tos", "tcp_congestion_control", "ip_forward"].map((name) =>
    read(`/proc/sys/net/ipv4/${name}`),
  ),
});

function startLab(mark: string): ChildProcess {
  const args = ["setup/main.mjs", "lab", "--arms", "packets", "--rps", "20", "--duration", "60", "--repeats", "1"];
  // In a process group of its own, as in a shell: Ctrl-C reaches the whole group.
  return spawn("node", args, { detached: true, stdio: "ignore", env: { ...process.env, EXPEDITE_MARK: mark } });
}

const pidOf = (processes: readonly Process[], name: string): number => {
  const found = processes.find((process) => process.name === name);
  assert.ok(found, `no ${name} among ${processes.map((process) => process.name).join(", ")}`);
  return found.pid;
};

const ends: readonly [string, (lab: ChildProcess, processes: readonly Process[]) => void][] = [
  ["Ctrl-C", (lab) => process.kill(-(lab.pid ?? 0), "SIGINT")],
  ["SIGTERM to the entry point", (lab) => lab.kill("SIGTERM")],
  ["kill -9 of the entry point", (lab) => lab.kill("SIGKILL")],
  ["kill -9 of unshare", (_lab, processes) => process.kill(pidOf(processes, "unshare"), "SIGKILL")],
];

for (const [name, end] of ends)
  test(`the lab leaves nothing after ${name}`, { timeout: 600_000, skip }, async () => {
    const mark = `mark-${randomUUID()}`;
    const before = machine();
    const lab = startLab(mark);
    const envoys = (): number => marked(mark).filter((process) => process.name === "envoy").length;
    await waitUntil({ what: "six Envoys run", seconds: 30 }, () => envoys() >= 6);
    end(lab, marked(mark));
    await waitUntil({ what: "every process of the lab is gone", seconds: 10 }, () => marked(mark).length === 0);
    assert.deepEqual(machine(), before);
  });
