//! Reads JSON into the types of a definition, and says where and how it is wrong.
//!
//! One reader serves all types: a [`Place`] says what it takes. serde's derived readers would be compiled once for each
//! type, and be most of the WebAssembly module.

use std::borrow::Cow;
use std::fmt;
use std::mem;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Unexpected, Visitor};
use serde_json::value::RawValue;

use crate::problem::{Code, Problem};
use crate::recipe::pointer_key;

/// Where a value goes.
pub(crate) trait Place {
    /// A place that has taken nothing yet.
    fn blank() -> Self
    where
        Self: Sized;

    /// What it takes, as in `Give a string.`
    fn wanted(&self) -> &'static str;

    /// Takes a value that holds no others; whether it is one of the right type.
    fn scalar(&mut self, _value: Unexpected) -> bool {
        false
    }

    /// What takes the items of a list.
    fn list(&mut self) -> Option<&mut dyn List> {
        None
    }

    /// Calls `read` with what takes the entries of an object.
    fn object(&mut self, _read: &mut dyn FnMut(&mut dyn Object)) {}

    /// What is said of a value of another type.
    fn mistake(&self, found: Unexpected) -> Problem {
        wrong_type(found, self.wanted())
    }
}

/// Takes the items of a list.
pub(crate) trait List {
    /// The place for the next item; none if it is [read on its own](Self::text).
    fn item(&mut self) -> Option<&mut dyn Place>;

    /// Takes the text of the next item.
    fn text(&mut self, _text: &str) {}
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

    fn scalar(&mut self, value: Unexpected) -> bool {
        let Unexpected::Str(text) = value else { return false };
        text.clone_into(self);
        true
    }
}

impl Place for bool {
    fn blank() -> Self {
        Self::default()
    }

    fn wanted(&self) -> &'static str {
        "`true` or `false`"
    }

    fn scalar(&mut self, value: Unexpected) -> bool {
        let Unexpected::Bool(value) = value else { return false };
        *self = value;
        true
    }
}

impl Place for u32 {
    fn blank() -> Self {
        Self::default()
    }

    fn wanted(&self) -> &'static str {
        "a whole number that is not negative; a mode is one such as `0o755`"
    }

    fn scalar(&mut self, value: Unexpected) -> bool {
        let Unexpected::Unsigned(value) = value else { return false };
        value.try_into().map(|value| *self = value).is_ok()
    }
}

/// Absent is `None`, but `null` is refused. JavaScript writes `NaN` as `null`, and a mode that came out as `NaN` must not
/// become the default.
impl<T: Place> Place for Option<T> {
    fn blank() -> Self {
        None
    }

    fn wanted(&self) -> &'static str {
        T::blank().wanted()
    }

    fn scalar(&mut self, value: Unexpected) -> bool {
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
    fn item(&mut self) -> Option<&mut dyn Place> {
        self.push(T::blank());
        self.last_mut().map(|item| item as &mut dyn Place)
    }
}

const STRING: &str = "a string";

pub(crate) const LIST: &str = "a list";

/// Reads a text, which is one value.
pub(crate) fn read<T: Place>(json: &str) -> Result<T, Problem> {
    let mut value = T::blank();
    read_into(&mut value, json)?;
    Ok(value)
}

fn read_into(place: &mut dyn Place, json: &str) -> Result<(), Problem> {
    let mut trace = Trace::default();
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let read = Reader { place, trace: &mut trace }.deserialize(&mut deserializer);
    read.and_then(|()| deserializer.end()).map_err(|error| trace.problem(&error))
}

/// What is known of a mistake on the way back from it.
#[derive(Default)]
struct Trace {
    path: String,
    /// None if the text itself is wrong.
    problem: Option<Problem>,
}

impl Trace {
    /// Fails with a problem.
    fn fail<T, E: Error>(&mut self, problem: Problem) -> Result<T, E> {
        self.problem = Some(problem);
        Err(E::custom(""))
    }

    /// Steps out of the value of a key, or out of an item.
    fn leave(&mut self, key: &dyn fmt::Display) {
        self.path = format!("/{key}{}", self.path);
    }

    fn problem(self, error: &serde_json::Error) -> Problem {
        match self.problem {
            Some(problem) => problem.below(&self.path),
            None => bad_text(error, self.path),
        }
    }
}

/// Reads one value.
struct Reader<'r> {
    place: &'r mut dyn Place,
    trace: &'r mut Trace,
}

impl Reader<'_> {
    fn scalar<E: Error>(self, value: Unexpected) -> Result<(), E> {
        if self.place.scalar(value) { Ok(()) } else { self.mistake(value) }
    }

    fn mistake<E: Error>(self, found: Unexpected) -> Result<(), E> {
        self.trace.fail(self.place.mistake(found))
    }
}

