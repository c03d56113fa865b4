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
