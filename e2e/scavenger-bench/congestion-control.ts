// Loads the scavenger for the bench, under a name of its own, so that one that an agent has loaded stays.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { command } from "../process/command.ts";

const object = new URL("../../scavenger/scavenger.bpf.o", import.meta.url);
/** As long as the original, so that the object stays valid. */
const [original, name] = ["scavenger", "scavbench"];

/** Registers it in place of what an interrupted bench has left. @returns its name. @throws CommandError where the kernel refuses */
export async function loadScavenger(): Promise<string> {
  await unloadScavenger();
  const folder = mkdtempSync(join(tmpdir(), "scavenger-"));
  try {
    const copy = join(folder, "copy.o");
    writeFileSync(copy, readFileSync(object, "latin1").replaceAll(original, name), "latin1");
    await command("bpftool", ["struct_ops", "register", copy]);
    return name;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Undoes it; does nothing where it is not loaded. */
export async function unloadScavenger(): Promise<void> {
  const listed = await command("bpftool", ["struct_ops", "list"]);
  for (const [, found = ""] of listed.matchAll(new RegExp(`^\\d+: (${name}_\\w+)`, "gm")))
    await command("bpftool", ["struct_ops", "unregister", "name", found]);
}

/** @returns those that the kernel lists, without its modules that are not loaded */
export const available = (): readonly string[] =>
  readFileSync("/proc/sys/net/ipv4/tcp_available_congestion_control", "utf8").trim().split(" ");
