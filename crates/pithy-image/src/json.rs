//! Reads JSON into the types of a definition, and says where and how it is wrong.
//!
//! One parser serves all types: a [`Place`] says what it takes. serde's derived readers would be compiled once for each
//! type, and be most of the WebAssembly module; its parser alone, with all that turns decimals into floating point, is as
//! large as what is read with it. A test compares what is taken for JSON with what `serde_json` takes.

use std::borrow::Cow;
use std::mem;

use crate::problem::{Code, Problem};
use crate::recipe::pointer_key;

/// A value of the text; of a list or an object that it is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Found<'t> {
    Null,
    Boolean(bool),
    /// As it is written.
    Number(&'t str),
    Text(Cow<'t, str>),
    List,
    Object,
}

/// Where a value goes.
pub(crate) trait Place {
    /// A place that has taken nothing yet.
    fn blank() -> Self
    where
        Self: Sized;

    /// What it takes, as in `Give a string.`
    fn wanted(&self) -> &'static str;

    /// Takes a value that holds no others; gives it back if it is of another type.
    fn scalar<'t>(&mut self, value: Found<'t>) -> Result<(), Found<'t>> {
        Err(value)
    }

    /// What takes the items of a list.
    fn list(&mut self) -> Option<&mut dyn List> {
        None
    }

    /// Calls `read` with what takes the entries of an object.
    fn object(&mut self, _read: &mut dyn FnMut(&mut dyn Object)) {}

    /// What is said of a value of another type.
    fn mistake(&self, found: &Found) -> Problem {
        wrong_type(found, self.wanted())
    }
}

/// Takes the items of a list.
pub(crate) trait List {
    /// The place for the next item.
    fn item(&mut self) -> &mut dyn Place;

    /// Takes what is wrong with the last item; gives it back if the others are not to be read.
    fn forgive(&mut self, problem: Problem) -> Result<(), Problem> {
        Err(problem)
    }
}

/// Takes the entries of an object. The paths of problems begin at it.
pub(crate) trait Object {
    /// The place for the value of a key.
    fn entry(&mut self, key: &str) -> Result<&mut dyn Place, Problem>;

    /// Whether all is there.
    fn end(&self) -> Result<(), Problem> {
        Ok(())
    }
}

/// A type whose values are objects with the same fields.
pub(crate) trait Record: Default {
    /// Its fields.
    const FIELDS: &'static [Field];

    /// Calls `read` with the places for their values, in the same order.
    fn places(&mut self, read: &mut dyn FnMut(&mut [Slot]));
}

/// A place until it is taken.
pub(crate) type Slot<'a> = Option<&'a mut dyn Place>;

/// A field of a [`Record`].
pub(crate) struct Field {
    /// As in Rust; in JSON it is in camel case.
    name: &'static str,
    is_required: bool,
}

impl Field {
    pub(crate) const fn new(name: &'static str) -> Self {
        Self { name, is_required: true }
    }

    /// The same field, which need not be given.
    pub(crate) const fn default(self) -> Self {
        Self { is_required: false, ..self }
    }

    /// The letters of its name in JSON.
    fn key(&self) -> impl Iterator<Item = u8> {
        let mut begins_word = false;
        self.name.bytes().filter_map(move |byte| match (mem::replace(&mut begins_word, byte == b'_'), byte) {
            (_, b'_') => None,
            (true, letter) => Some(letter.to_ascii_uppercase()),
            (false, letter) => Some(letter),
        })
    }

    /// Its name in JSON.
    fn key_text(&self) -> String {
        self.key().map(char::from).collect()
    }
}

/// Says which fields make a [`Record`]; those marked `default` need not be given.
macro_rules! record {
    ($name:ident { $($field:ident $($default:ident)?),* $(,)? }) => {
        impl $crate::json::Record for $name {
            const FIELDS: &'static [$crate::json::Field] =
                &[$($crate::json::Field::new(stringify!($field))$(.$default())?),*];

            fn places(&mut self, read: &mut dyn FnMut(&mut [$crate::json::Slot])) {
                read(&mut [$(Some(&mut self.$field)),*]);
            }
        }
    };
}
pub(crate) use record;

