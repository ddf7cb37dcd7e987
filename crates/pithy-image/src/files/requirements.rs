//! pip's requirements files.

use super::requirement::{Flaw, bad_requirement, is_remote, local, local_project};
use crate::path::{base_name, clean};
use crate::problem::Code;

/// A requirements file to read, and where it is named if not in the definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Include {
    pub(crate) path: String,
    pub(crate) named_by: Option<String>,
}

/// What a requirements file includes, and what is wrong with it.
pub(crate) fn includes(path: &str, content: &[u8]) -> (Vec<Include>, Vec<Flaw>) {
    let Ok(text) = str::from_utf8(content) else {
        return (Vec::new(), vec![Flaw::requirement(format!("`{path}` is not UTF-8."), "Save it as UTF-8.")]);
    };
    let (mut included, mut flaws) = (Vec::new(), Vec::new());
    for (line, text) in logical_lines(text) {
        let place = format!("`{path}`, line {line}");
        match read_line(&text).and_then(|named| named.map_or(Ok(None), |named| include(path, &named))) {
            Ok(path) => included.extend(path.map(|path| Include { path, named_by: Some(place) })),
            Err(flaw) => flaws.push(Flaw { message: format!("{place}: {}", flaw.message), ..flaw }),
        }
    }
    (included, flaws)
}

/// The path below the root of a file that another includes; none if it is not below the root.
fn include(from: &str, named: &str) -> Result<Option<String>, Flaw> {
    if named.starts_with('/') || is_url(named) {
        return Ok(None); // in the image already, or fetched by pip
    }
    let directory = from.strip_suffix(base_name(from)).unwrap_or_default();
    clean(&format!("{directory}{named}")).map(Some).ok_or_else(|| Flaw {
        code: Code::SourceOutsideRoot,
        message: format!("`{named}` lies outside the root."),
        hint: "Move the file below the root, or use a root that holds both.",
    })
}

/// The lines of a requirements file without comments, joined where they are continued, each with its number; as pip
/// reads them (`pip._internal.req.req_file`).
fn logical_lines(text: &str) -> Vec<(usize, String)> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n").replace('\u{1f}', " "); // white space to Python
    let mut lines = Vec::new();
    let mut joined: Option<(usize, String)> = None;
    for (index, line) in text.split(ends_line).enumerate() {
        let is_comment = line.trim_start().starts_with('#');
        let continued = line.ends_with('\\') && !is_comment;
        let (_, logical) = joined.get_or_insert_with(|| (index + 1, String::new()));
        match (is_comment, continued) {
            (true, _) => {}
            (_, true) => logical.push_str(line.trim_matches('\\')),
            (_, false) => logical.push_str(line),
        }
        if !continued {
            lines.extend(joined.take());
        }
    }
    lines.extend(joined);
    lines.into_iter().map(|(number, line)| (number, without_comment(&line).trim().to_owned())).collect()
}

/// What ends a line to Python's `str.splitlines`.
fn ends_line(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{1c}'..='\u{1e}' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// A `#` begins a comment at the beginning of a line or after a blank: elsewhere it is part of a URL.
fn without_comment(line: &str) -> &str {
    let begins = |&(at, _): &(usize, &str)| line[..at].is_empty() || line[..at].ends_with(char::is_whitespace);
    line.match_indices('#').find(begins).map_or(line, |(at, _)| &line[..at])
}

/// The file that a line includes. pip takes the words before the first option for a requirement.
fn read_line(line: &str) -> Result<Option<String>, Flaw> {
    let begins_word = |&(at, _): &(usize, &str)| line[..at].is_empty() || line[..at].ends_with(char::is_whitespace);
    let option = line.match_indices('-').find(begins_word).map_or(line.len(), |(at, _)| at);
    let requirement = line[..option].trim();
    if !requirement.is_empty() {
        // Only the build knows the variables that pip puts in.
        let specifier = || bad_requirement(requirement).filter(|_| !requirement.contains("${"));
        return local_project(requirement).or_else(specifier).map_or(Ok(None), Err);
    }
    let unbalanced = || Flaw::requirement(format!("`{line}` has a quote that is never closed."), "Close it.");
    read_options(shlex::split(line).ok_or_else(unbalanced)?.into_iter())
}

/// Of several files on a line pip takes the first with `-r`, or else the first with `-c`, and none beside `-e`.
fn read_options(mut words: impl Iterator<Item = String>) -> Result<Option<String>, Flaw> {
    let (mut included, mut constraint, mut is_editable) = (None, None, false);
    while let Some(word) = words.next() {
        let Some((name, attached)) = file_option(&word)? else { continue };
        let Some(value) = attached.or_else(|| words.next()).filter(|value| !value.is_empty()) else {
            return Err(Flaw::requirement(format!("`{word}` names nothing."), "Name a file, or leave the line out."));
        };
        let in_image = value.starts_with('/') || value.starts_with("file:///");
        match name {
            "-r" | "-c" if value.contains("${") => {
                let message = format!("`{word} {value}` has a variable of the build, which is not known here.");
                return Err(Flaw::requirement(message, "Write the path out."));
            }
            "-r" | "-c" if is_foreign_url(&value) => {
                return Err(Flaw::requirement(
                    format!("`{word} {value}` is not a URL that pip fetches."),
                    "Name a file, or a URL of `https:`.",
                ));
            }
            "-r" => _ = included.get_or_insert(value),
            "-c" => _ = constraint.get_or_insert(value),
            "-e" if is_remote(&value) || in_image => is_editable = true,
            "-e" => return Err(local(&format!("-e {value}"), false)),
            _ if value.contains("://") || in_image => {}
            _ => {
                let message = format!("`{word} {value}` is a local directory, which is not in the image.");
                return Err(Flaw::requirement(
                    message,
                    "Add it with `addLocalDir`, and name it with its absolute path.",
                ));
            }
        }
    }
    Ok(included.or(constraint).filter(|_| !is_editable))
}

/// pip fetches requirements files by `http:` and `https:`, and reads those of absolute `file:` URLs, in any case
/// (`pip._internal.req.req_file`, `SCHEME_RE`).
fn is_url(value: &str) -> bool {
    ["http:", "https:", "file:///"]
        .iter()
        .any(|scheme| value.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)))
}

