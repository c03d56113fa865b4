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
