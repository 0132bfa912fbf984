// Shows on a terminal what a verb does while it takes long, and nothing if the output is not a terminal.

export type Progress = { readonly say: (what: string) => void; readonly end: () => void };

const frames = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const frameMillis = 100;

export function progressOn(stream: NodeJS.WriteStream): Progress {
  if (!stream.isTTY) return { say: () => {}, end: () => {} };
  let what = "";
  let frame = 0;
  const clear = (): void => {
    stream.cursorTo(0);
    stream.clearLine(1);
  };
  const timer = setInterval(() => {
    if (what === "") return;
    clear();
    stream.write(`${frames[frame++ % frames.length]} ${what}`.slice(0, stream.columns - 1));
  }, frameMillis);
  return {
    say: (now) => {
      what = now;
    },
    end: () => {
      clearInterval(timer);
      clear();
    },
  };
}