impl<T: Record> Place for T {
    fn blank() -> Self {
        Self::default()
    }

    fn wanted(&self) -> &'static str {
        "an object"
    }

    fn object(&mut self, read: &mut dyn FnMut(&mut dyn Object)) {
        self.places(&mut |places| read(&mut Fields { fields: T::FIELDS, places }));
    }
}

/// The fields of a [`Record`], and their places.
struct Fields<'a, 'p> {
    fields: &'static [Field],
    places: &'a mut [Slot<'p>],
}

impl Object for Fields<'_, '_> {
    fn entry(&mut self, key: &str) -> Result<&mut dyn Place, Problem> {
        let Some(index) = self.fields.iter().position(|field| field.key().eq(key.bytes())) else {
            let keys: Vec<_> = self.fields.iter().map(Field::key_text).collect();
            let hint = did_you_mean(key, keys.iter().map(String::as_str));
            return Err(Problem::new(Code::UnknownField, pointer(key), format!("Unknown field: `{key}`."), hint));
        };
        match self.places[index].take() {
            Some(place) => Ok(place),
            None => Err(duplicate_key(key)),
        }
    }

    fn end(&self) -> Result<(), Problem> {
        let mut fields = self.fields.iter().zip(&*self.places);
        fields.find(|(field, place)| field.is_required && place.is_some()).map_or(Ok(()), |(field, _)| {
            let message = format!("`{}` is missing or undefined.", field.key_text());
            Err(Problem::new(Code::MissingField, "", message, "Give it a value."))
        })
    }
}

impl Place for String {
    fn blank() -> Self {
        Self::default()
    }

    fn wanted(&self) -> &'static str {
        STRING
    }

    fn scalar<'t>(&mut self, value: Found<'t>) -> Result<(), Found<'t>> {
        let Found::Text(text) = value else { return Err(value) };
        *self = text.into_owned();
        Ok(())
    }
}

impl Place for bool {
    fn blank() -> Self {
        Self::default()
    }

    fn wanted(&self) -> &'static str {
        "`true` or `false`"
    }

    fn scalar<'t>(&mut self, value: Found<'t>) -> Result<(), Found<'t>> {
        let Found::Boolean(value) = value else { return Err(value) };
        *self = value;
        Ok(())
    }
}

/// Declares numbers that can be read.
macro_rules! whole_number {
    ($type:ty, $wanted:literal) => {
        impl Place for $type {
            fn blank() -> Self {
                0
            }

            fn wanted(&self) -> &'static str {
                $wanted
            }

            fn scalar<'t>(&mut self, value: Found<'t>) -> Result<(), Found<'t>> {
                let Found::Number(number) = value else { return Err(value) };
                *self = number.parse().map_err(|_| value)?;
                Ok(())
            }
        }
    };
}

whole_number!(u32, "a whole number that is not negative; a mode is one such as `0o755`");
whole_number!(u64, "a whole number that is not negative");

/// Absent is `None`, but `null` is refused. JavaScript writes `NaN` as `null`, and a mode that came out as `NaN` must not
/// become the default.
impl<T: Place> Place for Option<T> {
    fn blank() -> Self {
        None
    }

    fn wanted(&self) -> &'static str {
        T::blank().wanted()
    }

    fn scalar<'t>(&mut self, value: Found<'t>) -> Result<(), Found<'t>> {
        self.get_or_insert_with(T::blank).scalar(value)
    }

    fn list(&mut self) -> Option<&mut dyn List> {
        self.get_or_insert_with(T::blank).list()
    }

    fn object(&mut self, read: &mut dyn FnMut(&mut dyn Object)) {
        self.get_or_insert_with(T::blank).object(read);
    }
}

impl<T: Place> Place for Vec<T> {
    fn blank() -> Self {
        Vec::new()
    }

    fn wanted(&self) -> &'static str {
        LIST
    }

    fn list(&mut self) -> Option<&mut dyn List> {
        self.clear();
        Some(self)
    }
}

impl<T: Place> List for Vec<T> {
    fn item(&mut self) -> &mut dyn Place {
        self.push(T::blank());
        let last = self.len() - 1;
        &mut self[last]
    }
}

