// Describes the machine by its versions and hardware, so that figures can be compared with those of another.
import { readFileSync } from "node:fs";
import { arch, cpus, release, totalmem } from "node:os";
import { resolve } from "node:path";
import { command } from "../process/command.ts";

export interface Machine {
  readonly versions: Readonly<Record<"expedite" | "node" | "envoy" | "kernel" | "iproute2" | "nftables", string>>;
  readonly hardware: {
    readonly cpu: string;
    readonly cores: number;
    readonly memoryGiB: number;
    readonly arch: string;
  };
}

export async function describeMachine(): Promise<Machine> {
  const root = JSON.parse(readFileSync(resolve(import.meta.dirname, "../../package.json"), "utf8"));
  const version = (text: string): string => /(\d+\.)+\d+/.exec(text)?.[0] ?? text.trim();
  return {
    versions: {
      expedite: root.version,
      node: process.version.slice(1),
      envoy: process.env.EXPEDITE_ENVOY_VERSION ?? "unknown",
      kernel: release(),
      iproute2: version(await command("tc", ["-V"])),
      nftables: version(await command("nft", ["--version"])),
    },
    hardware: {
      cpu: cpus()[0]?.model.trim() ?? "unknown",
      cores: cpus().length,
      memoryGiB: Math.round(totalmem() / 2 ** 30),
      arch: arch(),
    },
  };
}
