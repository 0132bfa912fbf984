// Runs Istio's own generator: reads one mesh per line from standard input (request.go), and writes to standard output what istiod would
// send to its proxies, one line each in the same order (answer.go). It ends with its input.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"runtime/debug"

	"istio.io/istio/pkg/kube/krt"
	"istio.io/istio/pkg/log"
	"istio.io/istio/pkg/test"
)

func main() {
	silence()
	// Each mesh leaves a lot of garbage, and little of it stays in use.
	debug.SetGCPercent(400)
	in, out := bufio.NewReaderSize(os.Stdin, 1<<20), bufio.NewWriterSize(os.Stdout, 1<<20)
	for {
		line, err := in.ReadBytes('\n')
		if err != nil {
			return
		}
		bytes, err := json.Marshal(judge(line))
		if err != nil {
			bytes, _ = json.Marshal(answer{Error: err.Error()})
		}
		out.Write(bytes)
		out.WriteByte('\n')
		out.Flush()
	}
}

// judge answers one line; a failure, even inside Istio, is reported in the answer.
func judge(line []byte) (result answer) {
	var asked request
	if err := json.Unmarshal(line, &asked); err != nil {
		return answer{Error: fmt.Sprintf("the request is not what request.go says: %v", err)}
	}
	err := test.Wrap(func(t test.Failer) {
		defer func() {
			if problem := recover(); problem != nil {
				result = answer{Error: fmt.Sprintf("%v\n%s", problem, debug.Stack())}
			}
		}()
		if asked.Freeze != nil {
			result = freeze(t, asked)
		} else {
			result = generate(t, asked)
		}
	})
	if err != nil && result.Error == "" {
		result = answer{Error: err.Error()}
	}
	// It holds every collection that was ever created.
	krt.GlobalDebugHandler = new(krt.DebugHandler)
	return result
}

// silence keeps istiod's log out of the answers.
func silence() {
	options := log.DefaultOptions()
	options.OutputPaths = []string{"stderr"}
	if err := log.Configure(options); err != nil {
		panic(err)
	}
	for _, scope := range log.Scopes() {
		scope.SetOutputLevel(log.NoneLevel)
	}
}
