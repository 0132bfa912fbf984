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
