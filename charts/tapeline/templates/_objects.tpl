{{/* The default TickStore and TickStream, as JSON. What is not set is left out, so that it is nobody's. */}}
{{- define "tapeline.tlsOf" -}}
{{- $spec := dict -}}
{{- if .existingSecret -}}
{{- $_ := set $spec "caSecretRef" (dict "name" .existingSecret "key" .caKey) -}}
{{- end -}}
{{- if .clientSecret -}}
{{- $_ := set $spec "clientSecretRef" (dict "name" .clientSecret) -}}
{{- end -}}
{{- toJson $spec -}}
{{- end -}}

{{- define "tapeline.loginOf" -}}
{{- dict "username" .username "passwordSecretRef" (dict "name" .existingSecret "key" .passwordKey) | toJson -}}
{{- end -}}

{{- define "tapeline.metadataOf" -}}
{{- $labels := include "tapeline.labels" (dict "root" .root "component" .component) | fromYaml -}}
{{- dict "name" .name "labels" $labels | toJson -}}
{{- end -}}

{{- define "tapeline.storeObject" -}}
{{- $values := .Values -}}
{{- $cassandra := dict "contactPoints" (splitList "," (include "tapeline.cassandra" .)) "datacenter" $values.cassandra.datacenter -}}
{{- if $values.cassandra.tls.enabled -}}
{{- $_ := set $cassandra "tls" (include "tapeline.tlsOf" $values.cassandra.tls | fromJson) -}}
{{- end -}}
{{- if $values.cassandra.login.username -}}
{{- $_ := set $cassandra "login" (include "tapeline.loginOf" $values.cassandra.login | fromJson) -}}
{{- end -}}
{{- $standard := dict $values.cassandra.datacenter (ternary 1 3 $values.dev.enabled) -}}
{{- $spec := dict "cassandra" $cassandra "keyspace" $values.store.keyspace "deletionPolicy" $values.store.deletionPolicy -}}
{{- $_ := set $spec "replication" ($values.store.replication | default $standard) -}}
{{- if $values.store.paused -}}{{- $_ := set $spec "paused" true -}}{{- end -}}
{{- with $values.store.tables -}}{{- $_ := set $spec "tables" . -}}{{- end -}}
{{- $metadata := include "tapeline.metadataOf" (dict "root" . "component" "store" "name" (include "tapeline.storeName" .)) | fromJson -}}
{{- dict "apiVersion" "tapeline.dev/v1alpha1" "kind" "TickStore" "metadata" $metadata "spec" $spec | toJson -}}
{{- end -}}

{{- define "tapeline.streamObject" -}}
{{- $values := .Values -}}
{{- $kafka := dict "bootstrap" (splitList "," (include "tapeline.kafka" .)) -}}
{{- if $values.kafka.tls.enabled -}}
{{- $_ := set $kafka "tls" (include "tapeline.tlsOf" $values.kafka.tls | fromJson) -}}
{{- end -}}
{{- if $values.kafka.sasl.mechanism -}}
{{- $login := include "tapeline.loginOf" $values.kafka.sasl | fromJson -}}
{{- $_ := set $kafka "sasl" (set $login "mechanism" $values.kafka.sasl.mechanism) -}}
{{- end -}}
{{- $topic := dict -}}
{{- range $name := list "name" "replicas" "minInsyncReplicas" "retention" -}}
{{- with index $values.stream.topic $name -}}{{- $_ := set $topic $name . -}}{{- end -}}
{{- end -}}
{{- /* Its Kafka has one broker. */ -}}
{{- if and $values.dev.enabled (not $topic.replicas) -}}{{- $_ := set $topic "replicas" 1 -}}{{- end -}}
{{- $config := deepCopy $values.stream.topic.config -}}
{{- range $values.stream.topic.handsOff -}}{{- $_ := set $config . nil -}}{{- end -}}
{{- with $config -}}{{- $_ := set $topic "config" . -}}{{- end -}}
{{- $spec := dict "kafka" $kafka "partitions" $values.stream.partitions "deletionPolicy" $values.stream.deletionPolicy -}}
{{- $_ := set $spec "storeRef" (dict "name" (include "tapeline.storeName" .)) -}}
{{- if $values.ingest.enabled -}}{{- $_ := set $spec "ingest" (list (include "tapeline.ingest" .)) -}}{{- end -}}
{{- with $topic -}}{{- $_ := set $spec "topic" . -}}{{- end -}}
{{- range $name := list "intervals" "profiles" "lateness" "pins" "placement" -}}
{{- with index $values.stream $name -}}{{- $_ := set $spec $name . -}}{{- end -}}
{{- end -}}
{{- $workers := dict "resources" $values.stream.workers.resources -}}
{{- if not (kindIs "invalid" $values.stream.workers.replicas) -}}{{- $_ := set $workers "replicas" $values.stream.workers.replicas -}}{{- end -}}
{{- with $values.stream.workers.template -}}{{- $_ := set $workers "template" . -}}{{- end -}}
{{- $_ := set $spec "workers" $workers -}}
{{- $feeds := $values.stream.feeds -}}
{{- if and (not $feeds) $values.dev.enabled $values.dev.simulator -}}
{{- $feeds = list (dict "name" "simulator" "type" "simulator") -}}
{{- end -}}
{{- with $feeds -}}{{- $_ := set $spec "feeds" . -}}{{- end -}}
{{- if $values.stream.paused -}}{{- $_ := set $spec "paused" true -}}{{- end -}}
{{- $metadata := include "tapeline.metadataOf" (dict "root" . "component" "stream" "name" (include "tapeline.streamName" .)) | fromJson -}}
{{- dict "apiVersion" "tapeline.dev/v1alpha1" "kind" "TickStream" "metadata" $metadata "spec" $spec | toJson -}}
{{- end -}}
