// Normalises IP addresses, so that addresses from different sources can be compared as text, or as bits.
import { isIPv6 } from "node:net";

/** The spelling of RFC 5952, in which ip and nft print addresses. */
export function canonicalAddress(address: string): string {
  return isIPv6(address) ? new URL(`http://[${address}]`).hostname.slice(1, -1) : address;
}

/** The 32 or 128 bits of a valid address. */
export function addressBits(address: string): bigint {
  if (!isIPv6(address)) return joinBits(address.split(".").map(BigInt), 8n);
  const [head = "", tail] = canonicalAddress(address).split("::");
  const groups = (text: string | undefined): bigint[] =>
    (text ?? "").split(":").flatMap((group) => (group === "" ? [] : [BigInt(`0x${group}`)]));
  const [before, after] = [groups(head), groups(tail)];
  const zeros = new Array<bigint>(8 - before.length - after.length).fill(0n);
  return joinBits([...before, ...zeros, ...after], 16n);
}

function joinBits(parts: readonly bigint[], width: bigint): bigint {
  return parts.reduce((bits, part) => (bits << width) | part, 0n);
}
