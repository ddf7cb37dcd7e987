//! What a misspelt name is near to.

/// A longer name is that of a machine.
const LONGEST: usize = 64;

/// The known name that this one is a slip of: one letter more, fewer, other or exchanged; two in a long name; or another case. A
/// name that differs in a digit is one of a series, and meant.
pub(super) fn near<'n>(name: &str, known: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let plain = |name: &str| name.to_ascii_lowercase();
    let without_digits = |name: &str| name.replace(|c: char| c.is_ascii_digit(), "");
    let wrong = plain(name);
    if !(3..=LONGEST).contains(&wrong.len()) {
        return None;
    }
    let most = if wrong.len() < 8 { 1 } else { 2 };
    let is_near = |known: &&str| {
        let plain = plain(known);
        let is_series = plain != wrong && without_digits(&plain) == without_digits(&wrong);
        *known != name && known.len() <= LONGEST && !is_series && strsim::osa_distance(&wrong, &plain) <= most
    };
    known.into_iter().find(is_near)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_near_and_another_name_is_not() {
        for (name, known) in
            [("biulder", "builder"), ("PAHT", "PATH"), ("version", "VERSION"), ("build-stge", "build-stage")]
        {
            assert_eq!(near(name, ["other", known]), Some(known));
        }
        for (name, known) in [("python3", "python2"), ("a", "b"), ("GOROOT", "GOPATH"), ("x", "x")] {
            assert_eq!(near(name, [known]), None);
        }
        assert_eq!(near(&"x".repeat(100_000), ["xxx"]), None);
    }
}
