package main

import (
	"encoding/json"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Every request with its answer; each name is listed once.
type record struct {
	// For each request: its start in milliseconds since 1970, its duration in microseconds, its status (0: no answer), and the index of its
	// name.
	Requests [][4]int64 `json:"requests"`
	// What answered, see `who`.
	Names []string `json:"names"`
	// The first few, for a person to read.
	Errors []string `json:"errors"`
	// Requests that the client repeated by itself because a connection that it had kept was closed; with another client they would have
	// failed.
	Repeated int `json:"repeated"`
}

// Requests in flight at a time: a machine that answers more slowly gets fewer, instead of a queue that grows until they time out.
const mostAtOnce = 32

// How late a request may be for later ones to catch up.
const catchUp = time.Second

// Sends this many requests per second, or fewer if answers take too long. Ends after the time, or on SIGTERM or SIGINT.
func rate(url, seconds, perSecond string, headers []string) error {
	length, err := strconv.ParseFloat(seconds, 64)
	if err != nil {
		return err
	}
	count, err := strconv.ParseFloat(perSecond, 64)
	if err != nil {
		return err
	}
	done := ending(length)
	began := time.Now()
	client := http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DialContext: dial, MaxIdleConnsPerHost: mostAtOnce}}
	places := make(chan struct{}, mostAtOnce)
	all := record{Requests: [][4]int64{}, Names: []string{}, Errors: []string{}}
	names := map[string]int64{}
	var lock sync.Mutex
	var group sync.WaitGroup
	for sent := 0; ; sent++ {
		// A late request is sent at once and delays no other.
		due := began.Add(time.Duration(float64(sent) / count * float64(time.Second)))
		select {
		case <-done:
			group.Wait()
			return json.NewEncoder(os.Stdout).Encode(all)
		case <-time.After(time.Until(due)):
		}
		if late := time.Since(due); late > catchUp {
			began = began.Add(late)
		}
		places <- struct{}{}
		group.Add(1)
		go func() {
			defer group.Done()
			defer func() { <-places }()
			start := time.Now()
			status, body, failure, connections := once(&client, url, headers)
			took := time.Since(start).Microseconds()
			code, _ := strconv.ParseInt(status, 10, 64)
			name := who(body)
			lock.Lock()
			defer lock.Unlock()
			index, known := names[name]
			if !known {
				index = int64(len(all.Names))
				names[name] = index
				all.Names = append(all.Names, name)
			}
			all.Requests = append(all.Requests, [4]int64{start.UnixMilli(), took, code, index})
			all.Repeated += connections - 1
			if failure != "" && len(all.Errors) < 5 {
				all.Errors = append(all.Errors, failure)
			}
		}()
	}
}

// The Deployments that a request met, in order, each with the path that it saw and the value that a route wrote into x-route: `reviews-v1
// /reviews` or `reviews-v1 /reviews x-route=canary`, separated by commas. Empty if `serve` did not answer.
func who(body []byte) string {
	var met answer
	if json.Unmarshal(body, &met) != nil {
		return ""
	}
	parts := strings.Split(met.Pod, "-")
	name := strings.Join(parts[:max(1, len(parts)-2)], "-") + " " + met.Path
	if route := met.Headers.Get("x-route"); route != "" {
		name += " x-route=" + route
	}
	for _, call := range met.Calls {
		name += ", " + who(call)
	}
	return name
}
