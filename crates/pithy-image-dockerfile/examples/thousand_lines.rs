//! How long a Dockerfile of 1,000 lines takes: `cargo run --release --example thousand_lines`.
#![allow(clippy::disallowed_types, reason = "it measures")]

use std::time::{Duration, Instant};

use pithy_image_dockerfile::Dockerfile;

const BLOCK: &str = r#"FROM --platform=$BUILDPLATFORM node:22-bookworm-slim AS build
ENV PATH=/opt/bin:$PATH \
    A="b c"
# the tools
RUN --mount=type=cache,target=/var/cache/apt \
    --mount=type=bind,source=package.json,target=/package.json \
    apt-get update && apt-get install -y --no-install-recommends \
      # for builds
      build-essential curl git \
    && rm -rf /var/lib/apt/lists/*
COPY --link --chown=1000:1000 package.json package-lock.json src/**/*.ts /app/
RUN <<EOF
set -eu
echo "$A"
EOF
LABEL a.b.c="d" e='f'
HEALTHCHECK --interval=30s CMD ["curl", "-f", "http://localhost/"]
WORKDIR /app
USER node
CMD ["node", "dist/server.js"]
"#;

fn main() {
    let text = BLOCK.repeat(50);
    assert_eq!(text.lines().count(), 1_000);
    let mut times: Vec<Duration> = (0..101).map(|_| time(&text)).collect();
    times.sort();
    println!("1,000 lines, {} bytes: {:?} at the median, {:?} at the most", text.len(), times[50], times[100]);
}

fn time(text: &str) -> Duration {
    let start = Instant::now();
    let read = std::hint::black_box(Dockerfile::parse(text));
    let time = start.elapsed();
    assert!(read.errors.is_empty());
    time
}