impl<'de> DeserializeSeed<'de> for Reader<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reader<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.place.wanted())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.scalar(Unexpected::Unit)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        self.scalar(Unexpected::Bool(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        self.scalar(Unexpected::Unsigned(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        self.scalar(Unexpected::Signed(value))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        self.scalar(Unexpected::Float(value))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        self.scalar(Unexpected::Str(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let Some(list) = self.place.list() else { return self.mistake(Unexpected::Seq) };
        let mut index = 0;
        loop {
            let item = Item { list, trace: self.trace };
            if seq.next_element_seed(item).inspect_err(|_| self.trace.leave(&index))?.is_none() {
                return Ok(());
            }
            index += 1;
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut read = None;
        self.place.object(&mut |object| read = Some(read_entries(object, &mut map, self.trace)));
        read.unwrap_or_else(|| self.mistake(Unexpected::Map))
    }
}

fn read_entries<'de, A: MapAccess<'de>>(
    object: &mut dyn Object,
    map: &mut A,
    trace: &mut Trace,
) -> Result<(), A::Error> {
    while let Some(Key(key)) = map.next_key()? {
        match object.entry(&key) {
            Ok(place) => {
                let value = map.next_value_seed(Reader { place, trace });
                value.inspect_err(|_| trace.leave(&pointer_key(&key)))?;
            }
            Err(problem) => return trace.fail(problem),
        }
    }
    object.end().or_else(|problem| trace.fail(problem))
}

/// A key of an object.
#[derive(Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

/// Reads one item of a list.
struct Item<'r> {
    list: &'r mut dyn List,
    trace: &'r mut Trace,
}

impl<'de> DeserializeSeed<'de> for Item<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        match self.list.item() {
            Some(place) => Reader { place, trace: self.trace }.deserialize(deserializer),
            None => <&RawValue>::deserialize(deserializer).map(|text| self.list.text(text.get())),
        }
    }
}

/// The JSON pointer to a key of an object.
fn pointer(key: &str) -> String {
    format!("/{}", pointer_key(key))
}

pub(crate) fn duplicate_key(key: &str) -> Problem {
    Problem::new(Code::DuplicateKey, pointer(key), format!("The key `{key}` appears twice."), "Keep one of the two.")
}

/// What the parser's message means: the text is no JSON, or the string at a path is no text.
fn bad_text(error: &serde_json::Error, path: String) -> Problem {
    let said = error.to_string();
    let said = said.split(" at line ").next().unwrap_or(&said);
    if said.contains("surrogate") || said.contains("end of hex escape") {
        let message = "The text has half of a surrogate pair, which is no character.";
        let hint = "Cut strings between characters; see `String.prototype.toWellFormed`.";
        return Problem::new(Code::LoneSurrogate, path, message, hint);
    }
    let message = format!("Not JSON: {said} (line {}, column {}).", error.line(), error.column());
    Problem::new(Code::InvalidJson, "", message, "Correct the text.")
}

/// A value of the wrong type, in the words of people who write TypeScript.
fn wrong_type(found: Unexpected, wanted: &str) -> Problem {
    let plain = plain_value(found);
    let message = match (found, &plain) {
        (_, Some((kind, value))) => format!("The value is of the wrong type: {kind} `{value}`."),
        (Unexpected::Unit, _) => "Nothing was given: undefined, null, NaN or a function.".to_owned(),
        (Unexpected::Str(text), _) => format!("The value is of the wrong type: string {text:?}."),
        (Unexpected::Seq, _) => "A list was given.".to_owned(),
        (Unexpected::Map, _) => "An object was given.".to_owned(),
        _ => "A number was given that has a fraction, or is too large.".to_owned(),
    };
    let hint = match (found, plain) {
        (_, Some((_, value))) if wanted == STRING => format!("Give a string: `\"{value}\"`."),
        (Unexpected::Float(_), _) if wanted == STRING => {
            "Give a string, in quotes: a number has lost its last zeros by now.".to_owned()
        }
        (Unexpected::Str(text), _) if wanted == LIST => {
            let words: Vec<_> = text.split_whitespace().map(|word| format!("\"{word}\"")).collect();
            format!("Give a list, such as `[{}]`.", words.join(", "))
        }
        _ => format!("Give {wanted}."),
    };
    Problem::new(Code::WrongType, "", message, hint)
}

/// The type of a value without fraction or parts, and the value as text. To write fractions takes more code than to read a
/// definition.
fn plain_value(found: Unexpected) -> Option<(&'static str, String)> {
    match found {
        Unexpected::Bool(value) => Some(("boolean", value.to_string())),
        Unexpected::Unsigned(value) => Some(("integer", value.to_string())),
        Unexpected::Signed(value) => Some(("integer", value.to_string())),
        _ => None,
    }
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
