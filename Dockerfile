# syntax=docker/dockerfile:1

# Build with BuildKit (the default of Docker 23 and later):
#   docker build --build-arg VERSION=0.1.0 --build-arg REVISION="$(git rev-parse HEAD)" -t kindred .

# The tag names the toolchain. rust-toolchain.toml is not copied: it asks for rustfmt and clippy,
# which rustup would fetch for nothing. tests/it/dockerfile.rs holds the two together.
FROM rust:1.95-bookworm AS builder
WORKDIR /src
COPY Cargo.toml Cargo.lock ./
COPY .cargo .cargo
COPY migration migration
COPY benches benches
COPY locales locales
COPY templates templates
COPY web web
COPY src src
ARG REVISION=unknown
# The caches live outside the image's layers, so the binary is copied out in the same step.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    KINDRED_REVISION="${REVISION}" cargo build --release --locked --bin kindred \
    && install -D target/release/kindred /out/kindred \
    && mkdir /out/data

# No shell and no package manager: what is not there cannot be used by an intruder.
FROM gcr.io/distroless/cc-debian12:nonroot
ARG VERSION=dev
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Kindred" \
      org.opencontainers.image.description="Actor-based, stateful authentication server" \
      org.opencontainers.image.licenses="MIT OR Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"

COPY --from=builder /out/kindred /usr/local/bin/kindred
# A new volume takes over the owner of the folder it covers. Platforms that choose the user put it into group 0.
COPY --from=builder --chown=65532:0 --chmod=0770 /out/data /var/lib/kindred

ENV KINDRED_PROFILE=production \
    KINDRED_DATA_DIR=/var/lib/kindred \
    KINDRED_SERVER__LISTEN=0.0.0.0:8080 \
    KINDRED_OPS__LISTEN=0.0.0.0:9464

# The number of `nonroot`: Kubernetes' runAsNonRoot cannot check a name.
USER 65532:65532
VOLUME ["/var/lib/kindred"]
EXPOSE 8080 9464
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
    CMD ["/usr/local/bin/kindred", "health"]
ENTRYPOINT ["/usr/local/bin/kindred"]
CMD ["serve"]
