// Runs one step of the setup and shows it: a ticking line on a terminal, otherwise plain lines.
import { spawn } from "node:child_process";

const live = process.stderr.isTTY === true;

/**
 * Runs `work` under the title. It may report progress, which is shown after the title.
 * A step that finds nothing to do returns false and prints no line.
 * @throws whatever `work` throws, after the line is marked as failed
 */
export async function step(title, work) {
  const started = Date.now();
  let detail = "";
  const seconds = () => `${Math.round((Date.now() - started) / 1000)} s`;
  const draw = (mark, end) =>
    process.stderr.write(`${live ? "\r\u001b[K" : ""}${mark} ${title}${detail} ${seconds()}${end}`);
  const ticking = live ? setInterval(() => draw("…", ""), 500) : undefined;
  try {
    const done = await work((text) => {
      detail = `, ${text}`;
    });
    if (done === false) live && process.stderr.write("\r\u001b[K");
    else draw("✓", "\n");
  } catch (error) {
    draw("✗", "\n");
    throw error;
  } finally {
    clearInterval(ticking);
  }
}

/** npm prints its whole help after an error; the reason comes first. */
const firstLines = (text) => text.trim().split("\n").slice(0, 20).join("\n");

/** A failure that a person can act on: printed without a stack, with what to do. */
export class SetupError extends Error {}

const waysOut = {
  ENOSPC: "The disk is full. Free some space and run the command again: it goes on from here.",
  EACCES: 'Is it another user\'s, from an earlier run as root? Give it back: sudo chown -R "$USER" .cache',
  EROFS: "Expedite keeps what it fetches in .cache, in its own folder: put the checkout where you may write.",
};

/** Prints what went wrong, with what to do if that is known, and marks this process as failed. */
export function fail(error) {
  const wayOut = waysOut[error.code];
  if (wayOut !== undefined) console.error(`${error.message}\n${wayOut}`);
  else console.error(error instanceof SetupError ? error.message : error);
  process.exitCode = 1;
}

/** @returns the error's code if a program's output says that the disk is full; fail() knows what to do then */
export const codeOf = (output) =>
  /ENOSPC|no space left on device|enough free space/i.test(output) ? { code: "ENOSPC" } : {};

/**
 * Runs a program quietly. Resolves with its standard output, and with `both` its standard error too; rejects with the beginning of its
 * output, and all of it as `output`.
 */
export function run(program, args, { both = false, ...options } = {}) {
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
        ? resolve(both ? all : out)
        : reject(
            Object.assign(new SetupError(`${program} ${args.join(" ")} ended with ${code}:\n${firstLines(all)}`), {
              ...codeOf(all),
              output: all,
            }),
          ),
    );
  });
}
