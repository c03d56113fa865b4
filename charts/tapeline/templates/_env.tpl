{{/* A map of variables as a list. Text stays text. */}}
{{- define "tapeline.envOf" -}}
{{- range $name, $value := . }}
- name: {{ $name }}
  value: {{ toString $value | quote }}
{{- end }}
{{- end -}}

{{/* Variables of every process of ours. */}}
{{- define "tapeline.processEnv" -}}
{{- $given := (index .root.Values .component).env -}}
{{- $own := dict "TAPELINE_LOG_LEVEL" .root.Values.log.level "TAPELINE_LOG_FORMAT" .root.Values.log.format "TAPELINE_GRACE" "20s" -}}
{{- include "tapeline.envOf" (merge (deepCopy $given) $own) }}
{{- end -}}

{{/* Variables of a process that works on Kafka and Cassandra. The operator makes topics and tables: others wait for them. */}}
{{- define "tapeline.serverEnv" -}}
{{- $values := .Values -}}
- name: TAPELINE_KAFKA
  value: {{ include "tapeline.kafka" . | quote }}
- name: TAPELINE_STREAM
  value: {{ include "tapeline.topic" . | quote }}
- name: TAPELINE_KAFKA_CREATE_TOPICS
  value: "false"
- name: TAPELINE_CASSANDRA
  value: {{ include "tapeline.cassandra" . | quote }}
- name: TAPELINE_CASSANDRA_DC
  value: {{ $values.cassandra.datacenter | quote }}
- name: TAPELINE_KEYSPACE
  value: {{ $values.store.keyspace | quote }}
- name: TAPELINE_CASSANDRA_CREATE_KEYSPACE
  value: "false"
- name: TAPELINE_START_WAIT
  value: 10m
{{- range $server := list "kafka" "cassandra" }}
{{- $server := dict "name" $server "prefix" (printf "TAPELINE_%s" (upper $server)) "tls" (index $values $server).tls }}
{{- if $server.tls.enabled }}
- name: {{ $server.prefix }}_TLS
  value: "true"
{{- if $server.tls.existingSecret }}
- name: {{ $server.prefix }}_CA
  value: /etc/tapeline/{{ $server.name }}-ca/{{ $server.tls.caKey }}
{{- end }}
{{- if $server.tls.clientSecret }}
- name: {{ $server.prefix }}_CERT
  value: /etc/tapeline/{{ $server.name }}-client/tls.crt
- name: {{ $server.prefix }}_KEY
  value: /etc/tapeline/{{ $server.name }}-client/tls.key
{{- end }}
{{- end }}
{{- end }}
{{- with $values.kafka.sasl }}
{{- if .mechanism }}
- name: TAPELINE_KAFKA_SASL
  value: {{ .mechanism }}
{{- include "tapeline.loginEnv" (dict "prefix" "TAPELINE_KAFKA" "login" .) }}
{{- end }}
{{- end }}
{{- with $values.cassandra.login }}
{{- if .username }}
{{- include "tapeline.loginEnv" (dict "prefix" "TAPELINE_CASSANDRA" "login" .) }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "tapeline.loginEnv" }}
- name: {{ .prefix }}_USERNAME
  value: {{ .login.username | quote }}
- name: {{ .prefix }}_PASSWORD
  valueFrom:
    secretKeyRef:
      name: {{ .login.existingSecret }}
      key: {{ .login.passwordKey }}
{{- end -}}
