// Sends or receives bulk data without copying it (sendfile, MSG_TRUNC), so that two cores carry 10 Gbit/s. It answers each line on its
// standard input with one of JSON.
//
//	bulk send HOST PORT FLOWS    sends between "start" and "stop"
//	bulk receive PORT            says how much has arrived
package main

import (
	"bufio"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"
)

const chunk = 4 << 20

// zeros is a file of so many zeros, which nobody else can name.
func zeros() *os.File {
	file, err := os.CreateTemp("", "bulk-")
	if err != nil {
		log.Fatal(err)
	}
	os.Remove(file.Name())
	if _, err := file.Write(make([]byte, chunk)); err != nil {
		log.Fatal(err)
	}
	return file
}

// fill sends until the connection is closed.
func fill(connection *net.TCPConn) {
	file := zeros()
	defer file.Close()
	for {
		file.Seek(0, io.SeekStart)
		if _, err := connection.ReadFrom(io.LimitReader(file, chunk)); err != nil {
			return
		}
	}
}

func send(address string, flows int, lines *bufio.Scanner) {
	var open []*net.TCPConn
	fmt.Println(`"ready"`)
	for lines.Scan() {
		for _, connection := range open {
			// What still waits in its buffer is discarded.
			connection.SetLinger(0)
			connection.Close()
		}
		open = nil
		for flow := 0; lines.Text() == "start" && flow < flows; flow++ {
			connection, err := net.Dial("tcp", address)
			if err != nil {
				log.Fatal(err)
			}
			open = append(open, connection.(*net.TCPConn))
			go fill(connection.(*net.TCPConn))
		}
		fmt.Printf("%q\n", lines.Text())
	}
}

// drain counts what arrives, and leaves it where it is.
func drain(connection *net.TCPConn, total *atomic.Int64) {
	defer connection.Close()
	raw, err := connection.SyscallConn()
	if err != nil {
		log.Fatal(err)
	}
	space := make([]byte, chunk)
	raw.Read(func(file uintptr) bool {
		for {
			count, _, err := syscall.Recvfrom(int(file), space, syscall.MSG_TRUNC|syscall.MSG_DONTWAIT)
			if err == syscall.EAGAIN {
				return false
			}
			if err != nil || count == 0 {
				return true
			}
			total.Add(int64(count))
		}
	})
}

func receive(port string, lines *bufio.Scanner) {
	listener, err := net.Listen("tcp", ":"+port)
	if err != nil {
		log.Fatal(err)
	}
	var total atomic.Int64
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				log.Fatal(err)
			}
			go drain(connection.(*net.TCPConn), &total)
		}
	}()
	start := time.Now()
	fmt.Println(`"ready"`)
	for lines.Scan() {
		bytes := total.Load()
		fmt.Printf("{\"bytes\":%d,\"at\":%f}\n", bytes, float64(time.Since(start).Nanoseconds())/1e6)
	}
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	switch args := os.Args[1:]; {
	case len(args) == 4 && args[0] == "send":
		flows, err := strconv.Atoi(args[3])
		if err != nil {
			log.Fatal(err)
		}
		send(net.JoinHostPort(args[1], args[2]), flows, lines)
	case len(args) == 2 && args[0] == "receive":
		receive(args[1], lines)
	default:
		log.Fatal("bulk send HOST PORT FLOWS, or bulk receive PORT")
	}
}
