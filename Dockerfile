# syntax=docker/dockerfile:1

# Two stages: the program and its recogniser are built in one, and run in the other, which is
# Debian because the local speech engines (espeak-ng, pocketsphinx) are its packages.

FROM golang:1.26-bookworm AS build
RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
        gcc libc6-dev libopus-dev libopusfile-dev libpocketsphinx-dev make pkg-config \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
# With cgo, for libopus.
RUN CGO_ENABLED=1 GOFLAGS="-trimpath -buildvcs=false" make build

FROM debian:12-slim
RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
        ca-certificates espeak-ng libopus0 libopusfile0 libpocketsphinx3 pocketsphinx-en-us tzdata \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 --home-dir /var/lib/trunkline --create-home --shell /usr/sbin/nologin trunkline
# The recogniser is looked for beside the program.
COPY --from=build /src/bin/trunkline /src/bin/trunkline-pocketsphinx /usr/local/bin/

USER 10001:10001
# The database and the recordings go to data/ here: mount a volume to keep them.
WORKDIR /var/lib/trunkline
VOLUME ["/var/lib/trunkline"]

# SIP, the HTTP API, RTP. The embedded configuration listens on loopback only: use --network=host
# for a first call, and a configuration of your own (serve -c /etc/trunkline.yaml) beyond it.
EXPOSE 5060/udp 5060/tcp 8080/tcp 20000-20999/udp

# TERM drains: no new calls, those there are may end, then exit. Give it time: docker stop -t 60.
STOPSIGNAL SIGTERM
ENTRYPOINT ["trunkline"]
CMD ["serve"]
