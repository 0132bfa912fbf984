// Shows a bench's progress: a line for each step, with the time since the start.
import { clock } from "./progress-bar.ts";

export type Watcher = (step: string) => void;

export function startProgress(out: NodeJS.WriteStream): Watcher {
  const began = performance.now();
  return (step) => void out.write(`[${clock((performance.now() - began) / 1000)}] ${step}\n`);
}