const STRING: &str = "a string";

pub(crate) const LIST: &str = "a list";

/// Takes any value, and keeps nothing.
struct Anything;

impl Place for Anything {
    fn blank() -> Self {
        Self
    }

    fn wanted(&self) -> &'static str {
        "any value"
    }

    fn scalar<'t>(&mut self, _: Found<'t>) -> Result<(), Found<'t>> {
        Ok(())
    }

    fn list(&mut self) -> Option<&mut dyn List> {
        Some(self)
    }

    fn object(&mut self, read: &mut dyn FnMut(&mut dyn Object)) {
        read(self);
    }
}

impl List for Anything {
    fn item(&mut self) -> &mut dyn Place {
        self
    }
}

impl Object for Anything {
    fn entry(&mut self, _: &str) -> Result<&mut dyn Place, Problem> {
        Ok(self)
    }
}

/// Reads a text, which is one value.
pub(crate) fn read<T: Place>(json: &str) -> Result<T, Problem> {
    let mut value = T::blank();
    match Parser::new(json).whole(&mut value) {
        Ok(()) => Ok(value),
        // Its line is told: what is no JSON has no other places.
        Err(problem) if problem.code == Code::InvalidJson => Err(Problem { path: String::new(), ..problem }),
        Err(problem) => Err(problem),
    }
}

/// Whether a text begins with a value, whatever follows it.
pub(crate) fn begins_with_value(text: &str) -> bool {
    Parser::new(text).value(&mut Anything).is_ok()
}

/// How deep values may lie in each other.
const MAX_DEPTH: usize = 128;

/// Reads values from a text on (RFC 8259). The paths of problems begin at the value.
struct Parser<'t> {
    text: &'t str,
    at: usize,
    depth: usize,
}

impl<'t> Parser<'t> {
    fn new(text: &'t str) -> Self {
        Self { text, at: 0, depth: 0 }
    }

    fn whole(&mut self, place: &mut dyn Place) -> Result<(), Problem> {
        self.value(place)?;
        self.blanks();
        if self.next().is_none() { Ok(()) } else { Err(self.not_json("something follows the value")) }
    }

    fn value(&mut self, place: &mut dyn Place) -> Result<(), Problem> {
        self.blanks();
        if self.depth == MAX_DEPTH {
            return Err(self.not_json("the values are nested too deep"));
        }
        self.depth += 1;
        match self.next() {
            Some(b'[') => self.list(place)?,
            Some(b'{') => self.object(place)?,
            _ => {
                let value = self.scalar()?;
                place.scalar(value).map_err(|found| place.mistake(&found))?;
            }
        }
        self.depth -= 1;
        Ok(())
    }

    fn list(&mut self, place: &mut dyn Place) -> Result<(), Problem> {
        let Some(list) = place.list() else { return Err(place.mistake(&Found::List)) };
        let mut index = 0;
        self.at += 1;
        let mut is_end = self.takes(b']');
        while !is_end {
            let (start, depth) = (self.at, self.depth);
            if let Err(problem) = self.value(list.item()) {
                list.forgive(problem.below(&format!("/{index}")))?;
                (self.at, self.depth) = (start, depth);
                self.value(&mut Anything)?;
            }
            index += 1;
            is_end = self.ends(b']', "`,` or `]` is missing")?;
        }
        Ok(())
    }

    fn object(&mut self, place: &mut dyn Place) -> Result<(), Problem> {
        let mut read = None;
        place.object(&mut |object| read = Some(self.entries(object)));
        read.unwrap_or_else(|| Err(place.mistake(&Found::Object)))
    }

    fn entries(&mut self, object: &mut dyn Object) -> Result<(), Problem> {
        self.at += 1;
        let mut is_end = self.takes(b'}');
        while !is_end {
            self.blanks();
            let key = self.string()?.ok_or_else(|| self.not_json("a key is missing"))?;
            if !self.takes(b':') {
                return Err(self.not_json("`:` is missing"));
            }
            self.value(object.entry(&key)?).map_err(|problem| problem.below(&pointer(&key)))?;
            is_end = self.ends(b'}', "`,` or `}` is missing")?;
        }
        object.end()
    }

