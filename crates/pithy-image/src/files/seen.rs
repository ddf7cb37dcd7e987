//! What is seen in the content of a file while it is read.

use super::archive::is_archive;
use super::script::{is_crlf_script, is_script};
use crate::secret::has_token;

/// How many of the first bytes of a file are looked at.
pub const HEAD: usize = 512;

/// What is known of a content besides its digest: a set of facts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Seen(u8);

impl Seen {
    /// The version of what the facts mean. What was seen by another one does not count.
    pub const VERSION: u32 = 2;

    /// A script whose first line ends with CRLF, so that no system finds its interpreter.
    pub const CRLF_SCRIPT: Self = Self(1);
    /// What `ADD` would unpack.
    pub const ARCHIVE: Self = Self(1 << 1);
    /// A script: its first line names an interpreter.
    pub const SCRIPT: Self = Self(1 << 2);
    /// A private key, in the form of PEM or OpenSSH.
    pub const PRIVATE_KEY: Self = Self(1 << 3);
    /// Settings of npm with a token or a password, rather than the name of a variable that has it.
    pub const NPM_TOKEN: Self = Self(1 << 4);
    /// A token in a form that a service documents.
    pub const TOKEN: Self = Self(1 << 5);

    /// What is seen in the first bytes of a content: at most [`HEAD`] of them.
    #[must_use]
    pub fn of(head: &[u8]) -> Self {
        let facts = [
            (Self::CRLF_SCRIPT, is_crlf_script(head)),
            (Self::ARCHIVE, is_archive(head)),
            (Self::SCRIPT, is_script(head)),
            (Self::PRIVATE_KEY, is_private_key(head)),
            (Self::NPM_TOKEN, has_npm_token(head)),
            (Self::TOKEN, has_token(head)),
        ];
        facts.into_iter().filter(|(_, is_so)| *is_so).fold(Self::default(), |seen, (fact, _)| seen.and(fact))
    }

    /// As a number that can be kept.
    #[must_use]
    pub fn bits(self) -> u8 {
        self.0
    }

    /// From such a number.
    #[must_use]
    pub fn from_bits(bits: u8) -> Self {
        Self(bits)
    }

    /// Both what this and what the other has.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether it has all that the other has.
    #[must_use]
    pub fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

/// Whether a content begins with the line that begins a private key, perhaps behind comments.
fn is_private_key(head: &[u8]) -> bool {
    const BEGIN: &[u8] = b"-----BEGIN ";
    const END: &[u8] = b"PRIVATE KEY-----";
    let lines = head.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii);
    let mut begins = lines.filter(|line| line.starts_with(BEGIN));
    begins.any(|line| line.ends_with(END) || line.ends_with(b"PRIVATE KEY BLOCK-----"))
}

/// Whether a line of a content gives npm a token or a password.
fn has_npm_token(head: &[u8]) -> bool {
    const KEYS: [&[u8]; 3] = [b"_auth", b"_authToken", b"_password"];
    let mut equals = head.iter().enumerate().filter(|(_, byte)| **byte == b'=').map(|(at, _)| at);
    equals.any(|at| {
        let is_key = KEYS.iter().any(|key| head[..at].trim_ascii_end().ends_with(key));
        is_key && {
            let value = head[at + 1..].split(|&byte| byte == b'\n').next().unwrap_or_default().trim_ascii();
            let value = value.strip_prefix(b"\"").unwrap_or(value);
            !value.is_empty() && !value.starts_with(b"$")
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_keys_are_known_by_the_line_that_begins_them() {
        for kind in ["", "RSA ", "EC ", "OPENSSH ", "ENCRYPTED "] {
            assert!(Seen::of(format!("-----BEGIN {kind}PRIVATE KEY-----\r\nMII").as_bytes()).has(Seen::PRIVATE_KEY));
        }
        assert!(Seen::of(b"-----BEGIN PGP PRIVATE KEY BLOCK-----\n").has(Seen::PRIVATE_KEY));
        for other in
            ["-----BEGIN PUBLIC KEY-----\n", "-----BEGIN CERTIFICATE-----\n", "look for -----BEGIN PRIVATE KEY-----"]
        {
            assert_eq!(Seen::of(other.as_bytes()), Seen::default(), "{other}");
        }
    }
    #[test]
    fn a_token_of_npm_is_known_by_its_key() {
        for line in ["//registry.npmjs.org/:_authToken=npm_abc", "_auth = YTpi", "a=b\r\n//r/:_password=\"YQ==\"\r\n"] {
            assert!(Seen::of(line.as_bytes()).has(Seen::NPM_TOKEN), "{line}");
        }
        for line in
            ["//r/:_authToken=${NPM_TOKEN}", "registry=https://r", "_authToken=", "//r/:_authToken=\"$TOKEN\"", "_auth"]
        {
            assert_eq!(Seen::of(line.as_bytes()), Seen::default(), "{line}");
        }
    }
}
