// The sample application, and the process that holds a pod's namespaces. `serve` answers HTTP on :8080 with JSON: the pod's node, the
// request's headers, and the answers of the services of $CALLS (URLs, separated by commas), which it calls with the request's id, as
// applications do, after the time that the query's `sleep` asks for, during which it is one of $WORKERS requests (no limit if that is not
// set): others wait their turn. `bytes` makes the answer of whoever calls nobody longer by so many.
// `get URL [HEADER: VALUE]...` prints an answer; `load` keeps connections busy, `rate` sends a number of requests per second, and both print
// their results; `pause` waits for SIGTERM.
package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"
)

type answer struct {
	Node    string            `json:"node"`
	Pod     string            `json:"pod"`
	Path    string            `json:"path"`
	Headers http.Header       `json:"headers"`
	Calls   []json.RawMessage `json:"calls"`
	// As many letters as the query's `bytes` asks for, from whoever calls nobody.
	Padding string `json:"padding,omitempty"`
}

// The headers that applications with tracing forward; none of them is Expedite's.
var handedOn = []string{"X-Request-Id", "Traceparent"}

func call(client *http.Client, url string, from *http.Request) (json.RawMessage, error) {
	request, err := http.NewRequestWithContext(from.Context(), "GET", url, nil)
	if err != nil {
		return nil, err
	}
	for _, name := range handedOn {
		if value := from.Header.Get(name); value != "" {
			request.Header.Set(name, value)
		}
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s answered %s", url, response.Status)
	}
	return body, err
}

// Sleeps as one of a number of requests at once; requests that wait for that go in the order in which they came.
func sleeper(workers int) func(time.Duration) {
	if workers == 0 {
		return time.Sleep
	}
	places := make(chan struct{}, workers)
	return func(pause time.Duration) {
		places <- struct{}{}
		time.Sleep(pause)
		<-places
	}
}

func serve() error {
	workers, err := strconv.Atoi(cmp.Or(os.Getenv("WORKERS"), "0"))
	if err != nil || workers < 0 {
		return fmt.Errorf("WORKERS is no number of workers: %s", os.Getenv("WORKERS"))
	}
	sleep := sleeper(workers)
	client := http.Client{Timeout: 10 * time.Second}
	var urls []string
	if calls := os.Getenv("CALLS"); calls != "" {
		urls = strings.Split(calls, ",")
	}
	return http.ListenAndServe(":8080", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if pause, err := time.ParseDuration(r.URL.Query().Get("sleep")); err == nil {
			sleep(pause)
		}
		answers := []json.RawMessage{}
		bytes := r.URL.Query().Get("bytes")
		for _, url := range urls {
			if bytes != "" {
				url += "?bytes=" + bytes
			}
			body, err := call(&client, url, r)
			if err != nil {
				http.Error(w, err.Error(), http.StatusBadGateway)
				return
			}
			answers = append(answers, body)
		}
		w.Header().Set("content-type", "application/json")
		name, _ := os.Hostname()
		padding := ""
		if length, err := strconv.Atoi(bytes); err == nil && length > 0 && len(urls) == 0 {
			padding = strings.Repeat("x", length)
		}
		json.NewEncoder(w).Encode(answer{os.Getenv("NODE"), name, r.URL.Path, r.Header, answers, padding})
	}))
}

func request(url string, headers []string) (*http.Request, error) {
	request, err := http.NewRequest("GET", url, nil)
	if err != nil {
		return nil, err
	}
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ":")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		if strings.EqualFold(name, "host") {
			request.Host = value
		}
		request.Header.Set(name, value)
	}
	return request, nil
}

func get(url string, headers []string) error {
	client := http.Client{Timeout: 10 * time.Second}
	request, err := request(url, headers)
	if err != nil {
		return err
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if _, err := io.Copy(os.Stdout, response.Body); err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answered %s", url, response.Status)
	}
	return nil
}

// If containers share the process namespace, a pod's first process inherits orphans and has to reap them.
func pause() {
	signals := make(chan os.Signal, 16)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT, syscall.SIGCHLD)
	for received := range signals {
		if received != syscall.SIGCHLD {
			return
		}
		for {
			if pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil); pid <= 0 || err != nil {
				break
			}
		}
	}
}

func run(args []string) error {
	switch {
	case len(args) == 2 && args[1] == "serve":
		return serve()
	case len(args) >= 3 && args[1] == "get":
		return get(args[2], args[3:])
	case len(args) >= 5 && args[1] == "load":
		return load(args[2], args[3], args[4], args[5:])
	case len(args) >= 5 && args[1] == "rate":
		return rate(args[2], args[3], args[4], args[5:])
	case len(args) == 2 && args[1] == "pause":
		pause()
		return nil
	}
	return fmt.Errorf("usage: app serve|pause|get URL [HEADER: VALUE]...|load URL SECONDS CONNECTIONS [HEADER: VALUE]...|rate URL SECONDS PER-SECOND [HEADER: VALUE]...")
}

func main() {
	if err := run(os.Args); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
