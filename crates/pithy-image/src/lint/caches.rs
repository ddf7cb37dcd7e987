//! Caches that package managers leave in a layer.

use super::packages::{Install, Manager, mounts, removes};
use super::subject::{Command, Line};
use super::{Report, Subject};

/// The cache of a package manager.
pub(super) struct Cache {
    pub(super) manager: Manager,
    /// The directories that it is in.
    pub(super) paths: &'static [&'static str],
    /// An option of the command, or a variable, that leaves nothing in the cache.
    pub(super) switches: &'static [&'static str],
    /// The first words of the command that empties it, after the name of the program.
    pub(super) cleaner: &'static [&'static str],
    pub(super) hint: &'static str,
}

impl Cache {
    /// Reports the first command of each instruction that fills the cache and leaves it.
    pub(super) fn check(&self, subject: &Subject, report: &mut Report) {
        subject.follow(|_| false, &mut |is_off: &mut bool, line| {
            *is_off |= self.is_switch(line);
            let is_left = !*is_off && !mounts(line, self.paths) && !line.run().any(|command| self.is_emptied(&command));
            let mut fills = line.commands().filter(|_| is_left);
            if let Some(command) = fills.find(|command| self.is_filled(command)) {
                let message = format!("What `{}` downloads stays in {}.", command.program(), self.place());
                report.command(&command, message, self.hint);
            }
        });
    }

    fn place(&self) -> String {
        self.paths.first().map(|path| format!("`{path}`, and so in the image")).unwrap_or_default()
    }

    /// Whether a line sets the variable that switches the cache off.
    fn is_switch(&self, line: &Line) -> bool {
        line.pairs.iter().any(|pair| self.switches.contains(&&*pair.name.value))
    }

    fn is_filled(&self, command: &Command) -> bool {
        let words = || command.assignments.iter().chain(&command.words);
        let is_switched = |switch: &&&str| words().any(|word| word.value.starts_with(**switch));
        Install::of_manager(command, self.manager).is_some() && !self.switches.iter().any(|switch| is_switched(&switch))
    }

    fn is_emptied(&self, command: &Command) -> bool {
        let operands = command.operands().map(|word| word.value.as_str());
        let is_cleaner = !self.cleaner.is_empty() && operands.take(self.cleaner.len()).eq(self.cleaner.iter().copied());
        let exports =
            command.program() == "export" && command.arguments().iter().any(|word| self.is_variable(&word.value));
        is_cleaner || exports || removes(command, self.paths)
    }

    fn is_variable(&self, word: &str) -> bool {
        self.switches.contains(&word.split('=').next().unwrap_or_default())
    }
}
