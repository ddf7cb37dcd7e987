//! The fields of `--mount` and `--device`: one record of comma-separated values.

use std::ops::Range;

/// A field without its quotes, and where it stands with them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Field {
    pub text: String,
    pub range: Range<usize>,
}

/// The fields of a record, or what is wrong with it.
pub(crate) fn fields(record: &str) -> Result<Vec<Field>, String> {
    let record = record.strip_suffix("\r\n").or_else(|| record.strip_suffix('\n')).unwrap_or(record);
    if record.is_empty() {
        return Err("EOF".to_owned());
    }
    let mut fields = Vec::new();
    let mut at = 0;
    loop {
        let field = if record[at..].starts_with('"') { quoted(record, at)? } else { bare(record, at)? };
        at = field.range.end + 1;
        fields.push(field);
        if at > record.len() {
            return Ok(fields);
        }
    }
}

fn bare(record: &str, start: usize) -> Result<Field, String> {
    let end = record[start..].find(',').map_or(record.len(), |length| start + length);
    let text = &record[start..end];
    match text.find('"') {
        Some(at) => Err(mistake(start + at, "bare \" in non-quoted-field")),
        None => Ok(Field { text: text.to_owned(), range: start..end }),
    }
}

fn quoted(record: &str, start: usize) -> Result<Field, String> {
    const WRONG: &str = "extraneous or missing \" in quoted-field";
    let mut text = String::new();
    let mut at = start + 1;
    loop {
        let length = record[at..].find('"').ok_or_else(|| mistake(at, WRONG))?;
        text.push_str(&record[at..at + length]);
        at += length + 1;
        match record[at..].chars().next() {
            None | Some(',') => return Ok(Field { text, range: start..at }),
            Some('"') => text.push('"'),
            Some(_) => return Err(mistake(at - 1, WRONG)),
        }
        at += 1;
    }
}

fn mistake(at: usize, what: &str) -> String {
    format!("parse error on line 1, column {}: {what}", at + 1)
}
