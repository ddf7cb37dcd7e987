//! pip's requirements files.

use super::requirement::{Flaw, bad_requirement, is_remote, is_version_control, local, local_project};
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

/// The file that a line includes. pip takes the words before the first that begins with `-` for a requirement, and then
/// the rest for its options, which include nothing.
fn read_line(line: &str) -> Result<Option<String>, Flaw> {
    let begins_word = |&(at, _): &(usize, &str)| at == 0 || line[..at].ends_with(' ');
    let (requirement, options) =
        line.split_at(line.match_indices('-').find(begins_word).map_or(line.len(), |(at, _)| at));
    let requirement = requirement.trim();
    if requirement.is_empty() {
        return included(read_options(options)?);
    }
    // Only the build knows the variables that pip puts in.
    let specifier = || bad_requirement(requirement).filter(|_| !requirement.contains("${"));
    local_project(requirement).or_else(specifier).map_or(Ok(()), Err)?;
    read_options(options).map(|_| None)
}

/// Of several files on a line pip takes the first with `-r`, or else the first with `-c`, and none beside `-e`.
fn included(options: Vec<(&'static str, String)>) -> Result<Option<String>, Flaw> {
    let (mut included, mut constraint, mut is_editable) = (None, None, false);
    for (name, value) in options {
        bad_file(name, &value).map_or(Ok(()), Err)?;
        match name {
            "-r" => _ = included.get_or_insert(value),
            "-c" => _ = constraint.get_or_insert(value),
            "-e" => is_editable = true,
            _ => {}
        }
    }
    Ok(included.or(constraint).filter(|_| !is_editable))
}

/// What is wrong with the file or directory that an option names.
fn bad_file(name: &str, value: &str) -> Option<Flaw> {
    let in_image = value.starts_with('/') || value.starts_with("file:///");
    let (what, hint) = match name {
        _ if !FILE_OPTIONS.contains(&name) => return None,
        _ if value.is_empty() => ("names nothing", "Name a file, or leave the line out."),
        "-r" | "-c" if value.contains("${") => {
            ("has a variable of the build, which is not known here", "Write the path out.")
        }
        "-r" | "-c" if is_foreign_url(value) => ("is not a URL that pip fetches", "Name a file, or a URL of `https:`."),
        "-e" if is_version_control(value) || in_image => return None,
        "-e" if is_remote(value) => {
            ("is not a URL of a version control system", "Leave `-e` out, or write the URL as `git+https://…`.")
        }
        "-e" => return Some(local(&format!("-e {value}"), false)),
        "-f" if !value.contains("://") && !in_image => {
            let hint = "Add it with `addLocalDir`, and name it with its absolute path.";
            ("is a local directory, which is not in the image", hint)
        }
        _ => return None,
    };
    let option = format!("{name} {value}");
    Some(Flaw::requirement(format!("`{}` {what}.", option.trim_end()), hint))
}

/// The options at the end of a line, by their short or only name, with their values.
fn read_options(line: &str) -> Result<Vec<(&'static str, String)>, Flaw> {
    let unbalanced = || Flaw::requirement(format!("`{line}` has a quote that is never closed."), "Close it.");
    let mut words = shlex::split(line).ok_or_else(unbalanced)?.into_iter();
    let mut options = Vec::new();
    // A lone `-` is no option, and what follows `--` is none either.
    while let Some(word) = words.next().filter(|word| word != "--") {
        if !word.starts_with('-') || word == "-" {
            continue;
        }
        let (option, attached) = known_option(&word)?;
        let value = if option.takes_value { attached.or_else(|| words.next()) } else { Some(String::new()) };
        let Some(value) = value.filter(|value| fits(option.name, value)) else {
            let message = format!("`{word}` lacks its value, or has one that pip does not take.");
            return Err(Flaw::requirement(message, "Correct the value, or leave the option out."));
        };
        options.push((option.name, value));
    }
    Ok(options)
}

/// An option that pip reads in requirements files.
struct Known {
    /// Its short name, or else its long one.
    name: &'static str,
    long: &'static str,
    takes_value: bool,
}

/// Those of pip 23 to 26.
const OPTIONS: [Known; 21] = [
    with_value("-r", "--requirement"),
    with_value("-c", "--constraint"),
    with_value("-e", "--editable"),
    with_value("-f", "--find-links"),
    with_value("-i", "--index-url"),
    with_value("-i", "--pypi-url"),
    with_value("--extra-index-url", "--extra-index-url"),
    with_value("--trusted-host", "--trusted-host"),
    with_value("--no-binary", "--no-binary"),
    with_value("--only-binary", "--only-binary"),
    with_value("--all-releases", "--all-releases"),
    with_value("--only-final", "--only-final"),
    with_value("--use-feature", "--use-feature"),
    with_value("--hash", "--hash"),
    with_value("-C", "--config-settings"),
    with_value("--global-option", "--global-option"),
    flag("--no-index"),
    flag("--pre"),
    flag("--prefer-binary"),
    flag("--require-hashes"),
    flag("--no-require-hashes"),
];

/// Those that name a file or a directory.
const FILE_OPTIONS: [&str; 4] = ["-r", "-c", "-e", "-f"];

const fn with_value(name: &'static str, long: &'static str) -> Known {
    Known { name, long, takes_value: true }
}

const fn flag(long: &'static str) -> Known {
    Known { name: long, long, takes_value: false }
}

/// The option of a word, and the value that is in the same word. A long name may be cut short, but not that of an option
/// that names a file: another pip may have further options that begin so.
fn known_option(word: &str) -> Result<(&'static Known, Option<String>), Flaw> {
    let is_long = word.starts_with("--");
    let (name, attached) = if is_long {
        word.split_once('=').map_or((word, None), |(name, value)| (name, Some(value)))
    } else {
        let end = word.char_indices().nth(2).map_or(word.len(), |(at, _)| at);
        (&word[..end], Some(&word[end..]).filter(|value| !value.is_empty()))
    };
    let mut candidates = OPTIONS.iter().filter(|option| is_long && option.long.starts_with(name));
    let exact = OPTIONS.iter().find(|option| option.name == name || option.long == name);
    let found = exact.or_else(|| candidates.next().filter(|_| candidates.next().is_none()));
    let Some(option) = found.filter(|option| option.takes_value || attached.is_none()) else {
        let message = format!("`{word}` is not an option that pip reads in requirements files.");
        return Err(Flaw::requirement(message, "Correct it, or pass it in `extraOptions`."));
    };
    if exact.is_none() && FILE_OPTIONS.contains(&option.name) {
        let message = format!("`{word}` is short for `{}`.", option.long);
        return Err(Flaw::requirement(message, "Write the option out."));
    }
    Ok((option, attached.map(str::to_owned)))
}

/// Whether pip takes a value at once.
fn fits(option: &str, value: &str) -> bool {
    match option {
        "--hash" => value.split_once(':').is_some_and(|(name, _)| ["sha256", "sha384", "sha512"].contains(&name)),
        "-C" => value.contains('='),
        _ => true,
    }
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
            "numpy --hash=sha256:x -r a.txt",
            "- --pre -- -r a.txt",
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

    /// Lines that pip 23.2 or 26.3 takes (`pip._internal.req`: `parse_requirements` and
    /// `install_req_from_parsed_requirement`).
    const TAKEN: [&str; 62] = [
        "numpy",
        "1",
        "a..b",
        "numpy_",
        "numpy;",
        "numpy>=1.0 ; ",
        "numpy[]",
        "numpy [a , b]>1",
        "numpy()",
        "numpy (>1,<2)",
        "numpy>1,",
        "numpy==1.*",
        "numpy~=1.0",
        "numpy===foo",
        "numpy==foo",
        "numpy==1.0_a",
        "numpy==v1!1.0+a-b",
        "numpy==1.0--hash=sha256:x",
        "numpy==1.0#c",
        "numpy ==1.0 # c",
        "numpy== 1.0 , <2",
        "numpy;python_version>'3'",
        "numpy; python_version>\"3\"",
        "numpy; os.name == 'nt'",
        "numpy; '3' < '4'",
        "numpy;os_name in'x'",
        "numpy;os_name not  in 'x'",
        "numpy;os_name=='x' or'a'=='b'",
        "numpy;((os_name=='x'))",
        "numpy>1;os_name=='x' or (os_name == 'y' and sys_platform == 'z')",
        "numpy;os_name == \"a'b\"",
        "numpy; dependency_groups == 'a'",
        "numpy; 'x' in extras",
        "numpy;python_version>='3'and os_name=='a'",
        "numpy @ https://x/a.zip; python_version > '3'",
        "numpy@https://x/a.zip",
        "https://x/a.zip;python_version>3",
        "https://x/a.zip; python_version>'3'",
        "HTTPS://x/a",
        "git+ssh://git@x/y",
        "file:///x/y",
        "numpy --hash=sha256:x",
        "numpy --hash sha256:x --hash=sha512:y",
        "numpy -C a=b",
        "numpy --config-setting a=b",
        "numpy --global-option=x",
        "numpy -- x",
        "numpy -",
        "numpy --pre",
        "--pre --pre",
        "--no-i",
        "--index x",
        "-ia",
        "--pypi-url x",
        "--hash=sha256:",
        "--no-require-hashes",
        "--only-final=x",
        "--no-binary :all:",
        "-i x # comment",
        "- --pre",
        "--",
        "-- -r more.txt",
    ];

    /// Lines that both refuse.
    const REFUSED: [&str; 63] = [
        "==1.0",
        "*",
        "é",
        "[a]",
        "_numpy",
        "numpy-",
        "numpy.",
        "nump\u{200b}y",
        "a b",
        "a=1",
        "numpy=>1",
        "numpy>1 <2",
        "numpy 1.0",
        "numpy>1,,<2",
        "numpy,>1",
        "numpy~=1",
        "numpy==1 .0",
        "numpy>1)",
        "numpy (>1",
        "numpy>",
        "numpy[",
        "numpy[a",
        "numpy[a,]",
        "numpy[,]",
        "numpy[a b]",
        "numpy[-a]",
        "numpy[a][b]",
        "numpy @",
        "a @ https://x/a b",
        "s3://x/a",
        "'numpy'",
        "numpy \"a",
        "numpy>=1.0 ; python_version>3",
        "numpy>=1.0; python_version > '3' and",
        "numpy; foo == 'x'",
        "numpy;os_name",
        "numpy;'x'",
        "numpy;os_name='x'",
        "numpy;os_name <> 'x'",
        "numpy;os_name notin 'x'",
        "numpy;os_name=='x' AND os_name=='y'",
        "numpy;os_name=='x' and and os_name=='y'",
        "numpy;(os_name=='x'",
        "numpy;os_name=='x')",
        "numpy;os_name == 'a'b'",
        "numpy; python_version > \"3'",
        "a @ git+https://x/y ; foo",
        "numpy\t--hash=sha256:x",
        "numpy --hash=md5:x",
        "numpy --hash=x",
        "numpy --no-deps",
        "numpy --config-settings a",
        "numpy --hash=sha256:a 'b",
        "x -e",
        "--indexurl x",
        "--no",
        "--pre=1",
        "-pre",
        "-x",
        "-i",
        "--trusted-host",
        "-e",
        "-e https://x/y",
    ];

    #[test]
    fn a_line_is_taken_or_refused_as_by_pip() {
        for line in TAKEN {
            assert_eq!(includes("a.txt", line.as_bytes()), (Vec::new(), Vec::new()), "{line}");
        }
        for line in REFUSED {
            assert_eq!(includes("a.txt", line.as_bytes()).1.len(), 1, "{line}");
        }
    }
}
