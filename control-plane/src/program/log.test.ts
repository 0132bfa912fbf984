// Log lines are JSON with a readable level and time; secrets are removed, in errors too.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createLog } from "./log.ts";

function logged(write: (log: ReturnType<typeof createLog>) => void): Record<string, unknown>[] {
  const lines: string[] = [];
  write(createLog("info", { write: (line: string) => void lines.push(line) }));
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

test("a line has level, time, message and its fields", () => {
  const [line] = logged((log) => log.info({ kind: "Pod" }, "listed"));
  assert.deepEqual({ ...line, time: typeof line?.time }, { level: "info", time: "string", kind: "Pod", msg: "listed" });
});

test("below the level nothing is written", () => {
  assert.deepEqual(
    logged((log) => log.debug("quiet")),
    [],
  );
});

test("secrets are removed at any of three depths", () => {
  const text = JSON.stringify(
    logged((log) => {
      log.info({ token: "s3cret" });
      log.info({ headers: { authorization: "Bearer s3cret", Authorization: "Bearer s3cret" } });
      log.info({ request: { headers: { authorization: "Bearer s3cret" } } });
      log.info({ user: { "client-key-data": "s3cret", password: "s3cret" } });
    }),
  );
  assert.doesNotMatch(text, /s3cret/);
  assert.match(text, /\[secret\]/);
});

test("an error is logged with its type, message and stack, and without the request in it", () => {
  const error = Object.assign(new TypeError("refused"), { response: { request: { headers: { cookie: "s3cret" } } } });
  const lines = logged((log) => {
    log.error({ err: error }, "failed");
    log.error(error);
    log.error({ error }, "failed");
  });
  assert.doesNotMatch(JSON.stringify(lines), /s3cret/);
  assert.match(JSON.stringify(lines[0]), /"err":\{"type":"TypeError","message":"refused"/);
});
