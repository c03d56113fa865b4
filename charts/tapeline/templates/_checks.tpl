{{/* What the schema cannot see: values that are right one by one and wrong together. All of it is said at once. */}}
{{- define "tapeline.checks" -}}
{{- $values := .Values -}}
{{- $problems := list -}}
{{- if $values.dev.enabled -}}
{{- if or $values.kafka.bootstrap $values.cassandra.contactPoints -}}
{{- $problems = append $problems "dev.enabled brings Kafka and Cassandra, and kafka.bootstrap or cassandra.contactPoints names others; leave one of the two away" -}}
{{- end -}}
{{- if or $values.kafka.tls.enabled $values.kafka.sasl.mechanism $values.cassandra.tls.enabled $values.cassandra.login.username -}}
{{- $problems = append $problems "dev.enabled brings servers without TLS and login; leave kafka.tls, kafka.sasl, cassandra.tls and cassandra.login away" -}}
{{- end -}}
{{- if ne $values.cassandra.datacenter "datacenter1" -}}
{{- $problems = append $problems (printf "the Cassandra of dev.enabled has the data centre datacenter1, and cassandra.datacenter is %s; leave it away" $values.cassandra.datacenter) -}}
{{- end -}}
{{- else -}}
{{- if not $values.kafka.bootstrap -}}
{{- $problems = append $problems "kafka.bootstrap names no brokers; give some, such as {kafka-0.kafka:9092}, or set dev.enabled=true to try it with a Kafka of its own" -}}
{{- end -}}
{{- if not $values.cassandra.contactPoints -}}
{{- $problems = append $problems "cassandra.contactPoints names no nodes; give some, such as {cassandra-0.cassandra:9042}, or set dev.enabled=true" -}}
{{- end -}}
{{- end -}}
{{- if gt (len (include "tapeline.streamName" .)) 40 -}}
{{- $problems = append $problems (printf "the stream's name %s has more than 40 characters; give a shorter one with stream.name" (include "tapeline.streamName" .)) -}}
{{- end -}}
{{- range $server := list "kafka" "cassandra" -}}
{{- $tls := (index $values $server).tls -}}
{{- if and (or $tls.existingSecret $tls.clientSecret) (not $tls.enabled) -}}
{{- $problems = append $problems (printf "%s.tls names a Secret and TLS is off; set %s.tls.enabled=true" $server $server) -}}
{{- end -}}
{{- end -}}
{{- $sasl := $values.kafka.sasl -}}
{{- if and $sasl.mechanism (not (and $sasl.username $sasl.existingSecret)) -}}
{{- $problems = append $problems "kafka.sasl.mechanism needs kafka.sasl.username and, with the password, kafka.sasl.existingSecret" -}}
{{- end -}}
{{- if and (or $sasl.username $sasl.existingSecret) (not $sasl.mechanism) -}}
{{- $problems = append $problems "kafka.sasl has a name or a Secret and no mechanism; set kafka.sasl.mechanism" -}}
{{- end -}}
{{- $login := $values.cassandra.login -}}
{{- if ne (empty $login.username) (empty $login.existingSecret) -}}
{{- $problems = append $problems "cassandra.login.username and cassandra.login.existingSecret go together; give both or neither" -}}
{{- end -}}
{{- $scaled := dict "ingest" $values.ingest "query" $values.query "stream.workers" $values.stream.workers -}}
{{- range $name, $each := $scaled -}}
{{- if and $each.autoscaling.enabled (not (kindIs "invalid" $each.replicas)) -}}
{{- $problems = append $problems (printf "%s.replicas and %s.autoscaling.enabled contradict each other; leave replicas null" $name $name) -}}
{{- end -}}
{{- if and $each.autoscaling.enabled (gt (int $each.autoscaling.minReplicas) (int $each.autoscaling.maxReplicas)) -}}
{{- $problems = append $problems (printf "%s.autoscaling.minReplicas is more than its maxReplicas; lower it" $name) -}}
{{- end -}}
{{- end -}}
{{- if and $values.stream.workers.autoscaling.enabled (not $values.stream.create) -}}
{{- $problems = append $problems "stream.workers.autoscaling is for the stream of this chart, which stream.create=false leaves to you; switch it off" -}}
{{- end -}}
{{- if and $values.store.replication (not (hasKey $values.store.replication $values.cassandra.datacenter)) -}}
{{- $problems = append $problems (printf "store.replication has no entry for cassandra.datacenter %s; add one" $values.cassandra.datacenter) -}}
{{- end -}}
{{- range $key := $values.stream.topic.handsOff -}}
{{- if hasKey $values.stream.topic.config $key -}}
{{- $problems = append $problems (printf "stream.topic.config sets %s and stream.topic.handsOff leaves it alone; leave one of the two away" $key) -}}
{{- end -}}
{{- end -}}
{{- $own := list "TAPELINE_KAFKA" "TAPELINE_STREAM" "TAPELINE_KAFKA_CREATE_TOPICS" "TAPELINE_CASSANDRA" "TAPELINE_CASSANDRA_DC" "TAPELINE_KEYSPACE" "TAPELINE_CASSANDRA_CREATE_KEYSPACE" "TAPELINE_START_WAIT" "TAPELINE_GRPC_PORT" "TAPELINE_HTTP_PORT" "TAPELINE_METRICS_PORT" "TAPELINE_INTERVALS" "TAPELINE_PROFILES" "TAPELINE_NAMESPACES" "TAPELINE_LEASE" "TAPELINE_IMAGE" "TAPELINE_INGEST" "POD_NAME" "POD_NAMESPACE" -}}
{{- range $component := list "operator" "ingest" "query" -}}
{{- range $name, $_ := (index $values $component).env -}}
{{- if or (has $name $own) (regexMatch "^TAPELINE_(KAFKA|CASSANDRA)_(TLS|CA|CERT|KEY|SASL|USERNAME|PASSWORD)$" $name) -}}
{{- $problems = append $problems (printf "%s.env.%s is set by the chart itself, from a value of its own; leave it away" $component $name) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if $problems -}}
{{- fail (printf "\n\nThese values cannot be:\n  - %s\n" (join "\n  - " $problems)) -}}
{{- end -}}
{{- end -}}
