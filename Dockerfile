# Two images: "fanoutd" (the daemon and the client) and "generatedb" (the
# loader of the demo's data).
#
#     docker build --target fanoutd -t fanoutd .

FROM debian:12-slim AS build
WORKDIR /src
COPY scripts/setup scripts/setup
RUN scripts/setup build
COPY . .
RUN make -j"$(nproc)"

FROM debian:12-slim AS fanoutd
RUN apt-get update \
	&& apt-get install -y --no-install-recommends \
		libev4 libinih1 libjansson4 libpg-query1504.0 libpq5 \
		libsqlite3-0 libsystemd0 \
	&& rm -rf /var/lib/apt/lists/* \
	&& useradd --no-create-home --uid 7432 --user-group fanout \
	&& install -d -o fanout -g fanout /run/fanout /var/lib/fanout
COPY --from=build /src/build/fanoutd /src/build/fanout /usr/local/bin/
USER fanout
WORKDIR /var/lib/fanout
CMD ["fanoutd"]
HEALTHCHECK --interval=5s --timeout=3s --start-period=2s \
	CMD ["fanout", "ping"]

FROM fanoutd AS generatedb
USER root
RUN apt-get update \
	&& apt-get install -y --no-install-recommends python3 \
	&& rm -rf /var/lib/apt/lists/*
COPY scripts/generatedb scripts/*.py /usr/local/lib/fanout/
USER fanout
HEALTHCHECK NONE
ENTRYPOINT ["/usr/local/lib/fanout/generatedb"]
CMD ["--help"]
