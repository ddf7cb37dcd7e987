//! Reads TOML as far as a `pyproject.toml` is asked: tables, lists and texts.
//!
//! The parser is that of the crate `toml`, whose own values, with their places, numbers and dates, would be a tenth of
//! the WebAssembly module. What is here puts the parser's events together, and refuses what TOML says of keys: none twice,
//! and no table that is added to from elsewhere. Numbers and dates are not kept, and whether a date exists is not asked.

use std::mem;

use toml_parser::decoder::{Encoding, ScalarKind};
use toml_parser::parser::{EventReceiver, RecursionGuard, ValidateWhitespace, parse_document};
use toml_parser::{ErrorSink, ParseError, Raw, Source, Span};

/// How deep values may lie in each other, and how many parts a key may have.
const MAX_DEPTH: u32 = 80;

/// A value.
#[derive(Debug)]
pub(crate) enum Value {
    Text(String),
    List(Vec<Value>),
    Table(Table),
    /// What `[[…]]` adds to.
    Tables(Vec<Table>),
    /// A number, a date or a boolean.
    Other,
}

impl Value {
    pub(crate) fn as_text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }
}

/// Values by key, in their order.
#[derive(Debug, Default)]
pub(crate) struct Table {
    entries: Vec<(String, Value)>,
    origin: Origin,
}

/// What made a table, and so what may add to it.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Origin {
    /// A header, `[a]`.
    #[default]
    Header,
    /// A header of another table below it, `[a.b]`.
    Path,
    /// A key of several parts, `a.b = 1`.
    Dotted,
    /// A value, `a = {}`.
    Inline,
}

/// The first thing that is wrong with a text.
#[derive(Debug)]
pub(crate) struct TomlError {
    /// The first is 1.
    pub(crate) line: usize,
    pub(crate) message: String,
}

impl Table {
    /// Reads a whole text.
    pub(crate) fn parse(text: &str) -> Result<Self, TomlError> {
        let source = Source::new(text);
        let mut reader =
            Reader { source, root: Self::default(), header: Vec::new(), key: Key::default(), open: Vec::new() };
        let mut error: Option<ParseError> = None;
        let mut receiver = ValidateWhitespace::new(&mut reader, source);
        parse_document(&source.lex().into_vec(), &mut RecursionGuard::new(&mut receiver, MAX_DEPTH), &mut error);
        match error {
            None => Ok(reader.root),
            Some(error) => {
                let at = error.unexpected().or(error.context()).map_or(0, |span| span.start());
                let line = text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1;
                Err(TomlError { line, message: error.description().to_owned() })
            }
        }
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Value> {
        self.entries().find(|(known, _)| *known == key).map(|(_, value)| value)
    }

    /// The table of a key, if it is one.
    pub(crate) fn table(&self, key: &str) -> Option<&Self> {
        if let Some(Value::Table(table)) = self.get(key) { Some(table) } else { None }
    }

    /// Keys and values, in their order.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.entries.iter().map(|(key, value)| (key.as_str(), value))
    }

    fn of(origin: Origin) -> Self {
        Self { entries: Vec::new(), origin }
    }

    /// The value of a key, which is made if there is none.
    fn entry(&mut self, key: String, new: impl FnOnce() -> Value) -> Option<&mut Value> {
        let at = self.entries.iter().position(|(known, _)| *known == key).unwrap_or_else(|| {
            self.entries.push((key, new()));
            self.entries.len() - 1
        });
        self.entries.get_mut(at).map(|(_, value)| value)
    }

    /// The table at a path in a header; none if something else is there.
    fn descend(&mut self, path: &[String]) -> Option<&mut Self> {
        path.iter().try_fold(self, |table, key| {
            match table.entry(key.clone(), || Value::Table(Self::of(Origin::Path)))? {
                Value::Table(table) if table.origin != Origin::Inline => Some(table),
                Value::Tables(tables) => tables.last_mut(),
                _ => None,
            }
        })
    }

    /// Begins the table of a header; none if there is one.
    fn begin(&mut self, path: &[String], is_item: bool) -> Option<()> {
        let (name, above) = path.split_last()?;
        let parent = self.descend(above)?;
        if is_item {
            let Value::Tables(tables) = parent.entry(name.clone(), || Value::Tables(Vec::new()))? else { return None };
            tables.push(Self::of(Origin::Header));
        } else {
            let Value::Table(table) = parent.entry(name.clone(), || Value::Table(Self::of(Origin::Path)))? else {
                return None;
            };
            if table.origin != Origin::Path {
                return None;
            }
            table.origin = Origin::Header;
        }
        Some(())
    }

