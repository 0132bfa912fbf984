// Reads and writes the store that all workers and listeners of one proxy share within a vm_id. No ABI that Envoy implements can delete a
// key, so use a fixed set of keys (docs/adr/0005).
import { proxy_get_shared_data, proxy_set_shared_data } from "./env";
import { resultAddress, resultSizeAddress } from "./result";

/**
 * A compare-and-swap number that no value in the store has in practice: with it, a write creates a missing key and leaves an existing one
 * alone (Envoy compares only if the key exists; its numbers count up from 1).
 */
export const onlyIfMissing: u32 = 0xffffffff;

const cas: usize = memory.data(4, 4);

/** @returns a WasmResult; if Ok, the result is a copy of the value, and sharedDataCas() its number */
export function getSharedData(key: usize, keySize: usize): i32 {
  return proxy_get_shared_data(key, keySize, resultAddress(), resultSizeAddress(), cas);
}

export function sharedDataCas(): u32 {
  return load<u32>(cas);
}

/** @returns a WasmResult, CasMismatch if another worker has written the key since */
export function setSharedData(key: usize, keySize: usize, value: usize, valueSize: usize, expected: u32): i32 {
  return proxy_set_shared_data(key, keySize, value, valueSize, expected);
}
