// Parts of a pod that users set as Kubernetes names them. The API server checks what they say; what it does not know, a client without strict
// validation drops, so fields are refused here that a pod does not have.
import { z } from "zod";

const text = z.string().optional();
const whole = z.int().optional();
const part = z.looseObject({}).optional();
const quantities = z.record(z.string(), z.union([z.string(), z.number()])).optional();

export const resources = z.strictObject({
  requests: quantities,
  limits: quantities,
  claims: z.array(z.looseObject({})).optional(),
});

export const imagePullSecrets = z.array(z.strictObject({ name: z.string().min(1) })).default([]);

export const extraEnv = z.array(z.strictObject({ name: z.string().min(1), value: text, valueFrom: part })).default([]);

export const affinity = z.strictObject({ nodeAffinity: part, podAffinity: part, podAntiAffinity: part }).default({});

export const tolerations = z
  .array(z.strictObject({ key: text, operator: text, value: text, effect: text, tolerationSeconds: whole }))
  .default([]);

export const topologySpreadConstraints = z
  .array(
    z.strictObject({
      ...{ maxSkew: z.int(), topologyKey: text, whenUnsatisfiable: text, labelSelector: part },
      ...{ matchLabelKeys: z.array(z.string()).optional(), minDomains: whole },
      ...{ nodeAffinityPolicy: text, nodeTaintsPolicy: text },
    }),
  )
  .default([]);