    /// Adds a value at a key, perhaps of several parts; none if there is one, or the key leads into a table that was made
    /// in another way.
    fn insert(&mut self, mut key: Vec<String>, value: Value) -> Option<()> {
        let name = key.pop()?;
        let is_dotted = !key.is_empty();
        let parent = key.into_iter().try_fold(self, |table, part| {
            match table.entry(part, || Value::Table(Self::of(Origin::Dotted)))? {
                Value::Table(table) if table.origin.is_open() => {
                    table.origin = Origin::Dotted;
                    Some(table)
                }
                Value::Tables(tables) => tables.last_mut(),
                _ => None,
            }
        })?;
        let is_free = parent.get(&name).is_none() && (!is_dotted || parent.origin.is_open());
        parent.entries.push((name, value));
        is_free.then_some(())
    }
}

impl Origin {
    /// Whether a key of several parts may add to the table.
    fn is_open(self) -> bool {
        matches!(self, Self::Path | Self::Dotted)
    }
}

/// A key of one or several parts, and where it ends.
#[derive(Default)]
struct Key {
    parts: Vec<String>,
    end: Option<Span>,
}

/// Puts the parser's events together. After a mistake anything may come, and nothing of it counts.
struct Reader<'t> {
    source: Source<'t>,
    root: Table,
    /// The path of the table at hand.
    header: Vec<String>,
    key: Key,
    /// Lists and inline tables that are not closed yet, with their keys.
    open: Vec<(Key, Value)>,
}

impl<'t> Reader<'t> {
    fn raw(&self, span: Span, encoding: Option<Encoding>) -> Raw<'t> {
        let text = self.source.get(span).map_or("", |raw| raw.as_str());
        Raw::new_unchecked(text, encoding, span)
    }

    fn begin_table(&mut self, is_item: bool, errors: &mut dyn ErrorSink) {
        let Key { parts, end } = mem::take(&mut self.key);
        if self.root.begin(&parts, is_item).is_none() {
            duplicate(end, errors);
        }
        self.header = parts;
    }

    /// Takes a value: of the list that is open, or of the key that was read.
    fn value(&mut self, value: Value, errors: &mut dyn ErrorSink) {
        let table = match self.open.last_mut() {
            Some((_, Value::List(items))) => return items.push(value),
            Some((_, Value::Table(table))) => Some(table),
            _ => self.root.descend(&self.header),
        };
        let Key { parts, end } = mem::take(&mut self.key);
        if table.and_then(|table| table.insert(parts, value)).is_none() {
            duplicate(end, errors);
        }
    }

    fn open(&mut self, value: Value) -> bool {
        self.open.push((mem::take(&mut self.key), value));
        true
    }

    fn close(&mut self, errors: &mut dyn ErrorSink) {
        if let Some((key, value)) = self.open.pop() {
            self.key = key;
            self.value(value, errors);
        }
    }
}

fn duplicate(at: Option<Span>, errors: &mut dyn ErrorSink) {
    let error = ParseError::new("duplicate key");
    errors.report_error(at.map_or(error.clone(), |span| error.with_unexpected(span)));
}

