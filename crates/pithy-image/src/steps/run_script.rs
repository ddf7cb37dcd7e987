//! Runs a script.

use super::{Image, StepKind};
use crate::normal_form::{Builder, Instruction};
use crate::problem::Code;

step! {
    /// Runs a script of any number of lines in one layer, which ends at the first line that fails: `RUN ["/bin/sh",
    /// "-e", "-c", "…"]`.
    pub struct RunScript {
        /// The text of the script, without a `#!` line.
        script: String,
        /// Program and arguments that take the script as their last argument; `["/bin/sh", "-e", "-c"]` when not given.
        shell: Vec<String> = default,
    }
    call "runScript(script, { shell })";
    emits "`RUN` and the list of `shell` (`/bin/sh`, `-e`, `-c` when none is given) and the script, in which CRLF is LF, without newlines at either end; but one stays after an odd number of backslashes";
}

impl Image {
    /// Runs a script of any number of lines in one layer, which ends at the first line that fails: [`RunScript`].
    ///
    /// ```
    /// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/lines.rs")); }
    /// # use {doc::lines, pithy_image::Image};
    /// let image = Image::base("debian:12-slim").run_script("cd /tmp\nmake");
    /// assert_eq!(lines(&image), ["FROM debian:12-slim", r#"RUN ["/bin/sh", "-e", "-c", "cd /tmp\nmake"]"#]);
    /// ```
    #[must_use]
    pub fn run_script(&self, script: impl Into<String>) -> Self {
        self.with(RunScript { script: script.into(), shell: Vec::new() })
    }
}

/// `-e`: a script ends at its first failing command.
const SHELL: [&str; 3] = ["/bin/sh", "-e", "-c"];

/// Without newlines at either end, except for one that a backslash takes the meaning of.
fn trimmed(script: &str) -> &str {
    let script = script.trim_start_matches('\n');
    let end = script.trim_end_matches('\n').len();
    let backslashes = script[..end].bytes().rev().take_while(|&byte| byte == b'\\').count();
    &script[..script.len().min(end + backslashes % 2)]
}

impl StepKind for RunScript {
    fn build(&self, builder: &mut Builder) {
        let script = self.script.replace("\r\n", "\n");
        let script = trimmed(&script);
        if script.trim().is_empty() {
            builder.report(Code::Empty, &"/script", "The script is empty.", "Give it a line, or leave the call out.");
        }
        if script.starts_with("#!") {
            let hint = "Leave the line out and name the program: `{ shell: [\"bash\", \"-e\", \"-c\"] }`.";
            builder.report(Code::InvalidCommand, &"/script", "A `#!` line is not read here.", hint);
        }
        builder.check_argument(&"/script", script);
        let shell = if self.shell.is_empty() {
            SHELL.map(str::to_owned).to_vec()
        } else {
            builder.argv(&"/shell", &self.shell)
        };
        builder.push(Instruction::Script(shell, script.to_owned()));
    }
}
