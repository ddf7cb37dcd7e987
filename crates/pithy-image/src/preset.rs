//! The image of Pithy Jaunt's sandboxes, in which coding agents run.

use crate::json::{self, object};
use crate::problem::Problems;
use crate::steps::{AddLocalFile, Image};

object! {
    /// Options of the image of Pithy Jaunt's sandboxes.
    #[derive(Debug, Clone, PartialEq, Eq)]
    #[cfg_attr(feature = "types", derive(ts_rs::TS))]
    #[cfg_attr(feature = "types", ts(optional_fields, rename_all = "camelCase"))]
    pub struct PithyJauntOptions {
        /// Python series; `3.12` when not given.
        #[cfg_attr(feature = "types", ts(as = "Option<String>"))]
        pub python: String = default,
        /// Debian packages in addition to git, curl, jq and ca-certificates.
        #[cfg_attr(feature = "types", ts(as = "Option<Vec<String>>"))]
        pub apt: Vec<String> = default,
        /// Python packages in addition to `openai` and `anthropic`.
        #[cfg_attr(feature = "types", ts(as = "Option<Vec<String>>"))]
        pub pip: Vec<String> = default,
        /// Version of Node.js to add, such as `22`; none when not given.
        pub node: Option<String> = default,
        /// Whether to add the GitHub CLI.
        #[cfg_attr(feature = "types", ts(as = "Option<bool>"))]
        pub github_cli: bool = default,
        /// Whether to add Playwright with Chromium.
        #[cfg_attr(feature = "types", ts(as = "Option<bool>"))]
        pub playwright: bool = default,
        /// Requirements file below the root to install too; none when not given.
        pub requirements: Option<String> = default,
        /// Further files to add after the scripts.
        #[cfg_attr(feature = "types", ts(as = "Option<Vec<AddLocalFile>>"))]
        pub files: Vec<AddLocalFile> = default,
        /// Directory below the root with `execution.sh` and `agent-runner.py`; `daytona` when not given.
        #[cfg_attr(feature = "types", ts(as = "Option<String>"))]
        pub scripts: String = default,
    }
}

const DEFAULT_PYTHON: &str = "3.12";

const DEFAULT_SCRIPTS: &str = "daytona";

impl Default for PithyJauntOptions {
    fn default() -> Self {
        Self {
            python: DEFAULT_PYTHON.to_owned(),
            apt: Vec::new(),
            pip: Vec::new(),
            node: None,
            github_cli: false,
            playwright: false,
            requirements: None,
            files: Vec::new(),
            scripts: DEFAULT_SCRIPTS.to_owned(),
        }
    }
}

impl PithyJauntOptions {
    /// Reads options from JSON; all are optional.
    ///
    /// # Errors
    ///
    /// A field that does not exist, or a value of the wrong type.
    pub fn from_json(json: &str) -> Result<Self, Problems> {
        json::read(json)
    }
}

/// The image of Pithy Jaunt's sandboxes: Python 3.12 on Debian with compilers, git, curl, jq and the clients of OpenAI
/// and Anthropic, and the scripts `execution.sh` and `agent-runner.py`, executable, in `/app`. Both must exist below the
/// root when the image is resolved. Node.js, the GitHub CLI, Playwright's Chromium and a requirements file are added on
/// request.
///
/// ```
/// use pithy_image::{PithyJauntOptions, pithy_jaunt};
///
/// let image = pithy_jaunt(&PithyJauntOptions { node: Some("22".into()), ..Default::default() });
/// assert!(image.recipe().is_ok());
/// ```
#[must_use]
pub fn pithy_jaunt(options: &PithyJauntOptions) -> Image {
    let apt = ["git", "curl", "jq", "ca-certificates"].into_iter().chain(options.apt.iter().map(String::as_str));
    let pip = ["openai", "anthropic"].into_iter().chain(options.pip.iter().map(String::as_str));
    let mut image = Image::debian_slim(&options.python).apt_install(apt);
    if let Some(version) = &options.node {
        image = image.nodejs(version);
    }
    if options.github_cli {
        image = image.github_cli();
    }
    image = image.pip_install(pip);
    if options.playwright {
        image = image.playwright(["chromium"]);
    }
    if let Some(requirements) = &options.requirements {
        image = image.pip_install_from_requirements(requirements);
    }
    for script in ["execution.sh", "agent-runner.py"] {
        image = image.with(AddLocalFile {
            source: format!("{}/{script}", options.scripts),
            destination: format!("/app/{script}"),
            mode: Some(0o755),
            chown: None,
        });
    }
    for file in &options.files {
        image = image.with(file.clone());
    }
    image.workdir("/app").entrypoint(["sleep", "infinity"])
}
