{{- /* An image's name. Takes a list of the root and the image's values. */ -}}
{{- define "expedite.image" -}}
{{- $root := index . 0 -}}
{{- $image := index . 1 -}}
{{- if $image.digest -}}
{{ $image.repository }}@{{ $image.digest }}
{{- else -}}
{{ $image.repository }}:{{ $image.tag | default $root.Chart.AppVersion }}
{{- end -}}
{{- end -}}

{{- /* istiod's namespace. */ -}}
{{- define "expedite.istioNamespace" -}}
{{ .Values.istioNamespace | default .Release.Namespace }}
{{- end -}}

{{- /* "true" on OpenShift, whose admission chooses user ids itself. */ -}}
{{- define "expedite.openshift" -}}
{{- if or (eq .Values.openshift "always") (and (eq .Values.openshift "auto") (.Capabilities.APIVersions.Has "security.openshift.io/v1")) -}}
true
{{- end -}}
{{- end -}}

{{- /* "true" if an object of this kind is to be rendered. Takes a list of the root and the kind, as group/version/kind. */ -}}
{{- define "expedite.renders" -}}
{{- $root := index . 0 -}}
{{- $kind := index . 1 -}}
{{- if or (eq $root.Values.renderMode "alwaysRender") ($root.Capabilities.APIVersions.Has $kind) -}}
true
{{- else if eq $root.Values.renderMode "failIfMissing" -}}
{{- fail (printf "The cluster has no kind %s, which these values ask for. Install what defines it first, or switch it off. With helm template, or if it comes later, set renderMode=alwaysRender; to leave it out, renderMode=skipIfMissing." $kind) -}}
{{- end -}}
{{- end -}}
