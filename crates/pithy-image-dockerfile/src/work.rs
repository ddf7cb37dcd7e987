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
    use crate::{Dockerfile, Shell};

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

    /// The same of the shell.
    const LONG_SHELL: [(&str, Text); 36] = [
        ("commands", |n| "a;".repeat(n)),
        ("one word", |n| "a".repeat(n)),
        ("lines", |n| "a \\\n && b\n".repeat(n)),
        ("blank lines", |n| " \n".repeat(n)),
        ("comments", |n| "# 'a\n".repeat(n)),
        ("pipes", |n| "a|".repeat(n)),
        ("operators", |n| "&&||;;".repeat(n)),
        ("negations", |n| "! ".repeat(n)),
        ("substitutions in each other", |n| "$(".repeat(n)),
        ("substitutions side by side", |n| "$(a) ".repeat(n)),
        ("substitutions in quotes", |n| "\"$(".repeat(n)),
        ("substitutions in parameters", |n| "${a:-$(".repeat(n)),
        ("parameters", |n| "${a".repeat(n)),
        ("arithmetic in each other", |n| "$((".repeat(n)),
        ("arithmetic that is none", |n| format!("{}{}", "$((".repeat(n), ") )".repeat(n))),
        ("arithmetic that is none, at most 100 deep", |n| {
            format!("{}{} ", "$((a ".repeat(90), ") )".repeat(90)).repeat(n / 100)
        }),
        ("arithmetic that is not closed", |n| "$((a) ".repeat(n)),
        ("parentheses", |n| "(".repeat(n)),
        ("parentheses and commands", |n| "((a)".repeat(n)),
        ("closing parentheses", |n| ")".repeat(n)),
        ("braces", |n| "{ ".repeat(n)),
        ("closing keywords", |n| "fi;done;}".repeat(n)),
        ("conditions", |n| "if a;then ".repeat(n)),
        ("branches", |n| format!("if a;{}", "elif b;then c;".repeat(n))),
        ("cases", |n| format!("case a in {}", "b|c)d;;".repeat(n))),
        ("functions", |n| "f() ".repeat(n)),
        ("functions in each other", |n| "f() { ".repeat(n)),
        ("tests", |n| format!("[[ {}", "a && ( b ".repeat(n))),
        ("arrays", |n| format!("{}{}", "a".repeat(n), "=(b)".repeat(n))),
        ("arrays with an index", |n| format!("a[{}", "=(b)".repeat(n))),
        ("patterns", |n| format!("a {}", "@(".repeat(n))),
        ("quotes", |n| "'a'\"b\"$'c'\\d".repeat(n)),
        ("escapes", |n| format!("\"{}", "\\".repeat(n))),
        ("backticks", |n| "`a".repeat(n)),
        ("heredocs", |n| format!("{}\n{}", "a <<b;".repeat(n), "1\nb\n".repeat(n))),
        ("heredocs without an end", |n| "a <<b\n".repeat(n)),
    ];

    #[test]
    fn a_shell_text_of_twice_the_length_is_at_most_twice_the_work() {
        for (what, text) in LONG_SHELL {
            let work = |n| of(|| Shell::parse(&text(n)));
            let (once, twice) = (work(4_000), work(8_000));
            assert!(twice <= 2 * once + 1_000, "{what}: {once}, then {twice}");
            assert!(once <= 60 * text(4_000).len(), "{what}: {once} for {} bytes", text(4_000).len());
        }
    }

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
