// Runs `istioctl analyze` on objects in files, without a cluster.

import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { binaryOf, tools } from "../kubernetes/build/parts.ts";
import type { MeshObject } from "./mesh-files.ts";

const binary = binaryOf(tools.istioctl);

/** For node:test's `skip`. */
export const withoutIstioctl: string | false =
  !existsSync(binary) && "istioctl is not built: npm run test:cluster builds it, with Go";

export type Message = Readonly<Record<"code" | "level" | "origin" | "message", string>>;

/** @throws when it can't read a file; what it finds is no error */
export async function analyze(objects: readonly MeshObject[], ...args: readonly string[]): Promise<readonly Message[]> {
  const folder = mkdtempSync(join(tmpdir(), "analyze-"));
  try {
    const file = join(folder, "mesh.yaml");
    writeFileSync(file, objects.map((object) => JSON.stringify(object)).join("\n---\n"));
    const all = ["analyze", "--use-kube=false", "--all-namespaces", "--output=json", ...args, file];
    const text = await new Promise<string>((resolve, reject) => {
      // It ends with another code than 0 if it finds an error.
      execFile(binary, all, { env: { HOME: folder }, maxBuffer: 64 << 20 }, (error, stdout) =>
        error === null || stdout.trimStart().startsWith("[") ? resolve(stdout) : reject(error),
      );
    });
    return (JSON.parse(text.trim() || "[]") ?? []) as readonly Message[];
  } finally {
    rmSync(folder, { recursive: true });
  }
}
