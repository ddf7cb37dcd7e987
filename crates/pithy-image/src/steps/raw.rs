//! Adds one instruction as the user wrote it: checked to be one, and not one that has a step of its own.

use super::{Image, StepKind};
use crate::normal_form::{Builder, Instruction, has_heredoc, join_continued};
use crate::problem::Code;

step! {
    /// Adds one instruction of a Dockerfile as it is written, for what no other call covers. It is checked to be exactly
    /// one; `FROM`, `COPY` and `ADD` of local files, `WORKDIR`, `SHELL`, `CMD` and `ENTRYPOINT` have calls of their
    /// own.
    pub struct Raw {
        /// The instruction, such as `HEALTHCHECK CMD curl -f http://localhost/`.
        instruction: String,
    }
    call "raw(instruction)";
    emits "as one line: the name in ASCII capitals, a blank, and the rest without white space before it";
}

impl Image {
    /// Adds one instruction of a Dockerfile as it is written, for what no other call covers: [`Raw`].
    ///
    /// ```
    /// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/lines.rs")); }
    /// # use {doc::lines, pithy_image::Image};
    /// let image = Image::base("debian:12-slim").raw("healthcheck NONE");
    /// assert_eq!(lines(&image), ["FROM debian:12-slim", "HEALTHCHECK NONE"]);
    /// ```
    #[must_use]
    pub fn raw(&self, instruction: impl Into<String>) -> Self {
        self.with(Raw { instruction: instruction.into() })
    }
}

impl StepKind for Raw {
    fn build(&self, builder: &mut Builder) {
        let joined = join_continued(&self.instruction.replace("\r\n", "\n"));
        let line = joined.trim();
        builder.check_argument(&"/instruction", line);
        let (name, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let (name, rest) = (name.to_ascii_uppercase(), rest.trim_start());
        match misuse(&name, line, rest) {
            Some((message, hint)) => builder.report(Code::InvalidInstruction, &"/instruction", message, &hint),
            None => check_origins(&name, rest, builder),
        }
        builder.push(Instruction::Raw(format!("{name} {rest}")));
    }
}

/// `COPY --from` and `RUN --mount=…,from=` name a stage or an image, as `copyFrom` does.
fn check_origins(name: &str, rest: &str, builder: &mut Builder) {
    for option in options(rest) {
        let from = match name {
            "COPY" => option.strip_prefix("--from="),
            "RUN" => mount(option).and_then(|fields| fields.into_iter().find_map(|field| field.strip_prefix("from="))),
            _ => None,
        };
        if let Some(from) = from {
            builder.stage_or_image(&"/instruction", from);
        }
    }
}

/// Why a line is not one instruction that may stand here, and what to do.
fn misuse(name: &str, line: &str, rest: &str) -> Option<(String, String)> {
    let own = |name: &str| STEPS.iter().find(|(known, _)| *known == name).map(|(_, step)| *step);
    if line.is_empty() {
        Some(("The instruction is empty.".to_owned(), "Give one, or leave the call out.".to_owned()))
    } else if matches!(name, "RUN" | "COPY" | "ADD") && has_heredoc(rest) {
        let message = "Docker would read `<<` as the beginning of a heredoc, which the legacy engine does not know.";
        Some((message.to_owned(), "Use `runScript` or `addFile`.".to_owned()))
    } else if line.contains('\n') {
        let message = "These are several lines, and so several instructions.".to_owned();
        Some((message, "Give each in a call of its own; continue a line with a backslash.".to_owned()))
    } else if line.starts_with('#') {
        Some(("A comment is not an instruction.".to_owned(), "Leave it out.".to_owned()))
    } else if let Some(step) = own(name) {
        Some((format!("`{name}` has a step of its own."), format!("Use {step}.")))
    } else if !INSTRUCTIONS.contains(&name) {
        let message = format!("Not an instruction of a Dockerfile: `{}`.", name.escape_debug());
        Some((message, format!("Use one of `{}`.", INSTRUCTIONS.join("`, `"))))
    } else if rest.is_empty() {
        Some((format!("`{name}` has no arguments."), "Write them after it.".to_owned()))
    } else if line.ends_with('\\') {
        let message = "The line ends with a backslash, which would swallow the next instruction.".to_owned();
        Some((message, "Leave the backslash out.".to_owned()))
    } else if name == "RUN" && options(rest).filter_map(mount).any(|fields| is_secret(&fields)) {
        let message = "Daytona gives a build neither secrets nor an SSH agent.".to_owned();
        Some((message, "Fetch what needs one before, and add it with `addLocalDir`.".to_owned()))
    } else if reads_context(name, rest) {
        let message = format!("This `{name}` reads files of the build context, and none are sent for it.");
        Some((message, "Use `addLocalFile`, `addLocalDir` or `copyFrom`.".to_owned()))
    } else {
        None
    }
}

/// What may be written as it is.
const INSTRUCTIONS: [&str; 11] =
    ["ADD", "ARG", "COPY", "ENV", "EXPOSE", "HEALTHCHECK", "LABEL", "RUN", "STOPSIGNAL", "USER", "VOLUME"];

/// What has a step that knows more of it, or no meaning here.
const STEPS: [(&str, &str); 6] = [
    ("CMD", "`cmd`"),
    ("ENTRYPOINT", "`entrypoint`"),
    ("FROM", "`Image.base`, or `stage` for a further one"),
    ("ONBUILD", "the step itself: nothing is built from the image in which it could act"),
    ("SHELL", "`shell`"),
    ("WORKDIR", "`workdir`"),
];

/// The options at the beginning of an instruction.
fn options(rest: &str) -> impl Iterator<Item = &str> {
    rest.split_whitespace().take_while(|word| word.starts_with("--"))
}

/// Whether an instruction needs files beside the Dockerfile.
fn reads_context(name: &str, rest: &str) -> bool {
    let bind = |option: &str| {
        mount(option).is_some_and(|fields| {
            let is_bind = fields.contains(&"type=bind") || !fields.iter().any(|field| field.starts_with("type="));
            is_bind && !fields.iter().any(|field| field.starts_with("from="))
        })
    };
    match name {
        "RUN" => options(rest).any(bind),
        "COPY" => !options(rest).any(|option| option.starts_with("--from=")),
        "ADD" => sources(rest).is_empty() || !sources(rest).iter().all(|source| is_fetched(source)),
        _ => false,
    }
}

/// The fields of a mount.
fn mount(option: &str) -> Option<Vec<&str>> {
    option.strip_prefix("--mount=").map(|fields| fields.split(',').collect())
}

fn is_secret(fields: &[&str]) -> bool {
    fields.contains(&"type=secret") || fields.contains(&"type=ssh")
}

/// The sources of `ADD`: all paths but the last one.
fn sources(rest: &str) -> Vec<String> {
    let paths = rest.split_whitespace().skip_while(|word| word.starts_with("--")).collect::<Vec<_>>().join(" ");
    let mut paths: Vec<_> =
        serde_json::from_str(&paths).unwrap_or_else(|_| paths.split_whitespace().map(str::to_owned).collect());
    paths.pop();
    paths
}

/// What `ADD` fetches itself.
fn is_fetched(source: &str) -> bool {
    ["https://", "http://", "git://", "ssh://", "git@"].iter().any(|scheme| source.starts_with(scheme))
}
