package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	metadatafake "k8s.io/client-go/metadata/fake"
	clienttesting "k8s.io/client-go/testing"

	"istio.io/istio/pilot/pkg/config/kube/crd"
	"istio.io/istio/pilot/pkg/model"
	xdsfake "istio.io/istio/pilot/test/xds"
	"istio.io/istio/pkg/config"
	"istio.io/istio/pkg/config/mesh"
	"istio.io/istio/pkg/kube"
	"istio.io/istio/pkg/test"
)

const clusterDomain = "cluster.local"

// created is the age of objects without a creation time.
var created = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// server is an istiod in this process, with its Kubernetes client, its registry and its controller of the Gateway API.
func server(t test.Failer, asked request) (*xdsfake.FakeDiscoveryServer, []string) {
	meshConfig := mesh.DefaultMeshConfig()
	if len(asked.Mesh) > 0 {
		var err error
		if meshConfig, err = mesh.ApplyMeshConfig(string(asked.Mesh), meshConfig); err != nil {
			t.Fatalf("mesh config: %v", err)
		}
	}
	kubernetes, istio, refused := objects(t, asked.Objects)
	return xdsfake.NewFakeDiscoveryServer(t, xdsfake.FakeOptions{
		KubernetesObjects: kubernetes, Configs: istio, MeshConfig: meshConfig,
		KubeClientModifier: versionCRDs,
	}), refused
}

// versionCRDs lets istiod read GRPCRoutes: it ignores a CRD of the Gateway API without the annotation of its release.
func versionCRDs(client kube.Client) {
	fake, ok := client.Metadata().(*metadatafake.FakeMetadataClient)
	if !ok {
		return
	}
	fake.PrependReactor("create", "customresourcedefinitions", func(action clienttesting.Action) (bool, runtime.Object, error) {
		if crd, ok := action.(clienttesting.CreateAction).GetObject().(metav1.Object); ok {
			crd.SetAnnotations(map[string]string{"gateway.networking.k8s.io/bundle-version": "v1.6.0"})
		}
		return false, nil, nil
	})
}

// objects separates Kubernetes' objects (including the Gateway API's, which istiod reads there) from Istio's.
func objects(t test.Failer, all []json.RawMessage) (kubernetes []runtime.Object, istio []config.Config, refused []string) {
	decode := kube.IstioCodec.UniversalDeserializer().Decode
	for _, one := range all {
		var head metav1.TypeMeta
		if err := json.Unmarshal(one, &head); err != nil {
			t.Fatalf("an object is not JSON: %v", err)
		}
		if !strings.Contains(head.APIVersion, ".istio.io/") {
			object, _, err := decode(one, nil, nil)
			if err != nil {
				t.Fatalf("%s: %v", one, err)
			}
			kubernetes = append(kubernetes, object)
			continue
		}
		if reason := refusal(t, one); reason != "" {
			refused = append(refused, fmt.Sprintf("%s: %s", name(one), reason))
			continue
		}
		configs, unknown, err := crd.ParseInputs(string(one))
		if err != nil {
			refused = append(refused, fmt.Sprintf("%s: %v", name(one), err))
		}
		// The webhook does not check versions.
		if len(unknown) > 0 {
			refused = append(refused, fmt.Sprintf("%s: istiod does not read %s of %s", name(one), head.Kind, head.APIVersion))
		}
		for _, found := range configs {
			// Short names mean Services in the object's own namespace.
			found.Domain = clusterDomain
			if found.CreationTimestamp.IsZero() {
				found.CreationTimestamp = created
			}
			istio = append(istio, found)
		}
	}
	return kubernetes, istio, refused
}

func name(object json.RawMessage) string {
	var head struct {
		Kind     string
		Metadata struct{ Name, Namespace string }
	}
	_ = json.Unmarshal(object, &head)
	return fmt.Sprintf("%s %s/%s", head.Kind, head.Metadata.Namespace, head.Metadata.Name)
}

func nodeOf(g *xdsfake.FakeDiscoveryServer, asked proxy) *model.Proxy {
	kind := model.SidecarProxy
	if asked.Type == "router" {
		kind = model.Router
	}
	node := &model.Proxy{
		ID: asked.ID, Type: kind, ConfigNamespace: asked.Namespace, IPAddresses: []string{asked.Address}, Labels: asked.Labels,
		DNSDomain: asked.Namespace + ".svc." + clusterDomain,
		Metadata: &model.NodeMetadata{
			Namespace: asked.Namespace, IstioVersion: asked.Version, Labels: asked.Labels, ClusterID: "Kubernetes",
		},
	}
	return g.SetupProxy(node)
}
