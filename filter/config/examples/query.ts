// Examples of matchers for query parameters.
import { type MatcherExample, nothing, path } from "./example.ts";

export const query: readonly MatcherExample[] = [
  {
    name: "query",
    match: { query: [{ name: "mode", exact: "bulk" }] },
    holds: [path("/?mode=bulk"), path("/a?x=1&mode=bulk&y"), path("/?mode=bulk&mode=other")],
    fails: [
      path("/?mode=bulky"),
      path("/?xmode=bulk"),
      path("/?mode"),
      path("/?mode=other&mode=bulk"),
      path("/mode=bulk"),
      nothing,
    ],
  },
  {
    name: "query-prefix",
    match: { query: [{ name: "page", prefix: "9" }] },
    holds: [path("/?page=9"), path("/?a&page=99")],
    fails: [path("/?page=19"), path("/?page="), path("/?Page=9")],
  },
  {
    name: "query-suffix",
    match: { query: [{ name: "file", suffix: ".csv" }] },
    holds: [path("/?file=a.csv"), path("/?file=.csv&x")],
    fails: [path("/?file=a.csv.gz"), path("/?file=csv")],
  },
  {
    name: "query-contains",
    match: { query: [{ name: "fields", contains: "all" }] },
    holds: [path("/?fields=id,all,name"), path("/?fields=all")],
    fails: [path("/?fields=id"), path("/?fields=a&all"), path("/?fields=%61ll")],
  },
  {
    name: "query-present",
    match: { query: [{ name: "export", present: true }] },
    holds: [path("/?export"), path("/?export="), path("/?a=b&export=1")],
    fails: [nothing, path("/?"), path("/?exports"), path("/export")],
  },
  {
    name: "query-absent",
    match: { query: [{ name: "page", present: false }] },
    holds: [nothing, path("/?pages=1")],
    fails: [path("/?page=1")],
  },
  {
    name: "query-not",
    match: { query: [{ name: "mode", any: [{ exact: "live" }, { prefix: "now" }], not: true }] },
    holds: [nothing, path("/?mode=bulk")],
    fails: [path("/?mode=live"), path("/?mode=now1")],
  },
];
