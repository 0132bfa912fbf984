// Runs one step of the set-up and shows it: a ticking line on a terminal, plain lines elsewhere.
import { spawn } from "node:child_process";

const live = process.stderr.isTTY === true;

/**
 * Runs `work` under the title. A step that finds nothing to do returns false and leaves no line.
 * @throws what `work` throws, after the line is marked as failed
 */
export async function step(title, work) {
  const started = Date.now();
  const seconds = () => `${Math.round((Date.now() - started) / 1000)} s`;
  const draw = (mark, end) => process.stderr.write(`${live ? "\r\u001b[K" : ""}${mark} ${title} ${seconds()}${end}`);
  const ticking = live ? setInterval(() => draw("…", ""), 500) : undefined;
  try {
    const done = await work();
    if (done === false) live && process.stderr.write("\r\u001b[K");
    else draw("✓", "\n");
  } catch (error) {
    draw("✗", "\n");
    throw error;
  } finally {
    clearInterval(ticking);
  }
}

/** npm prints its whole help after an error; the reason stands at the head. */
const firstLines = (text) => text.trim().split("\n").slice(0, 20).join("\n");

/** A failure that a person can act on: printed without a stack, with the way out. */
export class SetupError extends Error {}

/** Runs a program quietly. Rejects with its output when it fails; resolves with its standard output. */
export function run(program, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], ...options });
    let out = "";
    let all = "";
    child.stdout.on("data", (chunk) => {
      out += chunk;
      all += chunk;
    });
    child.stderr.on("data", (chunk) => {
      all += chunk;
    });
    child.on("error", reject);
    child.on("close", (code) =>
      code === 0
        ? resolve(out)
        : reject(new SetupError(`${program} ${args.join(" ")} ended with ${code}:\n${firstLines(all)}`)),
    );
  });
}
