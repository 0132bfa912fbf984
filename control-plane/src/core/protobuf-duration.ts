// Writes a duration in the JSON form of a protobuf Duration.
import { milliseconds } from "../api/duration.ts";

/** Seconds: "0s", "1.5s". Undefined if the value is not a duration in Go's form. */
export function protobufDuration(value: unknown): string | undefined {
  const millis = milliseconds(value);
  return millis === undefined ? undefined : `${millis / 1000}s`;
}
