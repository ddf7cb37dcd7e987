//! Places in a text.

/// A range of bytes of the text. Both ends are boundaries of characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// Its first byte.
    pub start: usize,
    /// The byte after its last one.
    pub end: usize,
}

impl Span {
    pub(crate) fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// What stands there, in the text that was parsed; nothing in a text that is too short.
    #[must_use]
    pub fn of(self, text: &str) -> &str {
        text.get(self.start..self.end).unwrap_or_default()
    }

    /// How many bytes it has.
    #[must_use]
    pub fn len(self) -> usize {
        self.end - self.start
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }
}
