// The reflector against a real HTTP server that speaks the watch protocol and misbehaves.
import assert from "node:assert/strict";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { apiServer } from "./api-server.ts";
import { type ApiObject, type ReflectorOptions, startReflector } from "./reflector.ts";

const pod = (name: string, version: number): ApiObject => ({
  metadata: { name, namespace: "web", resourceVersion: String(version) },
});
const event = (type: string, object: unknown): string => `${JSON.stringify({ type, object })}\n`;
const listOf = (items: readonly ApiObject[], version: number, next?: string): string =>
  JSON.stringify({
    items,
    metadata: { resourceVersion: String(version), ...(next === undefined ? {} : { continue: next }) },
  });

type Answer = (response: ServerResponse, query: URLSearchParams) => void;
const times = { watch: 1000, late: 500, page: 2000, firstDelay: 20, longestDelay: 100, absent: 50 };

/** Each list and each watch gets its next answer; the last one repeats. */
async function reflect(
  context: TestContext,
  lists: readonly Answer[],
  watches: readonly Answer[],
  reader: Pick<ReflectorOptions<string>, "changed" | "isSame"> = { changed: () => {} },
) {
  const queries: URLSearchParams[] = [];
  let listed = 0;
  let watched = 0;
  const server = createServer((request, response) => {
    const query = new URL(request.url!, "http://server").searchParams;
    queries.push(query);
    const answers = query.has("watch") ? watches : lists;
    const index = query.has("watch") ? watched++ : listed++;
    answers[Math.min(index, answers.length - 1)]!(response, query);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const transform = ({ metadata }: ApiObject): string => metadata.resourceVersion;
  const path = "/api/v1/pods";
  const client = apiServer({ server: url, options: async () => ({}) });
  const reflector = startReflector({ server: client, path, transform, times, ...reader });
  context.after(async () => {
    await reflector.stop();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const until = async (question: () => boolean): Promise<void> => {
    for (const end = Date.now() + 30_000; !question(); await sleep(5)) assert.ok(Date.now() < end, String(question));
  };
  return { reflector, queries, until, watches: () => queries.filter((query) => query.has("watch")) };
}

const ends =
  (body: string, status = 200): Answer =>
  (response) => {
    response.statusCode = status;
    response.end(body);
  };
const stays =
  (body: string): Answer =>
  (response) => {
    response.write(body);
  };
const silent: Answer = (response) => response.flushHeaders();
const one = ends(listOf([pod("a", 1)], 5));

test("pages of a list are joined, and events change the stored objects", async (context) => {
  const lists = [ends(listOf([pod("a", 1)], 5, "more")), ends(listOf([pod("b", 2)], 5))];
  const watches = [stays(event("ADDED", pod("c", 6)) + event("MODIFIED", pod("a", 7)) + event("DELETED", pod("b", 8)))];
  const { reflector, queries, until } = await reflect(context, lists, watches);
  await until(() => reflector.objects.get("web/c") === "6" && !reflector.objects.has("web/b"));
  assert.deepEqual(
    [...reflector.objects],
    [
      ["web/a", "7"],
      ["web/c", "6"],
    ],
  );
  assert.equal(queries[1]!.get("continue"), "more");
  assert.equal(queries[2]!.get("resourceVersion"), "5");
});

test("an interrupted watch continues from the last bookmark", async (context) => {
  const cut: Answer = (response) => {
    response.write(event("BOOKMARK", { metadata: { resourceVersion: "90" } }), () => response.destroy());
  };
  const { reflector, watches, until } = await reflect(context, [one], [cut, silent]);
  await until(() => watches().length === 2);
  assert.equal(watches()[1]!.get("resourceVersion"), "90");
  assert.deepEqual(reflector.counts(), { relists: 1, restarts: 1, missed: 0 });
});

for (const [name, expired] of [
  ["status", ends(JSON.stringify({ message: "too old" }), 410)],
  ["event", stays(event("ERROR", { code: 410, message: "too old" }))],
] as const)
  test(`410 as ${name}: lists again and counts what was missed`, async (context) => {
    const lists = [one, ends(listOf([pod("b", 9)], 10))];
    const { reflector, until } = await reflect(context, lists, [expired, silent]);
    await until(() => reflector.counts().relists === 2);
    assert.deepEqual([...reflector.objects], [["web/b", "9"]]);
    assert.equal(reflector.counts().missed, 2);
  });

test("a silent watch is aborted and opened again", async (context) => {
  const { reflector, watches, until } = await reflect(context, [one], [silent]);
  await until(() => watches().length === 2);
  assert.equal(reflector.counts().relists, 1);
});

test("a half-open connection is noticed, before an answer and after it; until then staleness grows", async (context) => {
  const neverAnswers: Answer = () => {};
  const { reflector, watches, until } = await reflect(
    context,
    [one],
    [neverAnswers, silent, stays(event("ADDED", pod("c", 6)))],
  );
  let staleness = 0;
  await until(() => {
    staleness = Math.max(staleness, Date.now() - reflector.lastHeard());
    return watches().length === 2;
  });
  assert.ok(staleness >= times.late - 50, `${staleness} ms`);
  await until(() => reflector.objects.has("web/c"));
  assert.equal(reflector.counts().relists, 1);
});

test("a change that makes no difference to the reader is reported as such", async (context) => {
  const events = event("MODIFIED", pod("a", 6)) + event("MODIFIED", pod("a", 7));
  const told: boolean[] = [];
  const isSame = (before?: string, after?: string): boolean => before === "6" && after === "7";
  const { until } = await reflect(context, [one], [stays(events)], { changed: (same) => told.push(same), isSame });
  await until(() => told.length === 3);
  assert.deepEqual(told, [false, false, true]);
});

test("it survives failures of every kind", async (context) => {
  const hangUp: Answer = (response) => void response.destroy();
  const lists = [ends("{}", 500), ends("<html>"), hangUp, one];
  const watches = [ends("garbage\n"), ends("", 500), stays(event("ADDED", pod("c", 6)))];
  const { reflector, until } = await reflect(context, lists, watches);
  await until(() => reflector.objects.has("web/c"));
  assert.equal(reflector.counts().restarts, 5);
});

test("a missing kind is empty, and found once it exists", async (context) => {
  const { reflector, until } = await reflect(context, [ends("", 404), one], [silent]);
  await until(() => reflector.synced());
  assert.equal(reflector.objects.size, 0);
  await until(() => reflector.objects.has("web/a"));
});
