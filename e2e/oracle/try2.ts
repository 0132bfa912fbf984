import { meshOf } from "./mesh/files.ts";
import { oursFor } from "./ours.ts";

const o = oursFor(meshOf(process.argv[2]!));
console.log(JSON.stringify(o.destinationRules, null, 1), o.verdicts);