    fn scalar(&mut self) -> Result<Found<'t>, Problem> {
        const WORDS: [(&str, Found); 3] =
            [("null", Found::Null), ("true", Found::Boolean(true)), ("false", Found::Boolean(false))];
        if let Some(text) = self.string()? {
            return Ok(Found::Text(text));
        }
        if let Some((word, value)) = WORDS.into_iter().find(|(word, _)| self.rest().starts_with(word)) {
            self.at += word.len();
            return Ok(value);
        }
        let start = self.at;
        self.skip(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E'));
        let number = &self.text[start..self.at];
        if !is_number(number) {
            self.at = start;
            return Err(self.not_json("a value is missing"));
        }
        Ok(Found::Number(number))
    }

    /// A string, if one begins here.
    fn string(&mut self) -> Result<Option<Cow<'t, str>>, Problem> {
        if !self.takes_at_once(b'"') {
            return Ok(None);
        }
        let mut text = Cow::Borrowed("");
        loop {
            let start = self.at;
            self.skip(|byte| byte >= b' ' && !matches!(byte, b'"' | b'\\'));
            text += &self.text[start..self.at];
            if self.takes_at_once(b'"') {
                return Ok(Some(text));
            }
            if !self.takes_at_once(b'\\') {
                return Err(self.not_json("a string has no end, or a control character in it"));
            }
            text.to_mut().push(self.escaped()?);
        }
    }

    /// The character that an escape stands for.
    fn escaped(&mut self) -> Result<char, Problem> {
        const ESCAPES: [(u8, char); 8] = [
            (b'"', '"'),
            (b'\\', '\\'),
            (b'/', '/'),
            (b'b', '\u{8}'),
            (b'f', '\u{c}'),
            (b'n', '\n'),
            (b'r', '\r'),
            (b't', '\t'),
        ];
        if let Some((_, c)) = ESCAPES.into_iter().find(|(escape, _)| self.takes_at_once(*escape)) {
            return Ok(c);
        }
        let first = self.code_unit()?;
        let is_pair = (0xd800..0xdc00).contains(&first) && self.rest().starts_with("\\u");
        let second = if is_pair {
            self.at += 1;
            Some(self.code_unit()?)
        } else {
            None
        };
        let mut decoded = char::decode_utf16([first].into_iter().chain(second));
        decoded.next().and_then(Result::ok).ok_or_else(half_a_pair)
    }

    /// The number in `u0041`.
    fn code_unit(&mut self) -> Result<u16, Problem> {
        let digits = self.rest().strip_prefix('u').and_then(|rest| rest.get(..4));
        let digits = digits.filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let unit = digits.and_then(|digits| u16::from_str_radix(digits, 16).ok());
        self.at += unit.map_or(0, |_| "u0000".len());
        unit.ok_or_else(|| self.not_json("there is no such escape"))
    }

    /// Whether a list or an object ends here; else there must be a comma.
    fn ends(&mut self, end: u8, otherwise: &str) -> Result<bool, Problem> {
        match self.takes(b',') {
            true => Ok(false),
            false if self.takes(end) => Ok(true),
            false => Err(self.not_json(otherwise)),
        }
    }

    /// Goes past a character, if it is the next one after blanks.
    fn takes(&mut self, c: u8) -> bool {
        self.blanks();
        self.takes_at_once(c)
    }

    fn takes_at_once(&mut self, c: u8) -> bool {
        let is_next = self.next() == Some(c);
        self.at += usize::from(is_next);
        is_next
    }

    fn blanks(&mut self) {
        self.skip(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'));
    }

    fn skip(&mut self, of: impl Fn(u8) -> bool) {
        while self.next().is_some_and(&of) {
            self.at += 1;
        }
    }

    fn next(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn not_json(&self, why: &str) -> Problem {
        let before = &self.text[..self.at];
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
        let message = format!("Not JSON: {why} (line {line}, column {column}).");
        Problem::new(Code::InvalidJson, "", message, "Correct the text.")
    }
}

fn is_number(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.strip_prefix('-').unwrap_or(text);
    let (number, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let no_zero_before = whole == "0" || !whole.starts_with('0');
    digits(whole) && no_zero_before && digits(fraction) && digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))
}