/// What looks like a URL, but not one that pip reads lists from.
fn is_foreign_url(value: &str) -> bool {
    let is_file = value.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("file:"));
    !is_url(value) && (value.contains("://") || is_file)
}

/// An option that names a file or a directory, in its short form, and its value if that is in the same word.
fn file_option(word: &str) -> Result<Option<(&'static str, Option<String>)>, Flaw> {
    const NAMES: [(&str, &str); 4] =
        [("-r", "--requirement"), ("-c", "--constraint"), ("-e", "--editable"), ("-f", "--find-links")];
    let (name, value) = word.split_once('=').map_or((word, None), |(name, value)| (name, Some(value)));
    for (short, long) in NAMES {
        if name == long {
            return Ok(Some((short, value.map(str::to_owned))));
        }
        if name.len() > 4 && long.starts_with(name) {
            return Err(Flaw::requirement(format!("`{word}` is short for `{long}`."), "Write the option out."));
        }
        if let Some(attached) = word.strip_prefix(short) {
            return Ok(Some((short, Some(attached).filter(|value| !value.is_empty()).map(str::to_owned))));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<(usize, String)> {
        logical_lines(text).into_iter().filter(|(_, line)| !line.is_empty()).collect()
    }

    #[test]
    fn lines_are_joined_and_comments_dropped_as_pip_does() {
        let text = "\u{feff}a # b\n# c \\\nd==1 \\\r\n  --hash=x \\\n# no\n\ne@https://x/#egg=e\nf \\";
        let expected = [(1, "a"), (3, "d==1   --hash=x"), (7, "e@https://x/#egg=e"), (8, "f")];
        assert_eq!(lines(text), expected.map(|(number, line)| (number, line.to_owned())));
    }

    #[test]
    fn includes_are_found_in_every_form() {
        for line in
            ["-r a.txt", "-ra.txt", "--requirement a.txt", "--requirement=a.txt", "-c a.txt", "--constraint=a.txt"]
        {
            assert_eq!(read_line(line), Ok(Some("a.txt".to_owned())), "{line}");
        }
        assert_eq!(read_line("-i https://x/simple -c c.txt -r 'a b.txt' -r d.txt"), Ok(Some("a b.txt".to_owned())));
        assert_eq!(read_line("-e git+https://x/y -r a.txt"), Ok(None));
        for line in [
            "numpy<2",
            "--no-index",
            "numpy --hash=sha256:x -r",
            "--require-hashes",
            "-f /wheels",
            "-e git+https://x/y",
        ] {
            assert_eq!(read_line(line), Ok(None), "{line}");
        }
    }

    #[test]
    fn what_lies_beside_the_image_is_refused() {
        for line in [
            "-e .",
            "-e ./a",
            "--editable=a",
            ".",
            ".[dev]",
            "./a",
            "../a",
            "a/b",
            "a.whl",
            "b @ file:a.whl",
            "b @ file:a",
            "-f wheels",
            "my-elib/x -e",
            "a b",
            "a=1",
            "a==1 b==2",
        ] {
            assert!(read_line(line).is_err(), "{line}");
        }
        for line in [
            "/a/b",
            "b @ file:///a.whl",
            "https://x/a.whl",
            "b @ https://x/a.zip",
            "a.b",
            "my-e >= 1 , <2",
            "a==${A}",
            "a[b] (>1)",
        ] {
            assert_eq!(read_line(line), Ok(None), "{line}");
        }
        for line in ["-r file:a.txt", "-r ftp://x/a.txt", "--requirem a.txt", "--edit=.", "--find a"] {
            assert!(read_line(line).is_err(), "{line}");
        }
        assert!(read_line("-r").is_err());
        assert!(read_line("-r ${HOME}/a").is_err());
        assert!(read_line("-r 'a").is_err());
    }
}
