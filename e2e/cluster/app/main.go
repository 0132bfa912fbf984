// The sample application, and the process that holds a pod's namespaces. `serve` answers HTTP on :8080 with the pod's
// node and the headers of the request as JSON, `get URL` prints an answer, `pause` waits for SIGTERM.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

type answer struct {
	Node    string      `json:"node"`
	Path    string      `json:"path"`
	Headers http.Header `json:"headers"`
}

func serve() error {
	return http.ListenAndServe(":8080", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("content-type", "application/json")
		json.NewEncoder(w).Encode(answer{os.Getenv("NODE"), r.URL.Path, r.Header})
	}))
}

func get(url string) error {
	client := http.Client{Timeout: 10 * time.Second}
	response, err := client.Get(url)
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

// A pod's first process inherits orphans where containers share the process namespace: it has to reap them.
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
	case len(args) == 3 && args[1] == "get":
		return get(args[2])
	case len(args) == 2 && args[1] == "pause":
		pause()
		return nil
	}
	return fmt.Errorf("usage: app serve|pause|get URL")
}

func main() {
	if err := run(os.Args); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
