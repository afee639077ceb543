#!/usr/bin/env bash
# A Docker Engine of one's own, beside whatever else runs on a Debian machine, with an image redis:7 in it.
#
#   eval "$(test/provision/docker-engine.sh up)"   starts it, and prints the settings that Docker's clients need
#   test/provision/docker-engine.sh down           ends it and its containers, and removes what it has stored
#
# "up" needs root. Where an engine answers that has the image or can pull it, that one will do, and nothing is started
# or printed. DOCKER_ENGINE_FOLDER says where the engine keeps its things.
set -euo pipefail

folder=${DOCKER_ENGINE_FOLDER:-/tmp/jongleur-docker}
image=redis:7

# Of the folder's own, so that several engines don't meet.
number=$(($(printf %s "$folder" | cksum | cut -d' ' -f1) % 256))
bridge=jongleur$number
subnet=172.30.$number.1/24

main() {
  case ${1:-} in
    up) up ;;
    down) down ;;
    *) fail "wants up or down" ;;
  esac
}

fail() { printf 'docker-engine: %s\n' "$*" >&2; exit 1; }

up() {
  if has_image || can_pull; then return; fi
  [ "$(id -u)" = 0 ] || fail "only root can start an engine"
  install_packages
  mkdir -p "$folder"
  export DOCKER_HOST=unix://$folder/docker.sock
  docker info >/dev/null 2>&1 || start_engine
  has_image || can_pull || make_image
  # Ryuk, which clears up after Testcontainers, has no image here; "down" clears up.
  printf 'export DOCKER_HOST=%s TESTCONTAINERS_HOST_OVERRIDE=127.0.0.1 TESTCONTAINERS_RYUK_DISABLED=true\n' "$DOCKER_HOST"
}

has_image() { docker image inspect "$image" >/dev/null 2>&1; }
can_pull() { docker info >/dev/null 2>&1 && timeout 120 docker pull --quiet "$image" >/dev/null 2>&1; }

install_packages() {
  local wanted=()
  command -v dockerd >/dev/null || wanted+=(docker.io)
  command -v redis-server >/dev/null || wanted+=(redis-server)
  command -v busybox >/dev/null || wanted+=(busybox-static)
  command -v ip >/dev/null || wanted+=(iproute2)
  if [ ${#wanted[@]} -gt 0 ]; then install "${wanted[@]}"; fi
  # Newer releases have it in a package of its own.
  command -v docker >/dev/null || install docker-cli
}

install() {
  apt-get update -qq >&2
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

# Without iptables, the rules of other engines stay as they are; ports are passed on by Docker's own proxy.
start_engine() {
  ip link show "$bridge" >/dev/null 2>&1 || ip link add name "$bridge" type bridge
  ip address replace "$subnet" dev "$bridge"
  ip link set "$bridge" up
  setsid dockerd --host "$DOCKER_HOST" --data-root "$folder/data" --exec-root "$folder/exec" \
    --pidfile "$folder/dockerd.pid" --bridge "$bridge" --iptables=false --ip6tables=false >"$folder/log" 2>&1 &
  local engine=$!
  until docker info >/dev/null 2>&1; do
    kill -0 "$engine" 2>/dev/null || { tail -n 5 "$folder/log" >&2; fail "the engine does not start"; }
    sleep 0.2
  done
}

# From the machine's own redis-server, for where no image can be pulled.
make_image() {
  local root
  root=$(mktemp -d)
  mkdir -p "$root"/{bin,data,tmp,etc,proc,sys,dev}
  for program in redis-server redis-cli; do add_program "$root" "$(command -v "$program")"; done
  cp "$(command -v busybox)" "$root/bin/busybox"
  for applet in $(busybox --list); do [ "$applet" = busybox ] || ln -s busybox "$root/bin/$applet"; done
  tar -C "$root" -c . | docker import --change 'ENV PATH=/bin' --change 'WORKDIR /data' --change 'EXPOSE 6379' \
    --change 'CMD ["redis-server", "--protected-mode", "no"]' - "$image" >/dev/null
  rm -rf "$root"
}

# A program with the libraries that it is linked to, each at its own path.
add_program() {
  cp --dereference "$2" "$1/bin/"
  ldd "$2" | grep -o '/[^ ]*' | while read -r library; do
    mkdir -p "$1$(dirname "$library")"
    cp --dereference "$library" "$1$library"
  done
}

down() {
  [ -d "$folder" ] || return 0
  export DOCKER_HOST=unix://$folder/docker.sock
  docker ps --all --quiet 2>/dev/null | xargs --no-run-if-empty docker rm --force >/dev/null || true
  docker network prune --force >/dev/null 2>&1 || true
  if [ -f "$folder/dockerd.pid" ]; then
    engine=$(cat "$folder/dockerd.pid")
    kill "$engine" 2>/dev/null || true
    for _ in $(seq 100); do kill -0 "$engine" 2>/dev/null || break; sleep 0.1; done
  fi
  ip link delete "$bridge" 2>/dev/null || true
  rm -rf "$folder"
}

main "$@"
