#!/bin/bash
# PID 1 of a node, alone in its pid, mount, uts and ipc namespaces: when it is killed, every component and every container
# of the node ends with it. In: the node's name, its folder, the folder of volumes that all nodes have in common,
# and where pods are told that it is. Each file of FOLDER/components is run as a component, and run again when it ends.
set -u
name=$1 folder=$2 volumes=$3 told=$4

mount --make-rprivate / && mount -t proc proc /proc || exit 1
for place in /run /var/log /var/lib/cni /var/lib/kubelet; do
  mkdir -p "$place" && mount -t tmpfs tmpfs "$place" || exit 1
done
mkdir -p /run/containerd /run/netns "$told" && mkfifo /run/never-written || exit 1
mount --bind "$volumes" "$told" || exit 1

# The kubelet wants these values and would set them for the whole machine; here it finds them, each in a file of its own.
while read -r setting value; do
  echo "$value" >"/run/${setting//\//-}" && mount --bind "/run/${setting//\//-}" "/proc/sys/$setting" || exit 1
done <<'SETTINGS'
vm/overcommit_memory 1
vm/panic_on_oom 0
kernel/panic 10
kernel/panic_on_oops 1
kernel/keys/root_maxkeys 1000000
kernel/keys/root_maxbytes 25000000
SETTINGS

mount --make-rshared / || exit 1
hostname "$name" || exit 1

keep_running() {
  local component=$1
  while :; do
    "$folder/components/$component" >>"$folder/$component.log" 2>&1
    echo "$component ended with $?"
    sleep 0.5
  done
}
for file in "$folder"/components/*; do keep_running "${file##*/}" & done
echo "the node $name runs"

# Volumes are made for root alone, and no group is given to folders of the machine: pods that are not root could not write.
seen=
while :; do
  made=("$volumes"/*/)
  if [ "${made[*]}" != "$seen" ] && [ -d "${made[0]}" ]; then chmod 0777 "${made[@]}" && seen="${made[*]}"; fi
  # A sleep without a process.
  read -r -t 0.2 <>/run/never-written
done
