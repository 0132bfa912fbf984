// Examples of matchers for a request's method, host and path.
import { host, type MatcherExample, method, nothing, path } from "./example.ts";

export const methods: readonly MatcherExample[] = [
  { name: "method", match: { method: { exact: "GET" } }, holds: [nothing], fails: [method("POST"), method("PATCH")] },
  {
    name: "method-any",
    match: { method: { any: [{ exact: "PUT" }, { exact: "POST" }] } },
    holds: [method("PUT"), method("POST")],
    fails: [nothing, method("PATCH")],
  },
  {
    name: "method-not",
    match: { method: { any: [{ exact: "GET" }, { exact: "HEAD" }], not: true } },
    holds: [method("POST")],
    fails: [nothing, method("HEAD")],
  },
];

export const hosts: readonly MatcherExample[] = [
  {
    name: "host",
    match: { host: { exact: "shop.example.com" } },
    holds: [host("shop.example.com"), host("shop.example.com:8443"), host("Shop.Example.COM")],
    fails: [host("example.com"), host("a.shop.example.com"), host("shop.example.com.evil")],
  },
  {
    name: "host-dot",
    match: { host: { exact: "reports.shop.svc.cluster.local" } },
    holds: [host("reports.shop.svc.cluster.local."), host("Reports.Shop.svc.cluster.local.:8080")],
    fails: [host("reports.shop.svc.cluster.local..example"), host("reports.shop.svc.cluster.locals")],
  },
  {
    name: "host-dot-rule",
    match: { host: { any: [{ exact: "example.com." }, { suffix: ".example.org." }] } },
    holds: [host("example.com"), host("example.com."), host("a.example.org:80"), host("a.example.org.")],
    fails: [host("example.org"), host("a.example.com")],
  },
  {
    name: "host-ipv6",
    match: { host: { exact: "[::1]" } },
    holds: [host("[::1]"), host("[::1]:80")],
    fails: [host("[::2]"), host("[::11]:1")],
  },
  {
    name: "host-suffix",
    match: { host: { suffix: ".example.com" } },
    holds: [host("shop.example.com"), host("a.b.example.com:80"), host("A.EXAMPLE.COM"), host("shop.example.com.:80")],
    fails: [host("example.com"), host("shop.example.org"), host("shop.example.com.evil")],
  },
  {
    name: "host-any",
    match: { host: { any: [{ exact: "example.com" }, { suffix: ".example.com" }] } },
    holds: [host("example.com"), host("www.example.com")],
    fails: [host("badexample.com")],
  },
  {
    name: "host-not",
    match: { host: { suffix: ".example.com", not: true } },
    holds: [host("example.org")],
    fails: [host("shop.example.com")],
  },
];

export const paths: readonly MatcherExample[] = [
  {
    name: "path",
    match: { path: { exact: "/export/all" } },
    holds: [path("/export/all"), path("/export/all?page=2")],
    fails: [path("/export"), path("/export/all/"), path("/export/allx"), path("/Export/all")],
  },
  {
    name: "path-prefix",
    match: { path: { prefix: "/export" } },
    holds: [path("/export"), path("/export/all?x"), path("/exports")],
    fails: [path("/expor"), path("/import"), path("/a/export"), path("/?/export")],
  },
  {
    name: "path-glob",
    match: { path: { glob: "/users/*/export" } },
    holds: [path("/users/7/export"), path("/users//export?x")],
    fails: [path("/users/7/8/export"), path("/users/7/export/all"), path("/users/export")],
  },
  {
    name: "path-glob-deep",
    match: { path: { glob: "/api/**/*.csv" } },
    holds: [path("/api/v1/export.csv"), path("/api/v1/2026/all/export.csv"), path("/api//x.csv?y=1")],
    fails: [path("/api/export.csv"), path("/api/v1/export.csv/x"), path("/api/v1/export.csw")],
  },
  {
    name: "path-any",
    match: { path: { any: [{ exact: "/" }, { prefix: "/export/" }, { glob: "/*/report" }] } },
    holds: [nothing, path("/export/all"), path("/a/report")],
    fails: [path("/export"), path("/a/b/report")],
  },
  {
    name: "path-not",
    match: { path: { prefix: "/interactive/", not: true } },
    holds: [nothing, path("/interactive")],
    fails: [path("/interactive/page")],
  },
];
