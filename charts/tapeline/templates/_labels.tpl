{{/* Labels. The selector of a component never changes; call with dict "root" $ "component" "ingest". */}}
{{- define "tapeline.selector" -}}
app.kubernetes.io/name: tapeline
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{- define "tapeline.labels" -}}
{{ include "tapeline.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/part-of: tapeline
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- with .root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* Labels of pods: without versions, so that a new chart alone starts no pod anew. */}}
{{- define "tapeline.podLabels" -}}
{{ include "tapeline.selector" . }}
app.kubernetes.io/part-of: tapeline
{{- with .root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}
