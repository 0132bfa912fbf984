package main

import (
	"istio.io/istio/pkg/test"
)

type freezeRequest struct{}

type freezeAnswer struct{}

func freeze(t test.Failer, asked request) answer { return answer{} }
