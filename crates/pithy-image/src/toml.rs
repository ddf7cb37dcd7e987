//! Reads TOML as far as a `pyproject.toml` is asked: tables, lists and texts.
//!
//! A parser of its own, since that of the crate `toml` would be a fifteenth of the WebAssembly module: a test compares what the
//! two take, and how they read it. It is TOML 1.1, as there. Numbers and dates are checked, and not kept.

/// How deep values may lie in each other, and how many parts a key may have.
const MAX_DEPTH: usize = 80;

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
    pub(crate) message: &'static str,
}

impl Table {
    /// Reads a whole text.
    pub(crate) fn parse(text: &str) -> Result<Self, TomlError> {
        let mut reader = Reader { text, at: 0, depth: 0 };
        reader.document().map_err(|message| {
            let line = text[..reader.at].matches('\n').count() + 1;
            TomlError { line, message }
        })
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

/// Why a text is no TOML; where the reader stands is the place.
type Read<T> = Result<T, &'static str>;

const DUPLICATE: &str = "duplicate key";

/// Reads values from a place of the text on.
struct Reader<'t> {
    text: &'t str,
    at: usize,
    depth: usize,
}

impl Reader<'_> {
    fn document(&mut self) -> Read<Table> {
        let mut root = Table::default();
        let mut header = Vec::new();
        self.takes("\u{feff}");
        while self.at < self.text.len() {
            self.blanks();
            match self.next() {
                Some(b'[') => header = self.header(&mut root)?,
                Some(b'#' | b'\r' | b'\n') | None => {}
                Some(_) => self.entry(root.descend(&header).ok_or(DUPLICATE)?)?,
            }
            self.line_end()?;
        }
        Ok(root)
    }

    /// Begins the table of a header; answers its path.
    fn header(&mut self, root: &mut Table) -> Read<Vec<String>> {
        let is_item = self.takes("[[");
        self.at += usize::from(!is_item);
        let path = self.key()?;
        if !self.takes(if is_item { "]]" } else { "]" }) {
            return Err("a header has no end");
        }
        root.begin(&path, is_item).ok_or(DUPLICATE)?;
        Ok(path)
    }

    /// A key and its value.
    fn entry(&mut self, table: &mut Table) -> Read<()> {
        let key = self.key()?;
        let end = self.at;
        if !self.takes("=") {
            return Err("`=` is missing");
        }
        self.blanks();
        let value = self.value()?;
        table.insert(key, value).ok_or_else(|| {
            self.at = end;
            DUPLICATE
        })
    }

    /// A key of one or several parts, with the blanks around it.
    fn key(&mut self) -> Read<Vec<String>> {
        let mut parts = Vec::new();
        loop {
            self.blanks();
            parts.push(self.key_part()?);
            self.blanks();
            if parts.len() > MAX_DEPTH {
                return Err("the key has too many parts");
            }
            if !self.takes(".") {
                return Ok(parts);
            }
        }
    }

    fn key_part(&mut self) -> Read<String> {
        if self.rest().starts_with("\"\"\"") || self.rest().starts_with("'''") {
            return Err("a key has several lines");
        }
        match self.next() {
            Some(b'"' | b'\'') => self.string(),
            _ => match self.bare(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')) {
                "" => Err("a key is missing"),
                part => Ok(part.to_owned()),
            },
        }
    }

    fn value(&mut self) -> Read<Value> {
        if self.depth == MAX_DEPTH {
            return Err("the values are nested too deep");
        }
        self.depth += 1;
        let value = match self.next() {
            Some(b'"' | b'\'') => Value::Text(self.string()?),
            Some(b'[') => {
                let mut items = Vec::new();
                self.items("]", &mut |reader| {
                    items.push(reader.value()?);
                    Ok(())
                })?;
                Value::List(items)
            }
            Some(b'{') => {
                let mut table = Table::of(Origin::Inline);
                self.items("}", &mut |reader| reader.entry(&mut table))?;
                Value::Table(table)
            }
            _ => self.other()?,
        };
        self.depth -= 1;
        Ok(value)
    }

