{{/* The release that installed a definition, if it is another than this one. Empty without a cluster to ask. */}}
{{- define "tapeline.crdOfOther" -}}
{{- $found := lookup "apiextensions.k8s.io/v1" "CustomResourceDefinition" "" .name -}}
{{- if $found -}}
{{- $annotations := $found.metadata.annotations | default dict -}}
{{- $owner := printf "%s/%s" (index $annotations "meta.helm.sh/release-namespace" | default "?") (index $annotations "meta.helm.sh/release-name" | default "?") -}}
{{- if ne $owner (printf "%s/%s" .root.Release.Namespace .root.Release.Name) -}}{{- $owner -}}{{- end -}}
{{- end -}}
{{- end -}}
