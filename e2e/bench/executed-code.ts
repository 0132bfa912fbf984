// Counts what one call executes of a WebAssembly module. V8's debugger stops before each instruction, so the numbers are those of the module
// and of the call alone: the same on every machine, and each time.
import { Session } from "node:inspector";

export interface ExecutedCode {
  /** Instructions, each time that they are executed. */
  readonly instructions: number;
  /** Pieces of 64 bytes of the module, as long as a line of a processor's cache, that contain at least one of them. */
  readonly lines: number;
}

/** A power of two: 64 bytes. */
const lineBits = 6;

/** No file but this one: what the host does meanwhile is passed over. */
const skipped = ["^(?!wasm:)(?!.*/executed-code\\.ts$)"];

/** @throws when the call executes nothing of a module */
export function executedCode(call: () => void): ExecutedCode {
  const session = new Session();
  session.connect();
  const modules = new Set<string>();
  const lines = new Set<number>();
  let instructions = 0;
  session.on("Debugger.scriptParsed", ({ params: { scriptId, url } }) => {
    if (url.startsWith("wasm://")) modules.add(scriptId);
  });
  // In the thread that it stops, which goes on as soon as this returns.
  session.on("Debugger.paused", ({ params: { callFrames } }) => {
    const [top] = callFrames;
    const isInModule = top !== undefined && modules.has(top.location.scriptId);
    if (isInModule) {
      instructions++;
      // A module is one line to the debugger, and its bytes are the columns.
      lines.add((top.location.columnNumber ?? 0) >> lineBits);
    }
    const isBefore = instructions === 0 && top?.functionName === "enter" && top.returnValue === undefined;
    if (isInModule || isBefore) session.post("Debugger.stepInto");
  });
  session.post("Debugger.enable");
  session.post("Debugger.setBlackboxPatterns", { patterns: skipped });
  try {
    enter(call);
  } finally {
    session.disconnect();
  }
  if (instructions === 0) throw new Error("the call executed no WebAssembly");
  return { instructions, lines: lines.size };
}

/** The debugger stops at the statement, and steps from there into the call and out of it again. */
function enter(call: () => void): void {
  // biome-ignore lint/suspicious/noDebugger: it is what the debugger stops at.
  debugger;
  call();
}
