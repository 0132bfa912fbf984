package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"reflect"
	"strings"

	listener "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	hcm "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"istio.io/istio/pilot/pkg/model"
	xdsfake "istio.io/istio/pilot/test/xds"
	"istio.io/istio/pkg/test"
)

// generate answers with the configuration of all proxies before the first step and after each step.
func generate(t test.Failer, asked request) answer {
	if asked.IsCheck {
		_, _, refused := objects(t, asked.Objects)
		return answer{Refused: refused}
	}
	g, refused := server(t, asked)
	result := answer{Resources: map[string]json.RawMessage{}, Refused: refused}
	// A further push contains what istiod has converted since it was ready.
	push(t, g)
	result.Generations = append(result.Generations, result.all(g, asked.Proxies))
	for _, step := range asked.Steps {
		_, istio, refused := objects(t, step)
		result.Refused = append(result.Refused, refused...)
		for _, one := range istio {
			if _, err := g.Store().Create(one); err != nil {
				t.Fatalf("%s: %v", one.Name, err)
			}
		}
		push(t, g)
		result.Generations = append(result.Generations, result.all(g, asked.Proxies))
	}
	return result
}

// push makes istiod read what the store has now.
func push(t test.Failer, g *xdsfake.FakeDiscoveryServer) {
	all := &model.PushRequest{Forced: true}
	// Istio 1.30 requires it, 1.31 has no such field.
	if full := reflect.ValueOf(all).Elem().FieldByName("Full"); full.IsValid() {
		full.SetBool(true)
	}
	g.Discovery.ConfigUpdate(all)
	g.EnsureSynced(t)
}

func (a *answer) all(g *xdsfake.FakeDiscoveryServer, proxies []proxy) map[string]configuration {
	found := make(map[string]configuration, len(proxies))
	for _, one := range proxies {
		found[one.ID] = a.one(g, nodeOf(g, one))
	}
	return found
}

func (a *answer) one(g *xdsfake.FakeDiscoveryServer, node *model.Proxy) (found configuration) {
	listeners := g.Listeners(node)
	for _, one := range g.Clusters(node) {
		found.Clusters = append(found.Clusters, a.add(one))
	}
	for _, one := range g.RoutesFromListeners(node, listeners) {
		found.Routes = append(found.Routes, a.add(one))
	}
	for _, one := range listeners {
		found.Listeners = append(found.Listeners, a.add(one))
	}
	for _, one := range g.ConfigGen.BuildExtensionConfiguration(node, g.PushContext(), discovered(listeners), nil) {
		found.Extensions = append(found.Extensions, a.add(one))
	}
	return found
}

// add returns the resource's name in the answer.
func (a *answer) add(resource proto.Message) string {
	bytes, err := proto.MarshalOptions{Deterministic: true}.Marshal(resource)
	if err != nil {
		panic(err)
	}
	digest := sha256.Sum256(append(bytes, resource.ProtoReflect().Descriptor().Name()...))
	name := hex.EncodeToString(digest[:8])
	if _, known := a.Resources[name]; !known {
		text, err := protojson.Marshal(resource)
		if err != nil {
			panic(err)
		}
		a.Resources[name] = text
	}
	return name
}

// discovered are the HTTP filters whose configuration a proxy requests by itself, each once.
func discovered(listeners []*listener.Listener) (names []string) {
	known := map[string]bool{}
	for _, one := range listeners {
		for _, chain := range append(one.FilterChains, one.DefaultFilterChain) {
			for _, filter := range chain.GetFilters() {
				manager := &hcm.HttpConnectionManager{}
				if !strings.HasSuffix(filter.GetTypedConfig().GetTypeUrl(), ".HttpConnectionManager") ||
					filter.GetTypedConfig().UnmarshalTo(manager) != nil {
					continue
				}
				for _, http := range manager.HttpFilters {
					if http.GetConfigDiscovery() != nil && !known[http.Name] {
						known[http.Name] = true
						names = append(names, http.Name)
					}
				}
			}
		}
	}
	return names
}
