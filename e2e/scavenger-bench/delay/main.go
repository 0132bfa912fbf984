// Delays the packets that are routed into a TUN device: each comes out of it again after a fixed time. This is for kernels without netem.
//
//	delay DEVICE DURATION
package main

import (
	"log"
	"os"
	"runtime"
	"syscall"
	"time"
	"unsafe"
)

// linux/if_tun.h and linux/prctl.h; the syscall package has only some of them.
const (
	tunSetIff        = 0x400454ca
	iffTun           = 0x1
	iffNoPI          = 0x1000
	prSetTimerslack  = 29
	maxPacket        = 65536
	packetsInTransit = 1 << 16
)

type packet struct {
	bytes []byte
	due   time.Time
}

func open(device string) (int, error) {
	file, err := syscall.Open("/dev/net/tun", syscall.O_RDWR, 0)
	if err != nil {
		return 0, err
	}
	var request [40]byte
	copy(request[:15], device)
	*(*uint16)(unsafe.Pointer(&request[16])) = iffTun | iffNoPI
	_, _, code := syscall.Syscall(syscall.SYS_IOCTL, uintptr(file), tunSetIff, uintptr(unsafe.Pointer(&request[0])))
	if code != 0 {
		return 0, code
	}
	return file, nil
}

// write returns packets on a thread of its own, whose timer is not rounded (by default to 50 µs).
func write(file int, packets <-chan packet) {
	runtime.LockOSThread()
	syscall.Syscall(syscall.SYS_PRCTL, prSetTimerslack, 1, 0)
	for next := range packets {
		if wait := time.Until(next.due); wait > 0 {
			rest := syscall.NsecToTimespec(wait.Nanoseconds())
			syscall.Nanosleep(&rest, nil)
		}
		if _, err := syscall.Write(file, next.bytes); err != nil {
			log.Printf("write: %v", err)
		}
	}
}

func main() {
	log.SetFlags(0)
	if len(os.Args) != 3 {
		log.Fatal("usage: delay DEVICE DURATION")
	}
	delay, err := time.ParseDuration(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	file, err := open(os.Args[1])
	if err != nil {
		log.Fatalf("%s: %v", os.Args[1], err)
	}
	packets := make(chan packet, packetsInTransit)
	go write(file, packets)
	os.Stdout.WriteString("ready\n")
	buffer := make([]byte, maxPacket)
	for {
		length, err := syscall.Read(file, buffer)
		if err != nil {
			log.Fatalf("read: %v", err)
		}
		packets <- packet{append([]byte(nil), buffer[:length]...), time.Now().Add(delay)}
	}
}
