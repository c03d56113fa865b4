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

{{- define "tapeline.image" -}}
{{- $image := .Values.image -}}
{{- if $image.digest -}}
{{- printf "%s@%s" $image.repository $image.digest -}}
{{- else -}}
{{- printf "%s:%s" $image.repository ($image.tag | default .Chart.AppVersion) -}}
{{- end -}}
{{- end -}}

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

{{/* Where Kafka, Cassandra and our own processes are: HOST:PORT,… */}}
{{- define "tapeline.host" -}}
{{- printf "%s-%s.%s.svc.%s" (include "tapeline.fullname" .root) .component .root.Release.Namespace .root.Values.clusterDomain -}}
{{- end -}}

{{- define "tapeline.kafka" -}}
{{- if .Values.dev.enabled -}}
{{- printf "%s:9092" (include "tapeline.host" (dict "root" . "component" "kafka")) -}}
{{- else -}}
{{- join "," .Values.kafka.bootstrap -}}
{{- end -}}
{{- end -}}

{{- define "tapeline.cassandra" -}}
{{- if .Values.dev.enabled -}}
{{- printf "%s:9042" (include "tapeline.host" (dict "root" . "component" "cassandra")) -}}
{{- else -}}
{{- join "," .Values.cassandra.contactPoints -}}
{{- end -}}
{{- end -}}

{{- define "tapeline.ingest" -}}
{{- printf "%s:%d" (include "tapeline.host" (dict "root" . "component" "ingest")) (int .Values.ingest.service.port) -}}
{{- end -}}

{{- define "tapeline.query" -}}
{{- printf "%s:%d" (include "tapeline.host" (dict "root" . "component" "query")) (int .Values.query.service.port) -}}
{{- end -}}

{{/* What every pod of ours has in common: no root, no rights, nothing writable, no variables of other Services. */}}
{{- define "tapeline.podSecurity" -}}
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 1000
  runAsGroup: 1000
  fsGroup: 1000
  seccompProfile:
    type: RuntimeDefault
{{- end -}}

{{- define "tapeline.containerSecurity" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
{{- end -}}

{{- define "tapeline.pullSecrets" -}}
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* Where pods go. Call with dict "root" $ "component" "ingest". */}}
{{- define "tapeline.placement" -}}
{{- $values := index .root.Values .component -}}
{{- with $values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- if kindIs "invalid" $values.topologySpreadConstraints }}
topologySpreadConstraints:
  {{- range $key := list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
  - maxSkew: 1
    topologyKey: {{ $key }}
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- include "tapeline.selector" $ | nindent 8 }}
    matchLabelKeys: [pod-template-hash]
  {{- end }}
{{- else if $values.topologySpreadConstraints }}
topologySpreadConstraints:
  {{- toYaml $values.topologySpreadConstraints | nindent 2 }}
{{- end }}
{{- end -}}

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

{{/* Certificates as files: mounts, and the volumes of the same names. Empty where none are named. */}}
{{- define "tapeline.tlsSecrets" -}}
{{- $found := dict -}}
{{- range $server := list "kafka" "cassandra" -}}
{{- $tls := (index $.Values $server).tls -}}
{{- if and $tls.enabled $tls.existingSecret -}}
{{- $_ := set $found (printf "%s-ca" $server) $tls.existingSecret -}}
{{- end -}}
{{- if and $tls.enabled $tls.clientSecret -}}
{{- $_ := set $found (printf "%s-client" $server) $tls.clientSecret -}}
{{- end -}}
{{- end -}}
{{- toJson $found -}}
{{- end -}}

{{- define "tapeline.tlsMounts" -}}
{{- with include "tapeline.tlsSecrets" . | fromJson }}
volumeMounts:
  {{- range $name, $_ := . }}
  - name: {{ $name }}
    mountPath: /etc/tapeline/{{ $name }}
    readOnly: true
  {{- end }}
{{- end }}
{{- end -}}

{{- define "tapeline.tlsVolumes" -}}
{{- with include "tapeline.tlsSecrets" . | fromJson }}
volumes:
  {{- range $name, $secret := . }}
  - name: {{ $name }}
    secret:
      secretName: {{ $secret }}
      defaultMode: 0440
  {{- end }}
{{- end }}
{{- end -}}

{{/* Probes. A process that waits for its servers is alive and not ready; the first start may take as long as it waits. */}}
{{- define "tapeline.probes" -}}
startupProbe:
  httpGet:
    path: /livez
    port: {{ . }}
  periodSeconds: 2
  timeoutSeconds: 5
  failureThreshold: 330
livenessProbe:
  httpGet:
    path: /livez
    port: {{ . }}
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
readinessProbe:
  httpGet:
    path: /readyz
    port: {{ . }}
  periodSeconds: 2
  timeoutSeconds: 2
  failureThreshold: 2
{{- end -}}

{{/* The release that installed a definition, if it is another than this one. Empty without a cluster to ask. */}}
{{- define "tapeline.crdOfOther" -}}
{{- $found := lookup "apiextensions.k8s.io/v1" "CustomResourceDefinition" "" .name -}}
{{- if $found -}}
{{- $annotations := $found.metadata.annotations | default dict -}}
{{- $owner := printf "%s/%s" (index $annotations "meta.helm.sh/release-namespace" | default "?") (index $annotations "meta.helm.sh/release-name" | default "?") -}}
{{- if ne $owner (printf "%s/%s" .root.Release.Namespace .root.Release.Name) -}}{{- $owner -}}{{- end -}}
{{- end -}}
{{- end -}}
