// Continues or answers requests that were paused, also from a callback of another stream or of a root context. The host does either after
// the callback has returned, so nothing calls into the VM meanwhile (Envoy, Context::continueStream: addAfterVmCallAction).
import { Constant } from "./ascii";
import { proxy_continue_stream, proxy_send_local_response, proxy_set_effective_context } from "./env";
import { WasmResult } from "./wasm-result";

/** FilterHeadersStatus. */
export const continueStream: u32 = 0;
export const pauseStream: u32 = 1;

/** WasmStreamType::Request. */
const request: i32 = 0;
/** The host derives the status of gRPC from that of HTTP. */
const noGrpcStatus: i32 = -1;

/** Later host calls of this callback are for that stream, too. False if the host does not know it. */
export function useContext(context: u32): bool {
  return proxy_set_effective_context(context) == WasmResult.Ok;
}

/** Lets the paused request of a stream continue. */
export function continueRequest(context: u32): void {
  if (useContext(context)) proxy_continue_stream(request);
}

/**
 * Answers the request of the current context.
 * @param headers serialised as a list: count u32 | count × (name size u32, value size u32) | count × (name, 0, value, 0)
 */
export function answer(status: u32, details: Constant, headers: usize, headersSize: usize): void {
  proxy_send_local_response(status, details.at, details.size, 0, 0, headers, headersSize, noGrpcStatus);
}
