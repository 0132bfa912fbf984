package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	route "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"google.golang.org/protobuf/encoding/protojson"

	"istio.io/istio/pilot/pkg/model"
	xds "istio.io/istio/pilot/pkg/xds"
	v3 "istio.io/istio/pilot/pkg/xds/v3"
	xdsfake "istio.io/istio/pilot/test/xds"
	"istio.io/istio/pkg/test"
	"istio.io/istio/pkg/test/util/retry"
)

// freezeRequest uses istiod's real cache: an object changes, a request asks istiod for the configuration of the first proxy, which has not
// got the change yet, and then the second proxy connects.
type freezeRequest struct {
	// The new state of the object.
	Changed json.RawMessage `json:"changed"`
	// Name of the route configuration.
	Route string `json:"route"`
	// Whether to ask for /debug/config_dump.
	Asks bool `json:"asks"`
}

type freezeAnswer struct {
	// What the second proxy gets.
	Route json.RawMessage `json:"route"`
}

func freeze(t test.Failer, asked request) answer {
	g, refused := server(t, asked)
	first, second := asked.Proxies[0], asked.Proxies[1]
	ads := connect(t, g, first)
	ads.RequestResponseAck(t, &discovery.DiscoveryRequest{ResourceNames: []string{asked.Freeze.Route}})
	node := connection(t, g, first).Proxy()
	push, scope := node.LastPushContext, node.SidecarScope

	_, changed, _ := objects(t, []json.RawMessage{asked.Freeze.Changed})
	if _, err := g.Store().Update(changed[0]); err != nil {
		t.Fatal(err)
	}
	ads.ExpectResponse(t)
	settle(t, g, node)
	// Goes back to the moment in which the change is known and the first proxy has not been pushed: nothing has been generated since.
	node.Lock()
	node.LastPushContext, node.SidecarScope = push, scope
	node.Unlock()
	g.Discovery.Cache.ClearAll()
	time.Sleep(time.Millisecond)

	if asked.Freeze.Asks {
		question, _ := http.NewRequest(http.MethodGet, "/debug/config_dump?proxyID="+first.ID, nil)
		response := httptest.NewRecorder()
		g.DiscoveryDebug.ServeHTTP(response, question)
		if response.Code != http.StatusOK {
			t.Fatalf("config_dump: %d %s", response.Code, response.Body)
		}
	}
	got := connect(t, g, second).RequestResponseAck(t, &discovery.DiscoveryRequest{ResourceNames: []string{asked.Freeze.Route}})
	configuration := &route.RouteConfiguration{}
	if err := got.Resources[0].UnmarshalTo(configuration); err != nil {
		t.Fatal(err)
	}
	text, _ := protojson.Marshal(configuration)
	return answer{Refused: refused, Frozen: &freezeAnswer{Route: text}}
}

// settle waits until the proxy has the last of the pushes that the change caused, and no other has come for a while.
func settle(t test.Failer, g *xdsfake.FakeDiscoveryServer, node *model.Proxy) {
	quiet := 0
	retry.UntilOrFail(t, func() bool {
		node.RLock()
		defer node.RUnlock()
		isLast := g.Discovery.InboundUpdates.Load() == g.Discovery.CommittedUpdates.Load() && node.LastPushContext == g.PushContext()
		if quiet++; !isLast {
			quiet = 0
		}
		return quiet > 50
	}, retry.Delay(2*time.Millisecond))
}

func connect(t test.Failer, g *xdsfake.FakeDiscoveryServer, one proxy) *xds.AdsTest {
	node := nodeOf(g, one)
	return g.ConnectADS().WithType(v3.RouteType).WithID(fmt.Sprintf("%s~%s~%s~%s", node.Type, one.Address, node.ID, node.DNSDomain)).WithMetadata(*node.Metadata)
}

func connection(t test.Failer, g *xdsfake.FakeDiscoveryServer, one proxy) (found *xds.Connection) {
	retry.UntilOrFail(t, func() bool {
		for _, client := range g.Discovery.Clients() {
			if client.Proxy().ID == one.ID {
				found = client
			}
		}
		return found != nil
	}, retry.Delay(time.Millisecond))
	return found
}
