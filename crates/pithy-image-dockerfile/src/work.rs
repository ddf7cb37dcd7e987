//! Counts what the parser does, so that a test can say that its time is linear without a clock.

#[cfg(test)]
std::thread_local! {
    static DONE: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// Counts steps of a loop, in tests.
#[inline]
pub(crate) fn count(steps: usize) {
    #[cfg(test)]
    DONE.with(|done| done.set(done.get() + steps));
    #[cfg(not(test))]
    let _ = steps;
}

/// Steps of this thread while `run` ran.
#[cfg(test)]
pub(crate) fn of<T>(run: impl FnOnce() -> T) -> usize {
    let before = DONE.get();
    run();
    DONE.get() - before
}

#[cfg(test)]
mod tests {
    use super::of;
    use crate::Dockerfile;

    type Text = fn(usize) -> String;

    /// Texts that are long in one way each; the number says how long.
    const LONG: [(&str, Text); 22] = [
        ("instructions", |n| "RUN a\n".repeat(n)),
        ("words", |n| format!("COPY {}", "a ".repeat(n))),
        ("continuations", |n| format!("RUN {}", "a \\\n".repeat(n))),
        ("words across lines", |n| format!("COPY {}", "a\\\nb \\\n".repeat(n))),
        ("comments", |n| format!("RUN {}", "\\\n# a\n".repeat(n))),
        ("empty continuations", |n| "\\\n".repeat(n)),
        ("blanks", |n| format!("RUN a{}\n", " ".repeat(n)).repeat(2)),
        ("flags", |n| format!("COPY {}a b", "--exclude=a ".repeat(n))),
        ("one flag", |n| format!("COPY --exclude={} a b", "\\é\"".repeat(n))),
        ("fields", |n| format!("RUN --mount={} a", "a=b,".repeat(n))),
        ("quotes in fields", |n| format!("RUN --mount='\"{}\"' a", "\"\"".repeat(n))),
        ("pairs", |n| format!("ENV {}", "a=\"b\" ".repeat(n))),
        ("pairs without a value across lines", |n| format!("ENV a=b {}", "c \\\n".repeat(n))),
        ("lines that are no instructions", |n| "FRO --fro=a\n".repeat(n)),
        ("strings", |n| format!("CMD [{}\"b\"]", "\"a\\n\", ".repeat(n))),
        ("brackets", |n| format!("CMD {}", "[".repeat(n))),
        ("nested arrays", |n| format!("CMD [{}{}]", "[".repeat(n.min(9_000)), "]".repeat(n.min(9_000)))),
        ("heredocs", |n| format!("COPY {}/b\n{}", "<<a ".repeat(n), "1\na\n".repeat(n))),
        ("heredocs without an end", |n| format!("COPY {}/b\n{}", "<<a ".repeat(n), "1\n".repeat(n))),
        ("braces", |n| format!("RUN <<{}", "${a:-".repeat(n))),
        ("angles", |n| format!("RUN {}", "<<".repeat(n))),
        ("an unknown instruction", |n| "é".repeat(n)),
    ];

    #[test]
    fn a_text_of_twice_the_length_is_at_most_twice_the_work() {
        for (what, text) in LONG {
            let work = |n| of(|| Dockerfile::parse(text(n)));
            let (once, twice) = (work(4_000), work(8_000));
            assert!(twice <= 2 * once + 100, "{what}: {once}, then {twice}");
            assert!(once <= 60 * text(4_000).len(), "{what}: {once} for {} bytes", text(4_000).len());
        }
    }
}
