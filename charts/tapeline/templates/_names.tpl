{{/* Names. 40 characters at most, as names of pods are made of that of the stream. */}}
{{- define "tapeline.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else if contains "tapeline" .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-tapeline" .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "tapeline.streamName" -}}
{{- .Values.stream.name | default (include "tapeline.fullname" .) -}}
{{- end -}}

{{/* What the topics' names begin with. */}}
{{- define "tapeline.topic" -}}
{{- .Values.stream.topic.name | default (include "tapeline.streamName" .) -}}
{{- end -}}

{{- define "tapeline.storeName" -}}
{{- .Values.store.name | default (include "tapeline.fullname" .) -}}
{{- end -}}

{{- define "tapeline.serviceAccount" -}}
{{- $account := (index .root.Values .component).serviceAccount -}}
{{- if $account.name -}}
{{- $account.name -}}
{{- else if $account.create -}}
{{- printf "%s-%s" (include "tapeline.fullname" .root) .component -}}
{{- else -}}
default
{{- end -}}
{{- end -}}

{{- define "tapeline.image" -}}
{{- $image := .Values.image -}}
{{- if $image.digest -}}
{{- printf "%s@%s" $image.repository $image.digest -}}
{{- else -}}
{{- printf "%s:%s" $image.repository ($image.tag | default .Chart.AppVersion) -}}
{{- end -}}
{{- end -}}
