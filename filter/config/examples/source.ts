// Examples of matchers for the peer's certificate.
import { type MatcherExample, nothing, principal } from "./example.ts";

export const cart = principal("cluster.local/ns/shop/sa/cart");
export const nightly = principal("cluster.local/ns/jobs-eu/sa/nightly");

export const sources: readonly MatcherExample[] = [
  {
    name: "principal",
    match: { source: { principal: { exact: "cluster.local/ns/shop/sa/cart" } } },
    holds: [cart],
    fails: [nightly, principal("cluster.local/ns/shop/sa/cart2"), nothing],
  },
  {
    name: "principal-prefix",
    match: { source: { principal: { prefix: "cluster.local/ns/jobs" } } },
    holds: [nightly],
    fails: [cart, nothing],
  },
  {
    name: "principal-suffix",
    match: { source: { principal: { suffix: "/sa/nightly" } } },
    holds: [nightly],
    fails: [cart, nothing],
  },
  {
    name: "principal-any",
    match: { source: { principal: { any: [{ suffix: "/sa/nightly" }, { prefix: "elsewhere.example/" }] } } },
    holds: [nightly, principal("elsewhere.example/ns/a/sa/b")],
    fails: [cart],
  },
  {
    name: "principal-not",
    match: { source: { principal: { prefix: "cluster.local/", not: true } } },
    holds: [principal("elsewhere.example/ns/shop/sa/cart"), nothing],
    fails: [cart],
  },
  {
    name: "namespace",
    match: { source: { namespace: { exact: "shop" } } },
    holds: [cart],
    fails: [nightly, principal("cluster.local/ns/shop2/sa/cart"), principal("cluster.local/sa/ns/shop"), nothing],
  },
  {
    name: "namespace-prefix",
    match: { source: { namespace: { prefix: "jobs" } } },
    holds: [nightly],
    fails: [cart, principal("cluster.local/ns/eu-jobs/sa/a"), nothing],
  },
  {
    name: "namespace-suffix",
    match: { source: { namespace: { suffix: "-eu" } } },
    holds: [nightly],
    fails: [cart, principal("cluster.local/ns/eu-jobs/sa/jobs-eu"), nothing],
  },
  {
    name: "namespace-any",
    match: { source: { namespace: { any: [{ prefix: "jobs-" }, { suffix: "-jobs" }] } } },
    holds: [nightly, principal("cluster.local/ns/eu-jobs/sa/a")],
    fails: [cart, nothing],
  },
  {
    name: "namespace-not",
    match: { source: { namespace: { exact: "shop", not: true } } },
    holds: [nightly, nothing],
    fails: [cart],
  },
];
