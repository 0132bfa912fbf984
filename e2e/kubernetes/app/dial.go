package main

import (
	"context"
	"net"
	"net/http"
	"sync"
)

// Addresses by name. Like many applications, this one resolves a name once, so that only its first request depends on the cluster's DNS,
// which starves on a busy machine.
var resolved sync.Map

func init() {
	http.DefaultTransport.(*http.Transport).DialContext = dial
}

// dial connects to host:port; a name whose address does not answer is resolved anew by the next dial.
func dial(ctx context.Context, network, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	var dialer net.Dialer
	known, ok := resolved.Load(host)
	if !ok {
		addresses, err := net.DefaultResolver.LookupHost(ctx, host)
		if err != nil {
			return nil, err
		}
		known = addresses[0]
		resolved.Store(host, known)
	}
	connection, err := dialer.DialContext(ctx, network, net.JoinHostPort(known.(string), port))
	if err != nil {
		resolved.Delete(host)
	}
	return connection, err
}
