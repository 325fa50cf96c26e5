# The broker in an image that holds the executable, the shared libraries it loads, and nothing else.
#   docker build -t nsq .
#   docker run -p 4150:4150 -p 4151:4151 -v nsq-data:/data nsq nsqd --log-level=info
FROM node:22-bookworm-slim AS build
# python3 is needed only where Deno's download host cannot be reached (scripts/denort.ts).
RUN apt-get update && apt-get install --yes --no-install-recommends python3-pip \
  && rm -rf /var/lib/apt/lists/*
RUN npm install --global --no-audit --no-fund deno@2.7.14
WORKDIR /src
COPY . .
RUN deno task compile && deno run --allow-all scripts/empty_root.ts dist/nsq /rootfs

# No shell, no curl, hence no HEALTHCHECK: probe GET /health/live and /health/ready on 4151 from
# outside (Kubernetes: httpGet; Compose: another container).
FROM scratch
COPY --from=build /rootfs/ /
COPY --from=build --chown=65532:65532 /rootfs/data /data
USER 65532:65532
# Unless --data-path says otherwise, data goes to the working directory.
WORKDIR /data
VOLUME /data
EXPOSE 4150 4151
STOPSIGNAL SIGTERM
ENTRYPOINT ["/nsq"]
CMD ["nsqd"]
