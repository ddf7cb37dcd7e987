//! Where a value stands.

use std::fmt;

use crate::problem::pointer_key;

/// Where a value stands. It is written as a JSON pointer (RFC 6901).
#[derive(Clone, Copy)]
pub(crate) enum Place<'a> {
    /// The whole.
    Whole,
    /// The value of a key of the object at a place.
    Key(&'a Place<'a>, &'a str),
    /// An item of the array at a place.
    Index(&'a Place<'a>, usize),
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Whole => Ok(()),
            Self::Key(holder, key) => write!(f, "{holder}/{}", pointer_key(key)),
            Self::Index(holder, index) => write!(f, "{holder}/{index}"),
        }
    }
}
