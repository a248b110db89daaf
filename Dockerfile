# syntax=docker/dockerfile:1
# The service and nothing else: no shell, no package manager, not root. docs/deploy.md tells how to
# run it. Needs BuildKit (Docker 23 or later, or buildah) for its caches.

FROM rust:1-slim-bookworm AS build
WORKDIR /src
COPY . .
# The dependencies stay compiled in the cache until Cargo.lock changes.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --release --locked --bin jotleash \
    && install -D target/release/jotleash /image/jotleash \
    # A new volume takes the owner and the mode of the folder that it covers.
    && install -d -m 0700 /image/data /image/keys

FROM gcr.io/distroless/cc-debian12:nonroot
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="jotleash" \
      org.opencontainers.image.description="JWTs on a leash: signed tokens that die the moment you say so" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=build --chown=65532:65532 /image/ /
# The defaults of every path are then /jotleash.toml, /keys and /data.
WORKDIR /
USER 65532:65532
# Inside the container; what is published outside, and under which issuer, is the operator's to say.
ENV JOTLEASH_LISTEN=0.0.0.0:8080
EXPOSE 8080 9090
VOLUME ["/data", "/keys"]
# It asks the service that the settings describe; there is no curl in here.
HEALTHCHECK --interval=10s --timeout=5s --start-period=10s --retries=3 \
    CMD ["/jotleash", "healthcheck"]
ENTRYPOINT ["/jotleash"]
CMD ["serve"]
