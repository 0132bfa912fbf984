// Defines how the filter carries until when the caller of a request waits (docs/adr/0048-deadlines-travel-like-levels.md).
import { z } from "zod";

/**
 * Carry: calls inherit how long the caller of their cause still waits, and queues serve those first whose callers still wait.
 * Enforce: Envoy also ends such calls when that time is over. Absent: a queue knows only the timeout of the immediate caller.
 */
export const deadlines = z.enum(["Carry", "Enforce"]);

/**
 * For how many milliseconds the caller of a call's cause still waits; 0 if it no longer does. It is a list, of which the least counts: Envoy
 * appends the timeout of the route (control-plane/src/render/xds/timeout-header.ts).
 */
export const timeoutHeader = "x-expedite-timeout-ms";
