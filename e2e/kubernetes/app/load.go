package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"os"
	"os/signal"
	"sort"
	"strconv"
	"sync"
	"syscall"
	"time"
)

type result struct {
	Requests int            `json:"requests"`
	Failed   int            `json:"failed"`
	Statuses map[string]int `json:"statuses"`
	// The first few, for a person to read.
	Errors []string `json:"errors"`
	// Requests that the client repeated by itself because a connection that it had kept was closed; with another client they would have
	// failed.
	Repeated int `json:"repeated"`
	// From the start of the first failed request to the end of the last.
	FailedFor float64 `json:"failedForMillis"`
	P50       float64 `json:"p50Millis"`
	P99       float64 `json:"p99Millis"`
}

// A connection sends its next request once the previous one is answered, but not sooner than this after it. Without a pause, the load takes
// all of the processor time that a small machine has, and whatever happens beside it takes minutes.
const pace = 100 * time.Millisecond

// Ends after the time, or on SIGTERM or SIGINT.
func load(url, seconds, connections string, headers []string) error {
	length, err := strconv.ParseFloat(seconds, 64)
	if err != nil {
		return err
	}
	count, err := strconv.Atoi(connections)
	if err != nil {
		return err
	}
	done := ending(length)
	all := result{Statuses: map[string]int{}, Errors: []string{}}
	var times []float64
	var firstFailed, lastFailed time.Time
	var lock sync.Mutex
	var group sync.WaitGroup
	client := http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DialContext: dial, MaxIdleConnsPerHost: count}}
	for i := 0; i < count; i++ {
		group.Add(1)
		go func() {
			defer group.Done()
			for {
				select {
				case <-done:
					return
				default:
				}
				start := time.Now()
				status, _, failure, connections := once(&client, url, headers)
				took := float64(time.Since(start).Microseconds()) / 1000
				lock.Lock()
				all.Requests++
				all.Statuses[status]++
				all.Repeated += connections - 1
				times = append(times, took)
				if failure != "" {
					all.Failed++
					if firstFailed.IsZero() || start.Before(firstFailed) {
						firstFailed = start
					}
					lastFailed = time.Now()
					if len(all.Errors) < 5 {
						all.Errors = append(all.Errors, failure)
					}
				}
				lock.Unlock()
				time.Sleep(time.Until(start.Add(pace)))
			}
		}()
	}
	group.Wait()
	all.FailedFor = float64(lastFailed.Sub(firstFailed).Microseconds()) / 1000
	sort.Float64s(times)
	if len(times) > 0 {
		all.P50, all.P99 = times[len(times)/2], times[len(times)*99/100]
	}
	return json.NewEncoder(os.Stdout).Encode(all)
}

// Closed after this many seconds, or on SIGTERM or SIGINT.
func ending(seconds float64) <-chan struct{} {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	done := make(chan struct{})
	go func() {
		select {
		case <-signals:
		case <-time.After(time.Duration(seconds * float64(time.Second))):
		}
		close(done)
	}()
	return done
}

// connections: how many the request was sent on.
func once(client *http.Client, url string, headers []string) (status string, body []byte, failure string, connections int) {
	request, err := request(url, headers)
	if err != nil {
		return "none", nil, err.Error(), 1
	}
	trace := httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { connections++ }}
	response, err := client.Do(request.WithContext(httptrace.WithClientTrace(request.Context(), &trace)))
	connections = max(connections, 1)
	if err != nil {
		return "none", nil, err.Error(), connections
	}
	defer response.Body.Close()
	body, err = io.ReadAll(response.Body)
	if err != nil {
		return "none", nil, err.Error(), connections
	}
	status = strconv.Itoa(response.StatusCode)
	if response.StatusCode != http.StatusOK {
		failure = fmt.Sprintf("%s %s: %.200s", time.Now().Format("15:04:05.000"), status, body)
	}
	return status, body, failure, connections
}