/// The JSON pointer to a key of an object.
fn pointer(key: &str) -> String {
    format!("/{}", pointer_key(key))
}

pub(crate) fn duplicate_key(key: &str) -> Problem {
    Problem::new(Code::DuplicateKey, pointer(key), format!("The key `{key}` appears twice."), "Keep one of the two.")
}

fn half_a_pair() -> Problem {
    let message = "The text has half of a surrogate pair, which is no character.";
    let hint = "Cut strings between characters; see `String.prototype.toWellFormed`.";
    Problem::new(Code::LoneSurrogate, "", message, hint)
}

/// A value of the wrong type, in the words of people who write TypeScript.
fn wrong_type(found: &Found, wanted: &str) -> Problem {
    let is_fraction = |number: &str| number.contains(['.', 'e', 'E']);
    let message = match found {
        Found::Null => "Nothing was given: undefined, null, NaN or a function.".to_owned(),
        Found::List => "A list was given.".to_owned(),
        Found::Object => "An object was given.".to_owned(),
        Found::Boolean(value) => format!("The value is of the wrong type: boolean `{value}`."),
        Found::Number(number) if is_fraction(number) => {
            format!("The value is of the wrong type: floating point `{number}`.")
        }
        Found::Number(number) => format!("The value is of the wrong type: integer `{number}`."),
        Found::Text(text) => format!("The value is of the wrong type: string {text:?}."),
    };
    let hint = match found {
        Found::Boolean(value) if wanted == STRING => format!("Give a string: `\"{value}\"`."),
        Found::Number(number) if wanted == STRING && is_fraction(number) => {
            "Give a string, in quotes: a number has lost its last zeros by now.".to_owned()
        }
        Found::Number(number) if wanted == STRING => format!("Give a string: `\"{number}\"`."),
        Found::Text(text) if wanted == LIST => {
            let words: Vec<_> = text.split_whitespace().map(|word| format!("\"{word}\"")).collect();
            format!("Give a list, such as `[{}]`.", words.join(", "))
        }
        _ => format!("Give {wanted}."),
    };
    Problem::new(Code::WrongType, "", message, hint)
}

