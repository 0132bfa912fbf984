package main

import "encoding/json"

// request is one mesh.
type request struct {
	// Istio's MeshConfig in JSON, over its defaults.
	Mesh json.RawMessage `json:"mesh"`
	// Kubernetes objects that exist from the beginning.
	Objects []json.RawMessage `json:"objects"`
	// Istio's objects that are added later; after each step the configuration of all proxies is generated again.
	Steps [][]json.RawMessage `json:"steps"`
	// The proxies for which configuration is generated.
	Proxies []proxy `json:"proxies"`
	// Only report which objects are refused.
	IsCheck bool `json:"isCheck,omitempty"`
	// Ask for a stale cache instead (freeze.go).
	Freeze *freezeRequest `json:"freeze,omitempty"`
}

type proxy struct {
	// Pod and namespace, joined by a dot.
	ID string `json:"id"`
	// sidecar or router.
	Type      string            `json:"type"`
	Namespace string            `json:"namespace"`
	Address   string            `json:"address"`
	Labels    map[string]string `json:"labels"`
	// Istio's version, for example 1.31.0.
	Version string `json:"version"`
}

// answer is what istiod sends: resources by a name derived from their bytes, and which of them each proxy gets after each step.
type answer struct {
	Error string `json:"error,omitempty"`
	// Objects that istiod's webhook refuses (validate.go), with its reason.
	Refused     []string                   `json:"refused,omitempty"`
	Resources   map[string]json.RawMessage `json:"resources,omitempty"`
	Generations []map[string]configuration `json:"generations,omitempty"`
	Frozen      *freezeAnswer              `json:"frozen,omitempty"`
}

// configuration of one proxy: names in resources.
type configuration struct {
	Clusters   []string `json:"clusters"`
	Routes     []string `json:"routes"`
	Listeners  []string `json:"listeners"`
	Extensions []string `json:"extensions"`
}
