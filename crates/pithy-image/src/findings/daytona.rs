//! What Daytona does otherwise than Docker.

use super::known::{Known, SERVICES};
use crate::limits::{is_too_large, json_length};
use crate::normal_form::NormalForm;
use crate::problem::{Code, Problem};

pub(super) const START: &str = "Start the program with `entrypoint`, or in the sandbox once it runs.";

/// A command that Daytona ignores, other than the one that it runs in its place; or what the base would start instead.
pub(super) fn ignored_program(form: &NormalForm) -> Option<Problem> {
    match &form.image.cmd {
        Some(cmd) if cmd.what == ["sleep", "infinity"] => None,
        Some(cmd) => {
            let message = "Daytona ignores `cmd`: without an `entrypoint`, the sandbox runs `sleep infinity`.";
            Some(Problem::new(Code::IgnoredByDaytona, format!("{}/cmd", cmd.step), message, START))
        }
        None => ignored_service(form),
    }
}

fn ignored_service(form: &NormalForm) -> Option<Problem> {
    let NormalForm { image, calls, .. } = form;
    let begin = calls.first()?;
    Known::of(&image.base).name.is_some_and(|name| SERVICES.contains(&name)).then(|| {
        let message = format!(
            "Daytona ignores what `{}` starts: without an `entrypoint`, the sandbox runs `sleep infinity`.",
            image.base
        );
        Problem::new(Code::IgnoredByDaytona, format!("{}/{}", begin.step, begin.what.name), message, START)
    })
}

pub(super) fn large(dockerfile: &str) -> Option<Problem> {
    is_too_large(dockerfile).then(|| {
        let size = json_length(dockerfile);
        let message =
            format!("The Dockerfile has {size} bytes as JSON, and Daytona's API accepts about 100,000 in all.");
        let hint = "Put long values into files, with `addFile` or `addLocalFile`: their content is sent beside it.";
        Problem::new(Code::DockerfileTooLarge, "", message, hint)
    })
}