/// Names the nearest of the known names, or all of them.
pub(crate) fn did_you_mean<'a>(name: &str, known: impl Iterator<Item = &'a str> + Clone) -> String {
    let plain = name.to_ascii_lowercase().replace('_', "");
    let distances =
        known.clone().map(|candidate| (strsim::levenshtein(&plain, &candidate.to_ascii_lowercase()), candidate));
    match distances.min().filter(|(distance, _)| *distance <= 1 + plain.len() / 4) {
        Some((_, candidate)) => format!("Did you mean `{candidate}`?"),
        None => match known.collect::<Vec<_>>() {
            known if known.is_empty() => "Leave it out.".to_owned(),
            known => format!("Known are `{}`.", known.join("`, `")),
        },
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use proptest::test_runner::{Config, RngSeed};
    use serde_json::Value;

    use super::*;

    /// Takes any value, and keeps it.
    #[derive(Clone, Default)]
    enum Kept {
        #[default]
        Nothing,
        Scalar(Value),
        List(Vec<Kept>),
        Object(BTreeMap<String, Kept>),
    }

    impl Place for Kept {
        fn blank() -> Self {
            Self::Nothing
        }

        fn wanted(&self) -> &'static str {
            "any value"
        }

        fn scalar<'t>(&mut self, value: Found<'t>) -> Result<(), Found<'t>> {
            *self = Self::Scalar(match &value {
                Found::Null | Found::List | Found::Object => Value::Null,
                Found::Boolean(value) => (*value).into(),
                Found::Number(number) => serde_json::from_str(number).map_err(|_| value)?,
                Found::Text(text) => text.as_ref().into(),
            });
            Ok(())
        }

        fn list(&mut self) -> Option<&mut dyn List> {
            *self = Self::List(Vec::new());
            if let Self::List(items) = self { Some(items) } else { None }
        }

        fn object(&mut self, read: &mut dyn FnMut(&mut dyn Object)) {
            let mut entries = Entries::default();
            read(&mut entries);
            *self = Self::Object(entries.0);
        }
    }

    #[derive(Default)]
    struct Entries(BTreeMap<String, Kept>);

    impl Object for Entries {
        fn entry(&mut self, key: &str) -> Result<&mut dyn Place, Problem> {
            Ok(self.0.entry(key.to_owned()).or_default())
        }
    }

    fn plain(kept: Kept) -> Value {
        match kept {
            Kept::Nothing => Value::Null,
            Kept::Scalar(value) => value,
            Kept::List(items) => items.into_iter().map(plain).collect(),
            Kept::Object(entries) => entries.into_iter().map(|(key, value)| (key, plain(value))).collect(),
        }
    }

    fn json() -> impl Strategy<Value = String> {
        let string = "\"([a/é😀\u{7f}]|\\\\[\"\\\\/bfnrtu]|\\\\u(00e9|0000|d83d|de00|D83D\\\\uDE00)){0,3}\"";
        let number = "-?(0|[1-9][0-9]{0,20}|0[0-9])(\\.[0-9]{0,2})?([eE][+-]?[0-9]{0,2})?";
        let scalar = prop_oneof![
            string,
            number,
            proptest::sample::select(vec!["null", "true", "false", "nul", "", "+1", "\"\t\"", "'a'", "\u{feff}1"])
                .prop_map(str::to_owned),
        ];
        scalar.prop_recursive(4, 16, 3, move |inner| {
            let blank = proptest::sample::select(vec!["", " ", "\t", "\r\n", "\u{a0}"]);
            let comma = proptest::sample::select(vec![",", ",", ",", ",,", ""]);
            let items = proptest::collection::vec(inner.clone(), 0..3);
            let entries = proptest::collection::vec((string, inner), 0..3);
            prop_oneof![
                (items, blank.clone(), comma.clone())
                    .prop_map(|(items, blank, comma)| format!("[{blank}{}{blank}]{blank}", items.join(comma))),
                (entries, blank, comma).prop_map(|(entries, blank, comma)| {
                    let entries: Vec<_> = entries.iter().map(|(key, value)| format!("{key}{blank}:{value}")).collect();
                    format!("{blank}{{{blank}{}{blank}}}", entries.join(comma))
                }),
            ]
        })
    }

    proptest! {
        #![proptest_config(Config {
            cases: 4000, rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..Config::default()
        })]

        #[test]
        fn a_text_is_read_as_serde_json_reads_it(text in json()) {
            let found = read::<Kept>(&text).map(plain).ok();
            prop_assert_eq!(found, serde_json::from_str(&text).ok(), "{}", text);
        }
    }

    #[test]
    fn a_text_that_is_no_json_is_refused_at_its_place() {
        for (text, place) in [
            ("", "(line 1, column 1)"),
            ("[1,\n é]", "(line 2, column 2)"),
            ("[\"é\" 1]", "(line 1, column 6)"),
            ("\"\\x\"", "(line 1, column 3)"),
            ("{} x", "(line 1, column 4)"),
        ] {
            let problem = read::<Kept>(text).err().unwrap();
            assert_eq!(problem.code, Code::InvalidJson, "{text}");
            assert!(problem.message.contains(place), "{text}: {}", problem.message);
        }
    }

    #[test]
    fn half_a_pair_is_told_from_an_escape_that_does_not_exist() {
        for (text, code) in [
            (r#""\ud83d""#, Code::LoneSurrogate),
            (r#""\ud83d\u0041""#, Code::LoneSurrogate),
            (r#""\ude00""#, Code::LoneSurrogate),
            (r#""\ud83d\n""#, Code::LoneSurrogate),
            (r#""\u+123""#, Code::InvalidJson),
            (r#""\u12"#, Code::InvalidJson),
        ] {
            assert_eq!(read::<Kept>(text).err().unwrap().code, code, "{text}");
        }
    }
}
