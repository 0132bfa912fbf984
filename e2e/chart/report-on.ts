// Runs a program that reads objects from its input and writes a report on them in JSON, as validators of manifests do.
import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";

export async function reportOn<Report>(yaml: string, program: string, args: readonly string[]): Promise<Report> {
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] });
  child.stdin.end(yaml);
  return JSON.parse(await text(child.stdout)) as Report;
}
