// Results are cached for seconds, for one token and path each; the API server is not asked about every guess.
import assert from "node:assert/strict";
import { test } from "node:test";
import { remembered, TooManyQuestions } from "./authorization.ts";

test("a result is cached for ten seconds, and only for its own token and path", async () => {
  let now = 0;
  const asked: string[] = [];
  const authorize = remembered(
    async (token, path) => {
      asked.push(`${token} ${path}`);
      return token === "a";
    },
    () => now,
  );
  assert.equal(await authorize("a", "/x"), true);
  now = 9_999;
  assert.equal(await authorize("a", "/x"), true);
  assert.equal(await authorize("b", "/x"), false);
  assert.equal(await authorize("a", "/y"), true);
  assert.deepEqual(asked, ["a /x", "b /x", "a /y"]);
  now = 10_000;
  await authorize("a", "/x");
  assert.equal(asked.length, 4);
});

test("a failure is not cached", async () => {
  let fails = true;
  const authorize = remembered(async () => {
    if (fails) throw new Error("away");
    return true;
  });
  await assert.rejects(authorize("a", "/x"), /away/);
  fails = false;
  assert.equal(await authorize("a", "/x"), true);
});

test("at most four requests at once; a cached result needs none", async () => {
  const open: ((allowed: boolean) => void)[] = [];
  const authorize = remembered((token) =>
    token === "known" ? Promise.resolve(true) : new Promise((answer) => open.push(answer)),
  );
  await authorize("known", "/x");
  const waiting = ["a", "b", "c", "d"].map((token) => authorize(token, "/x"));
  await assert.rejects(authorize("e", "/x"), TooManyQuestions);
  assert.equal(await authorize("known", "/x"), true);
  for (const answer of open) answer(false);
  assert.deepEqual(await Promise.all(waiting), [false, false, false, false]);
});

test("a hundred results are kept, and the oldest is dropped first", async () => {
  let asked = 0;
  const authorize = remembered(
    async () => {
      asked++;
      return true;
    },
    () => 0,
  );
  for (let token = 0; token <= 100; token++) await authorize(String(token), "/x");
  await authorize("100", "/x");
  assert.equal(asked, 101);
  await authorize("0", "/x");
  assert.equal(asked, 102);
});