    /// What is between brackets, with commas between and perhaps one at the end.
    fn items(&mut self, end: &str, item: &mut dyn FnMut(&mut Self) -> Read<()>) -> Read<()> {
        self.at += 1;
        self.gap();
        while !self.takes(end) {
            item(self)?;
            self.gap();
            if !self.takes(",") && !self.rest().starts_with(end) {
                return Err("a comma or a bracket is missing");
            }
            self.gap();
        }
        Ok(())
    }

    /// A number, a date or a boolean.
    fn other(&mut self) -> Read<Value> {
        let start = self.at;
        let is_part = |byte: u8| !matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b',' | b']' | b'}' | b'#');
        let is_date = is_date(self.bare(is_part));
        if is_date && self.rest().as_bytes().get(1).is_some_and(u8::is_ascii_digit) && self.takes(" ") {
            self.bare(is_part);
        }
        let text = &self.text[start..self.at];
        if matches!(text, "true" | "false") || is_number(text) || is_moment(text) {
            return Ok(Value::Other);
        }
        self.at = start;
        Err("there is no such value")
    }

    /// A text in quotes: `"` or `'`, three of them around several lines.
    fn string(&mut self) -> Read<String> {
        let quote = &self.text[self.at..=self.at];
        let triple = quote.repeat(3);
        let is_multiline = self.takes(&triple);
        let (end, has_escapes) = (if is_multiline { triple.as_str() } else { quote }, quote == "\"");
        if is_multiline {
            self.newline();
        } else {
            self.at += 1;
        }
        let mut text = String::new();
        while !self.takes(end) {
            if has_escapes && self.takes("\\") {
                self.escaped(is_multiline, &mut text)?;
                continue;
            }
            let start = self.at;
            if !(is_multiline && (self.newline() || self.takes(quote))) {
                self.bare(|byte| is_visible(byte) && byte != quote.as_bytes()[0] && !(has_escapes && byte == b'\\'));
            }
            if self.at == start {
                return Err("a text has no end, or a control character in it");
            }
            text += &self.text[start..self.at];
        }
        for _ in 0..if is_multiline { 2 } else { 0 } {
            text += if self.takes(quote) { quote } else { "" };
        }
        Ok(text)
    }

    /// What an escape stands for; the end of a line, for nothing.
    fn escaped(&mut self, is_multiline: bool, text: &mut String) -> Read<()> {
        const ESCAPES: [(&str, char); 8] = [
            ("b", '\u{8}'),
            ("e", '\u{1b}'),
            ("f", '\u{c}'),
            ("n", '\n'),
            ("r", '\r'),
            ("t", '\t'),
            ("\\", '\\'),
            ("\"", '"'),
        ];
        const CODES: [(&str, usize); 3] = [("x", 2), ("u", 4), ("U", 8)];
        const NONE: &str = "there is no such escape";
        if let Some((_, c)) = ESCAPES.iter().find(|(escape, _)| self.takes(escape)) {
            text.push(*c);
            return Ok(());
        }
        if let Some((_, count)) = CODES.iter().find(|(escape, _)| self.takes(escape)) {
            let digits = self.rest().get(..*count).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
            let code = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
            text.push(code.and_then(char::from_u32).ok_or(NONE)?);
            self.at += count;
            return Ok(());
        }
        self.blanks();
        if !is_multiline || !self.newline() {
            return Err(NONE);
        }
        while self.newline() || !self.bare(|byte| matches!(byte, b' ' | b'\t')).is_empty() {}
        Ok(())
    }

    /// What may stand at the end of a line.
    fn line_end(&mut self) -> Read<()> {
        self.blanks();
        self.comment();
        if self.newline() || self.at == self.text.len() { Ok(()) } else { Err("the line does not end here") }
    }

    /// What may stand between the items of a list.
    fn gap(&mut self) {
        self.blanks();
        self.comment();
        while self.newline() {
            self.blanks();
            self.comment();
        }
    }

    fn comment(&mut self) {
        if self.next() == Some(b'#') {
            self.bare(is_visible);
        }
    }

    fn newline(&mut self) -> bool {
        self.takes("\n") || self.takes("\r\n")
    }

    fn blanks(&mut self) {
        self.bare(|byte| matches!(byte, b' ' | b'\t'));
    }

    /// Goes past bytes of a kind; answers them.
    fn bare(&mut self, of: impl Fn(u8) -> bool) -> &str {
        let start = self.at;
        while self.next().is_some_and(&of) {
            self.at += 1;
        }
        &self.text[start..self.at]
    }

    /// Goes past a text, if it is next.
    fn takes(&mut self, text: &str) -> bool {
        let is_next = self.rest().starts_with(text);
        self.at += if is_next { text.len() } else { 0 };
        is_next
    }

    fn next(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn rest(&self) -> &str {
        &self.text[self.at..]
    }
}

