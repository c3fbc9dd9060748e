# What stands beside Roost, from Debian's packages. The versions that are asked for are those that `npm run test:stack`
# runs: another one is refused here rather than found out in a call. Debian 13 has no Janus, Debian 12 no signaling
# server that lets pictures through, so there are two releases.
FROM debian:bookworm-slim AS bookworm
COPY deploy/services/health /usr/local/bin/health
RUN useradd --system --uid 10001 --no-create-home --home-dir /nonexistent service

FROM debian:trixie-slim AS trixie
COPY deploy/services/health /usr/local/bin/health
RUN useradd --system --uid 10001 --no-create-home --home-dir /nonexistent service

FROM bookworm AS nats
RUN apt-get update && apt-get install -y --no-install-recommends 'nats-server=2.9.*' && rm -rf /var/lib/apt/lists/*
USER service
HEALTHCHECK --interval=10s --timeout=5s --retries=3 CMD ["health", "nats", "127.0.0.1", "4222"]
CMD ["nats-server", "-c", "/etc/nats.conf"]

FROM bookworm AS janus
RUN apt-get update && apt-get install -y --no-install-recommends 'janus=1.1.2*' && rm -rf /var/lib/apt/lists/*
# only the plugin and the transport that are needed: as packaged it would load all there are
RUN cd /opt && mkdir -p janus/plugins janus/transports janus/events janus/loggers \
	&& ln -s /usr/lib/*/janus/plugins/libjanus_videoroom.so janus/plugins/ \
	&& ln -s /usr/lib/*/janus/transports/libjanus_websockets.so janus/transports/
USER service
HEALTHCHECK --interval=10s --timeout=5s --retries=3 CMD ["health", "janus", "127.0.0.1", "8188"]
CMD ["janus", "-F", "/opt/janus"]

FROM bookworm AS turn
RUN apt-get update && apt-get install -y --no-install-recommends 'coturn=4.6.1*' && rm -rf /var/lib/apt/lists/*
COPY deploy/services/turn /usr/local/bin/turn
# the owner of a volume is that of the first directory it is mounted at: the proxy's and this one are the same
RUN install -d -o service -m 700 /certificates
USER service
HEALTHCHECK --interval=10s --timeout=5s --retries=3 CMD ["health", "turn", "/etc/turn.conf"]
CMD ["turn", "/etc/turn.conf"]

FROM trixie AS signaling
# it asks Roost by https
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates 'nextcloud-spreed-signaling=1.2.4*' \
	&& rm -rf /var/lib/apt/lists/*
USER service
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["health", "signaling", "127.0.0.1", "8081"]
STOPSIGNAL SIGINT
CMD ["nextcloud-spreed-signaling-server", "-config", "/etc/signaling.conf"]

FROM trixie AS proxy
# a program may open 80 and 443 without being root
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates caddy curl libcap2-bin \
	&& setcap cap_net_bind_service=+ep /usr/bin/caddy && rm -rf /var/lib/apt/lists/* \
	&& install -d -o service -m 700 /data /certificates
USER service
ENV XDG_DATA_HOME=/data XDG_CONFIG_HOME=/tmp
HEALTHCHECK --interval=10s --timeout=10s --start-period=60s --retries=3 CMD health proxy "$ROOST_HOST"
CMD ["caddy", "run", "--config", "/etc/Caddyfile", "--adapter", "caddyfile"]