impl EventReceiver for Reader<'_> {
    fn std_table_close(&mut self, _: Span, errors: &mut dyn ErrorSink) {
        self.begin_table(false, errors);
    }

    fn array_table_close(&mut self, _: Span, errors: &mut dyn ErrorSink) {
        self.begin_table(true, errors);
    }

    fn inline_table_open(&mut self, _: Span, _: &mut dyn ErrorSink) -> bool {
        self.open(Value::Table(Table::of(Origin::Inline)))
    }

    fn inline_table_close(&mut self, _: Span, errors: &mut dyn ErrorSink) {
        self.close(errors);
    }

    fn array_open(&mut self, _: Span, _: &mut dyn ErrorSink) -> bool {
        self.open(Value::List(Vec::new()))
    }

    fn array_close(&mut self, _: Span, errors: &mut dyn ErrorSink) {
        self.close(errors);
    }

    fn simple_key(&mut self, span: Span, encoding: Option<Encoding>, errors: &mut dyn ErrorSink) {
        if self.key.parts.len() == MAX_DEPTH as usize {
            return errors.report_error(ParseError::new("the key has too many parts").with_unexpected(span));
        }
        let mut part = String::new();
        self.raw(span, encoding).decode_key(&mut part, errors);
        self.key.parts.push(part);
        self.key.end = Some(span);
    }

    fn scalar(&mut self, span: Span, encoding: Option<Encoding>, errors: &mut dyn ErrorSink) {
        let mut text = String::new();
        let value = match self.raw(span, encoding).decode_scalar(&mut text, errors) {
            ScalarKind::String => Value::Text(text),
            _ => Value::Other,
        };
        self.value(value, errors);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::test_runner::{Config, RngSeed};
    use serde_json::Value as Json;
    use toml::de::{DeTable, DeValue};

    use super::*;

    fn ours(value: &Value) -> Json {
        match value {
            Value::Text(text) => text.as_str().into(),
            Value::List(items) => items.iter().map(ours).collect(),
            Value::Table(table) => object(table),
            Value::Tables(tables) => tables.iter().map(object).collect(),
            Value::Other => Json::Null,
        }
    }

    fn object(table: &Table) -> Json {
        table.entries().map(|(key, value)| (key.to_owned(), ours(value))).collect()
    }

    fn theirs(value: &DeValue) -> Json {
        match value {
            DeValue::String(text) => text.as_ref().into(),
            DeValue::Array(items) => items.iter().map(|item| theirs(item.get_ref())).collect(),
            DeValue::Table(table) => their_object(table),
            _ => Json::Null,
        }
    }

    fn their_object(table: &DeTable) -> Json {
        table.iter().map(|(key, value)| (key.get_ref().to_string(), theirs(value.get_ref()))).collect()
    }

    fn key() -> impl Strategy<Value = String> {
        let part = prop_oneof![Just("a"), Just("b"), Just("c"), Just("\"a\""), Just("'b'"), Just("\"\\u0063\"")];
        proptest::collection::vec(part, 1..4).prop_map(|parts| parts.join("."))
    }

    fn value() -> impl Strategy<Value = String> {
        let scalar = prop_oneof![
            proptest::sample::select(vec![
                "1",
                "0x_1",
                "1_0",
                "01",
                "-1.5e3",
                "inf",
                "true",
                "1979-05-27T07:32:00Z",
                "07:32:00",
                "\"a\\tb\\u00e9\"",
                "'c\\d'",
                "\"\"\"\ne\\\n  f\"\"\"",
                "'''g'h'''",
                "\"\\x\"",
                "\"\\ud800\"",
                "nothing",
                "",
            ])
            .prop_map(str::to_owned),
            "\"[a-c\\\\\"#]{0,4}\"",
        ];
        scalar.prop_recursive(3, 12, 3, |inner| {
            let comma = prop_oneof![Just(","), Just(" ,\n# why\n"), Just(", ")];
            let list = (proptest::collection::vec(inner.clone(), 0..3), comma);
            let fields = proptest::collection::vec((key(), inner), 0..3);
            prop_oneof![
                list.prop_map(|(items, comma)| format!("[{}]", items.join(comma))),
                fields.prop_map(|fields| {
                    let fields: Vec<_> = fields.iter().map(|(key, value)| format!("{key} = {value}")).collect();
                    format!("{{ {} }}", fields.join(", "))
                }),
            ]
        })
    }

    fn line() -> impl Strategy<Value = String> {
        prop_oneof![
            4 => (key(), value()).prop_map(|(key, value)| format!("{key} = {value}")),
            3 => key().prop_map(|key| format!("[{key}]")),
            2 => key().prop_map(|key| format!("[[{key}]] # why")),
            1 => "[a-c\\[\\]{}=.,\"'# \u{0}]{0,8}",
        ]
    }

    proptest! {
        #![proptest_config(Config {
            cases: 4000, rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..Config::default()
        })]

        #[test]
        fn a_text_is_read_as_the_crate_toml_reads_it(lines in proptest::collection::vec(line(), 0..7)) {
            let text = lines.join("\n");
            let found = Table::parse(&text).map(|table| object(&table)).ok();
            let expected = DeTable::parse(&text).map(|table| their_object(table.get_ref())).ok();
            prop_assert_eq!(found, expected, "{}", text);
        }
    }

    #[test]
    fn a_mistake_has_its_line() {
        for (text, line) in [
            ("a = 1\n\na = 2", 3),
            ("[a]\nb = [\n  1,\n]\n[a]", 5),
            ("a = { b = 1,\n b = 2 }", 2),
            ("[a]\nb =\n", 2),
            ("a = 1\n[[a]]", 2),
        ] {
            assert_eq!(Table::parse(text).unwrap_err().line, line, "{text}");
        }
    }

    #[test]
    fn no_depth_exhausts_the_stack() {
        let deep = 100_000;
        for text in [
            format!("a = {}{}", "[".repeat(deep), "]".repeat(deep)),
            format!("a = {}1{}", "{ a = ".repeat(deep), " }".repeat(deep)),
            format!("a{} = 1", ".a".repeat(deep)),
            format!("[a{}]", ".a".repeat(deep)),
        ] {
            assert!(Table::parse(&text).is_err());
        }
    }
}