/// What a text of one line, or a comment, may hold: tabs, and no other control character.
fn is_visible(byte: u8) -> bool {
    byte == b'\t' || (byte >= b' ' && byte != 0x7f)
}

fn is_number(text: &str) -> bool {
    let digits = |text: &str, is_digit: fn(&u8) -> bool| {
        text.split('_').all(|part| !part.is_empty() && part.as_bytes().iter().all(is_digit))
    };
    let decimal = |text: &str| digits(text, u8::is_ascii_digit);
    match text.get(..2) {
        Some("0x") => return digits(&text[2..], u8::is_ascii_hexdigit),
        Some("0o") => return digits(&text[2..], |byte| matches!(byte, b'0'..=b'7')),
        Some("0b") => return digits(&text[2..], |byte| matches!(byte, b'0' | b'1')),
        _ => {}
    }
    let number = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (number, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let no_zero_before = whole == "0" || !whole.starts_with('0');
    let is_decimal = decimal(whole) && no_zero_before && decimal(fraction);
    matches!(number, "inf" | "nan") || (is_decimal && decimal(exponent.strip_prefix(['+', '-']).unwrap_or(exponent)))
}

/// A date, a time, or both, and then perhaps an offset (RFC 3339, but that seconds may be left out).
fn is_moment(text: &str) -> bool {
    match text.split_at_checked(10) {
        Some((date, "")) => is_date(date),
        Some((date, rest)) if is_date(date) => {
            rest.strip_prefix(['T', 't', ' ']).is_some_and(|time| is_time(without_offset(time)))
        }
        _ => is_time(text),
    }
}

fn is_date(text: &str) -> bool {
    let parts: Vec<_> = text.split('-').collect();
    let [year, month, day] = parts[..] else { return false };
    let Some((century, year)) = year.split_at_checked(2) else { return false };
    let (Some(century), Some(year), Some(month)) = (number(century), number(year), number(month)) else { return false };
    let leap_years = if year == 0 { century } else { year };
    let days = match month {
        2 => 28 + u8::from(leap_years % 4 == 0),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    (1..=12).contains(&month) && number(day).is_some_and(|day| (1..=days).contains(&day))
}

fn is_time(text: &str) -> bool {
    let (clock, fraction) = text.split_once('.').map_or((text, None), |(clock, fraction)| (clock, Some(fraction)));
    let parts: Vec<_> = clock.split(':').collect();
    let is_fraction = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_within = parts.iter().zip([23, 59, 60]).all(|(part, most)| number(part).is_some_and(|part| part <= most));
    is_within && (parts.len() == 3 || (parts.len() == 2 && fraction.is_none())) && fraction.is_none_or(is_fraction)
}

/// A time without `Z` or `+01:00` at its end.
fn without_offset(time: &str) -> &str {
    let (start, end) = time.split_at_checked(time.len().saturating_sub(6)).unwrap_or((time, ""));
    let has_offset = end.strip_prefix(['+', '-']).is_some_and(is_time);
    if has_offset { start } else { time.strip_suffix(['Z', 'z']).unwrap_or(time) }
}

/// A number of two digits.
fn number(text: &str) -> Option<u8> {
    (text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok()).flatten()
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

    /// Values, and what is none.
    const SCALARS: &[&str] = &[
        "1",
        "0x_1",
        "1_0",
        "01",
        "-1.5e3",
        "inf",
        "true",
        "nothing",
        "",
        "0",
        "+0",
        "-00",
        "00",
        "0.0_1",
        "1.",
        ".5",
        "1.5.5",
        "1__0",
        "1_",
        "_1",
        "0b12",
        "0b1_0",
        "0o17",
        "0o8",
        "0xfF_0",
        "0xg",
        "0X1",
        "+0x1",
        "1e+0_1",
        "1e",
        "1E5",
        "1.e5",
        "03.5",
        "0e0",
        "+inf",
        "-nan",
        "Inf",
        "++1",
        "True",
        "truefalse",
        "true false",
        "1 2",
        "99999999999999999999",
        "1=2",
        "1\"a\"",
        "\u{e9}",
        "+",
        "07:32:00",
        "07:32",
        "07:32.5",
        "07:60:00",
        "24:00:00",
        "23:59:60.123",
        "07:32:00Z",
        "07:32:00.",
        "1979-05-27",
        "1979-05-27T07:32:00Z",
        "1979-05-27 07:32:00.5+01:00",
        "1979-05-27t07:32-23:59",
        "1979-05-27 ",
        "1979-05-27  07:32:00",
        "1979-05-27 07:32:00 ",
        "1979-05-27 7",
        "1979-13-01",
        "1979-00-01",
        "1979-01-00",
        "1979-04-31",
        "2000-02-29",
        "1900-02-29",
        "2024-02-29",
        "2023-02-29",
        "1979-05-2",
        "79-05-27",
        "1979-05-27T",
        "1979-05-27T07:32:00+1:00",
        "1979-05-27T07:32:00+24:00",
        "1979-05-27T07:32:00z",
        "1979-05-27T07:32:00ZZ",
        "+1979-05-27",
        "1979-05-27-01",
        "1979-05-27T07:32:00+01:00:00",
        "\"a\\tb\\u00e9\"",
        "'c\\d'",
        "\"\"\"\ne\\\n  f\"\"\"",
        "'''g'h'''",
        "\"\\x\"",
        "\"\\ud800\"",
        "\"\"",
        "''",
        "\"\"\"\"\"\"",
        "''''''",
        "\"\"\"a\"\"b\"\"\"\"\"",
        "\"\"\"a\"\"\"\"\"\"",
        "\"\"\"a\\ \t\r\n\n  b\"\"\"",
        "\"\"\"a\\ b\"\"\"",
        "\"\"\"\r\na\r\nb\"\"\"",
        "\"\"\"a\rb\"\"\"",
        "\"\"\"\\\"\"\"\"",
        "'''\n\na''\n'''''",
        "'''a\r\n'''",
        "'''a\rb'''",
        "'''a",
        "\"\"\"a",
        "\"\"\"a\\",
        "'a\nb'",
        "\"a\nb\"",
        "\"a",
        "'a",
        "\"a\u{7f}\"",
        "'a\u{1}'",
        "'a\tb'",
        "'\u{e9}\u{2028}'",
        "\"\\e\\x41\\U0001f600\\b\\f\\n\\r\\t\\\"\\\\\"",
        "\"\\U00110000\"",
        "\"\\x4\"",
        "\"\\u00\u{e9}\"",
        "\"\\/\"",
        "\"\\",
        "\"a\\\nb\"",
    ];

    /// Lines that are no usual key and value.
    const LINES: &[&str] = &[
        "",
        "\t# why",
        "#\u{1}",
        "a = 1 b = 2",
        "[ a ]",
        "[ [a]]",
        "[[a] ]",
        "[[ a ]]",
        "[a",
        "[]",
        "[[]]",
        "[a] b = 1",
        "a",
        "a =",
        "= 1",
        "\u{feff}a = 1",
        "\r",
        "a = 1 # \u{7f}",
        "a. b .c=1",
        "[a.]",
        "[.a]",
        "a\n= 1",
        "a = \n1",
        "d = 1\r",
        "d = 1\r\n",
        "[a]\r\n",
        "]",
        "\u{b}",
    ];

    fn key() -> impl Strategy<Value = String> {
        let usual = vec!["a", "b", "c", "\"a\"", "'b'", "\"\\u0063\""];
        let unusual = vec![
            "",
            "\"\"",
            "''",
            "1-_",
            "\u{e9}",
            "\"\"\"a\"\"\"",
            "'''a'''",
            " a\t",
            "a b",
            "\"a",
            "\"a\nb\"",
            "'a'b",
        ];
        let part = prop_oneof![20 => proptest::sample::select(usual), 1 => proptest::sample::select(unusual)];
        proptest::collection::vec(part, 1..4).prop_map(|parts| parts.join("."))
    }

    fn value() -> impl Strategy<Value = String> {
        let scalar = prop_oneof![proptest::sample::select(SCALARS).prop_map(str::to_owned), "\"[a-c\\\\\"#]{0,4}\"",];
        scalar.prop_recursive(3, 12, 3, |inner| {
            let comma = proptest::sample::select(vec![",", ",", ", ", " ,\n# why\n", "\r\n,\t", ",,", ",\r", ""]);
            let end = proptest::sample::select(vec!["", "", " ", "\n", ",", ", # why\n", "#"]);
            let list = (proptest::collection::vec(inner.clone(), 0..3), comma.clone(), end.clone());
            let fields = (proptest::collection::vec((key(), inner), 0..3), comma, end);
            prop_oneof![
                list.prop_map(|(items, comma, end)| format!("[{}{end}]", items.join(comma))),
                fields.prop_map(|(fields, comma, end)| {
                    let fields: Vec<_> = fields.iter().map(|(key, value)| format!("{key} = {value}")).collect();
                    format!("{{ {}{end}}}", fields.join(comma))
                }),
            ]
        })
    }

    fn line() -> impl Strategy<Value = String> {
        prop_oneof![
            4 => (key(), value()).prop_map(|(key, value)| format!("{key} = {value}")),
            3 => key().prop_map(|key| format!("[{key}]")),
            2 => key().prop_map(|key| format!("[[{key}]] # why")),
            1 => proptest::sample::select(LINES).prop_map(str::to_owned),
            1 => "[a-c\\[\\]{}=.,\"'# \u{0}]{0,8}",
        ]
    }

    /// What the two make of a text: ours, and that of the crate `toml`.
    fn both(text: &str) -> (Option<Json>, Option<Json>) {
        let found = Table::parse(text).map(|table| object(&table)).ok();
        let expected = DeTable::parse(text).map(|table| their_object(table.get_ref())).ok();
        (found, expected)
    }

    proptest! {
        #![proptest_config(Config {
            cases: 20_000, rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..Config::default()
        })]

        #[test]
        fn a_text_is_read_as_the_crate_toml_reads_it(
            start in proptest::sample::select(vec!["", "", "\u{feff}", "\r\n"]),
            lines in proptest::collection::vec(line(), 0..7),
        ) {
            let text = start.to_owned() + &lines.join("\n");
            let (found, expected) = both(&text);
            prop_assert_eq!(found, expected, "{}", text);
        }
    }

    /// Among other mistakes one that is missed would not be seen.
    #[test]
    fn a_value_alone_is_read_as_the_crate_toml_reads_it() {
        let places = |value| [format!("a = {value}"), format!("a = [{value}]\n"), format!("a={{b={value}}}\nc=1")];
        for text in SCALARS.iter().flat_map(places).chain(LINES.iter().map(|line| (*line).to_owned())) {
            let (found, expected) = both(&text);
            assert_eq!(found, expected, "{text:?}");
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
