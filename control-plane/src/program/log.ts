// Creates a program's logger: JSON lines on standard output, with secrets removed wherever a field names one.
import { type DestinationStream, type Logger, pino } from "pino";

const secret = ["token", "authorization", "Authorization", "password", "client-key-data", "client-certificate-data"];
const anywhere = (name: string): string[] => [`["${name}"]`, `*["${name}"]`, `*.*["${name}"]`];

/** `stream`: standard output, except in tests. Errors are logged under `err`, with their stack. */
export function createLog(level: string, stream?: DestinationStream): Logger {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: secret.flatMap(anywhere), censor: "[secret]" },
    // An error of a request to the API server has that request as a field, including its headers.
    serializers: { err: plainError, error: plainError },
  };
  return stream === undefined ? pino(options) : pino(options, stream);
}

function plainError(error: unknown): unknown {
  return error instanceof Error ? { type: error.name, message: error.message, stack: error.stack } : error;
}
