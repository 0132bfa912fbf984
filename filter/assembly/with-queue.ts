// The exports of the module that has the request queue: one entry into the VM more for each request, when its stream ends.
import { emptyArena } from "./abi/arena";
import { leave } from "./core/queue/queue";

export * from "./index";

/** A stream has ended, in whichever way. */
export function proxy_on_log(context: u32): void {
  emptyArena();
  leave(context);
}
