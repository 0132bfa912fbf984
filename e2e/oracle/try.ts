import { Generator } from "./generator.ts";
import { judge } from "./judge.ts";
import { meshOf } from "./mesh/files.ts";

const g = new Generator("1.31");
for (const f of process.argv.slice(2)) {
  const r = await judge(g, "1.31", meshOf(f)).catch((e) => e);
  console.log(f, r instanceof Error ? r.message.slice(0, 400) : JSON.stringify(r).slice(0, 600));
}
await g.end();
