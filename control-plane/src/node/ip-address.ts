// One spelling for one IP address, so that addresses of different sources compare as text.
import { isIPv6 } from "node:net";

/** The spelling of RFC 5952, in which ip and nft print addresses. */
export function canonicalAddress(address: string): string {
  return isIPv6(address) ? new URL(`http://[${address}]`).hostname.slice(1, -1) : address;
}
