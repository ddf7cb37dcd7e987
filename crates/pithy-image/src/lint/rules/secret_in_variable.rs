//! # A secret in a variable of the image
//!
//! `ENV`, `ARG` and `LABEL` are part of the image: everybody who can use a sandbox of it can read them, they stand in Daytona's record of
//! the build, and in the source of the definition. A key that was published once has to be replaced.
//!
//! ## Bad
//!
//! ```dockerfile
//! FROM node:22-slim
//! ENV STRIPE_SECRET_KEY="q8Zr2LkV9mXw4TnB7cJd5HsF"
//! ```
//!
//! ```dockerfile
//! FROM debian:12-slim
//! ARG AWS_ACCESS_KEY_ID=AKIAQ3EGRN5ZLWDX7KPM
//! ```
//!
//! ## Good
//!
//! ```dockerfile
//! FROM node:22-slim
//! ENV STRIPE_SECRET_KEY="" TOKENIZERS_PARALLELISM=false NODE_OPTIONS=--max-old-space-size=4096
//! ```
//!
//! ## Source
//!
//! `docker build --check`, `SecretsUsedInArgOrEnv`; CWE-798.

use pithy_image_dockerfile::Keyword;

use super::secret_in_command::report_secrets;
use crate::lint::{Report, Severity, Subject};

pub(super) const SEVERITY: Severity = Severity::Error;

pub(super) fn check(subject: &Subject, report: &mut Report) {
    let holds = |keyword| matches!(keyword, Keyword::Env | Keyword::Arg | Keyword::Label);
    for line in subject.lines.iter().filter(|line| holds(line.keyword)) {
        let hint =
            "Pass it to the sandbox with `envVars`, or as a secret of Daytona; and replace it if it was published.";
        report_secrets(subject, line, hint, report);
    }
}
