package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"

	admission "k8s.io/api/admission/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"istio.io/istio/pkg/config/schema/collections"
	"istio.io/istio/pkg/test"
	validation "istio.io/istio/pkg/webhooks/validation/server"
)

// webhook is the one that istiod serves (pilot/pkg/bootstrap/validation.go).
var webhook = newWebhook()

func newWebhook() http.Handler {
	mux := http.NewServeMux()
	options := validation.Options{Schemas: collections.PilotGatewayAPI(), DomainSuffix: clusterDomain, Mux: mux}
	if _, err := validation.New(options); err != nil {
		panic(err)
	}
	return mux
}

// refusal asks the webhook as the API server does when an object is created. It is empty if the object is admitted.
func refusal(t test.Failer, object json.RawMessage) string {
	review := admission.AdmissionReview{
		TypeMeta: metav1.TypeMeta{APIVersion: "admission.k8s.io/v1", Kind: "AdmissionReview"},
		Request: &admission.AdmissionRequest{
			UID: "oracle", Operation: admission.Create, Object: runtime.RawExtension{Raw: object},
		},
	}
	body, err := json.Marshal(review)
	if err != nil {
		t.Fatal(err)
	}
	question, _ := http.NewRequest(http.MethodPost, "/validate", bytes.NewReader(body))
	question.Header.Set("Content-Type", "application/json")
	recorder := httptest.NewRecorder()
	webhook.ServeHTTP(recorder, question)
	var answered admission.AdmissionReview
	if err := json.Unmarshal(recorder.Body.Bytes(), &answered); err != nil || answered.Response == nil {
		t.Fatalf("the webhook answers %d %s", recorder.Code, recorder.Body)
	}
	if answered.Response.Allowed {
		return ""
	}
	if answered.Response.Result == nil || answered.Response.Result.Message == "" {
		return "the webhook gives no reason"
	}
	return fmt.Sprintf("the webhook says: %s", answered.Response.Result.Message)
}
