//! What an image starts: its entrypoint and its command, as lists.

use std::fmt;

use crate::dockerfile::json_list;
use crate::normal_form::Builder;
use crate::problem::Code;

/// Docker reads at most 65,535 bytes a line, and Daytona an entrypoint of one line.
const MAX_LENGTH: usize = 64_000;

/// Sets the command.
pub(crate) fn set_cmd(command: &[String], field: &dyn fmt::Display, builder: &mut Builder) {
    let command = builder.argv(field, command);
    builder.set_cmd(Some(command));
}

/// Sets the entrypoint.
pub(crate) fn set_entrypoint(command: &[String], field: &dyn fmt::Display, builder: &mut Builder) {
    let command = builder.argv(field, command);
    let length = json_list(&command).len();
    if length > MAX_LENGTH {
        let message = format!("The entrypoint takes {length} bytes of its line, which has room for {MAX_LENGTH}.");
        builder.report(Code::TooLong, field, message, "Put it into a file, with `addFile` or `addLocalFile`.");
    }
    builder.set_entrypoint(Some(command));
}
