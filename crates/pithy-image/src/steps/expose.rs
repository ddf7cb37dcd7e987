//! Documents ports.

use super::{Image, StepKind, strings};
use crate::normal_form::{Builder, Instruction};
use crate::ordered;
use crate::problem::Code;

step! {
    /// Documents the ports that the image listens on, sorted and without duplicates: `EXPOSE 53/udp
    /// 8080`. Daytona does not open them.
    pub struct Expose {
        /// Ports or ranges of ports, each with an optional `/tcp` or `/udp`.
        ports: Vec<String>,
    }
    call "expose(...ports)";
    emits "`EXPOSE` and the ports: trimmed, in lower case, without `/tcp`, `80-80` as `80`, sorted by their bytes, each once";
}

impl Image {
    /// Documents the ports that the image listens on, sorted and without duplicates: [`Expose`].
    ///
    /// ```
    /// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/lines.rs")); }
    /// # use {doc::lines, pithy_image::Image};
    /// let image = Image::base("debian:12-slim").expose(["8080", "53/udp"]);
    /// assert_eq!(lines(&image), ["FROM debian:12-slim", "EXPOSE 53/udp 8080"]);
    /// ```
    #[must_use]
    pub fn expose<S: Into<String>>(&self, ports: impl IntoIterator<Item = S>) -> Self {
        self.with(Expose { ports: strings(ports) })
    }
}

impl StepKind for Expose {
    fn build(&self, builder: &mut Builder) {
        for (i, port) in self.ports.iter().enumerate() {
            if !is_port(&port.trim().to_ascii_lowercase()) {
                let message = format!("Invalid port: `{}`.", port.escape_debug());
                let hint = "Give a number from 1 to 65535 or a range, with an optional protocol: `8080`, `53/udp`, `9000-9010`.";
                builder.report(Code::InvalidPort, &format_args!("/ports/{i}"), message, hint);
            }
        }
        let ports = ordered::set(self.ports.iter().map(|port| shortest_port(port.trim())));
        if !ports.is_empty() {
            builder.push(Instruction::Expose(ports.into_iter().collect()));
        }
    }
}

/// A port as Docker takes it without its defaults: `/tcp`, and an end of a range that is its beginning.
fn shortest_port(port: &str) -> String {
    let port = port.to_ascii_lowercase();
    let (range, protocol) = port.split_once('/').unwrap_or((&port, "tcp"));
    let range = range.split_once('-').filter(|(first, last)| first == last).map_or(range, |(first, _)| first);
    if protocol == "tcp" { range.to_owned() } else { format!("{range}/{protocol}") }
}

/// Digits, or a range of them, with an optional protocol in lower case.
fn is_port(port: &str) -> bool {
    let (range, protocol) = port.split_once('/').unwrap_or((port, "tcp"));
    let (first, last) = range.split_once('-').unwrap_or((range, range));
    let number = |digits: &str| {
        let plain = digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0');
        digits.parse::<u16>().ok().filter(|_| plain)
    };
    let ordered = number(first).zip(number(last)).is_some_and(|(first, last)| first <= last);
    ordered && matches!(protocol, "tcp" | "udp")
}
