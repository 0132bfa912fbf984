{{- /* Made from control-plane/src/kube/resources.ts by release/chart; do not edit. */ -}}
{{- define "expedite.uninstall.clusterRules" -}}
- apiGroups:
    - expedite.dev
  resources:
    - priorityladders
  verbs:
    - list
    - patch
- apiGroups:
    - expedite.dev
  resources:
    - prioritypolicies
  verbs:
    - list
- apiGroups:
    - expedite.dev
  resources:
    - requestqueues
  verbs:
    - list
- apiGroups:
    - expedite.dev
  resources:
    - prioritynodes
  verbs:
    - list
    - delete
- apiGroups:
    - ""
  resources:
    - namespaces
  verbs:
    - list
    - delete
- apiGroups:
    - ""
  resources:
    - services
  verbs:
    - list
    - delete
- apiGroups:
    - ""
  resources:
    - pods
  verbs:
    - list
- apiGroups:
    - networking.istio.io
  resources:
    - destinationrules
  verbs:
    - list
    - delete
- apiGroups:
    - networking.istio.io
  resources:
    - envoyfilters
  verbs:
    - list
    - delete
- apiGroups:
    - apps
  resources:
    - daemonsets
  verbs:
    - list
    - delete
- apiGroups:
    - ""
  resources:
    - serviceaccounts
  verbs:
    - list
    - delete
- apiGroups:
    - rbac.authorization.k8s.io
  resources:
    - clusterroles
  verbs:
    - list
    - delete
- apiGroups:
    - rbac.authorization.k8s.io
  resources:
    - clusterrolebindings
  verbs:
    - list
    - delete
- apiGroups:
    - rbac.authorization.k8s.io
  resources:
    - roles
  verbs:
    - list
    - delete
- apiGroups:
    - rbac.authorization.k8s.io
  resources:
    - rolebindings
  verbs:
    - list
    - delete
- apiGroups:
    - apiextensions.k8s.io
  resources:
    - customresourcedefinitions
  verbs:
    - list
{{- end }}
{{- define "expedite.uninstall.rules" -}}
- apiGroups:
    - coordination.k8s.io
  resources:
    - leases
  verbs:
    - list
    - delete
- apiGroups:
    - apps
  resources:
    - deployments
  verbs:
    - list
    - patch
    - delete
- apiGroups:
    - ""
  resources:
    - pods/portforward
  verbs:
    - get
    - create
{{- end }}
