// Normalises IP addresses, so that addresses from different sources can be compared as text.
import { isIPv6 } from "node:net";

/** The spelling of RFC 5952, in which ip and nft print addresses. */
export function canonicalAddress(address: string): string {
  return isIPv6(address) ? new URL(`http://[${address}]`).hostname.slice(1, -1) : address;
}
