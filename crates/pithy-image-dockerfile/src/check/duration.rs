//! Durations and counts of `HEALTHCHECK`, as Go reads them.

use super::{Checked, mistake};
use crate::diagnostic::{DiagnosticCode, quoted};
use crate::instruction::Instruction;

const MILLISECOND: i64 = 1_000_000;

/// Each unit in nanoseconds.
const UNITS: [(&str, i64); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("μs", 1_000),
    ("ms", MILLISECOND),
    ("s", 1_000 * MILLISECOND),
    ("m", 60_000 * MILLISECOND),
    ("h", 3_600_000 * MILLISECOND),
];

/// Checks the duration of a flag.
pub(super) fn check(instruction: &Instruction, name: &str) -> Checked {
    let Some(flag) = instruction.flag(name) else { return Ok(()) };
    let value = flag.value.as_deref().unwrap_or_default();
    let failed = |message| mistake(DiagnosticCode::Healthcheck, flag.span, message);
    let too_short = || format!("Interval {} cannot be less than 1ms", quoted(name));
    match if value.is_empty() { Ok(0) } else { nanoseconds(value) } {
        Err(message) => failed(message),
        Ok(short) if short != 0 && short < MILLISECOND => failed(too_short()),
        Ok(_) => Ok(()),
    }
}

/// Checks the number of `--retries`.
pub(super) fn retries(instruction: &Instruction) -> Checked {
    let Some(flag) = instruction.flag("retries") else { return Ok(()) };
    let value = flag.value.as_deref().unwrap_or_default();
    let failed = |message| mistake(DiagnosticCode::Healthcheck, flag.span, message);
    let digits = value.strip_prefix(['+', '-']).unwrap_or(value);
    let parsing = |what| format!("strconv.ParseInt: parsing {}: {what}", quoted(value));
    if value.is_empty() {
        return Ok(());
    }
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return failed(parsing("invalid syntax"));
    }
    match value.parse::<i32>() {
        Err(_) => failed(parsing("value out of range")),
        Ok(count) if count < 0 => failed(format!("--retries cannot be negative ({count})")),
        Ok(_) => Ok(()),
    }
}

/// A duration such as `1m30s`, or what is wrong with it.
fn nanoseconds(text: &str) -> Result<i64, String> {
    let invalid = || format!("time: invalid duration {}", quoted(text));
    let mut rest = text.strip_prefix(['+', '-']).unwrap_or(text);
    match rest {
        "0" => return Ok(0),
        "" => return Err(invalid()),
        _ => {}
    }
    let mut total = 0u64;
    while !rest.is_empty() {
        let (part, next) = part(text, rest)?;
        total = total.checked_add(part).ok_or_else(invalid)?;
        rest = next;
    }
    let total = i64::try_from(total).map_err(|_| invalid())?;
    Ok(if text.starts_with('-') { -total } else { total })
}

/// The number and unit at the start of `rest`, which is the rest of `text`, and what follows.
fn part<'t>(text: &str, rest: &'t str) -> Result<(u64, &'t str), String> {
    let invalid = || format!("time: invalid duration {}", quoted(text));
    let is_digit = |byte: u8| byte.is_ascii_digit();
    let (whole, after) = split(rest, is_digit);
    let (fraction, after) = after.strip_prefix('.').map_or(("", after), |after| split(after, is_digit));
    if whole.is_empty() && fraction.is_empty() {
        return Err(invalid());
    }
    let (unit, next) = split(after, |byte| !is_digit(byte) && byte != b'.');
    if unit.is_empty() {
        return Err(format!("time: missing unit in duration {}", quoted(text)));
    }
    let unknown = || format!("time: unknown unit {} in duration {}", quoted(unit), quoted(text));
    let (_, unit) = UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(unknown)?;
    Ok((amount(whole, fraction, unit.unsigned_abs()).ok_or_else(invalid)?, next))
}

/// The bytes at the start that are of a kind, and the rest.
fn split(text: &str, is_of_kind: impl Fn(u8) -> bool) -> (&str, &str) {
    text.split_at(text.bytes().take_while(|&byte| is_of_kind(byte)).count())
}

/// A number of units in nanoseconds.
fn amount(whole: &str, fraction: &str, unit: u64) -> Option<u64> {
    let whole = if whole.is_empty() { 0 } else { whole.parse::<u64>().ok()? };
    let mut tenth = unit;
    let digits = fraction.bytes().map(|digit| u64::from(digit - b'0'));
    let part = digits.fold(0, |part, digit| {
        tenth /= 10;
        part + digit * tenth
    });
    whole.checked_mul(unit)?.checked_add(part).filter(|amount| *amount <= 1 << 63)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_those_of_go() {
        let ok = [("0", 0), ("5s", 5_000_000_000), ("1m30.5s", 90_500_000_000), (".5ms", 500_000), ("-1us", -1_000)];
        for (text, expected) in ok {
            assert_eq!(nanoseconds(text), Ok(expected), "{text}");
        }
        let wrong = [
            ("", "time: invalid duration \"\""),
            ("-", "time: invalid duration \"-\""),
            ("s", "time: invalid duration \"s\""),
            (".s", "time: invalid duration \".s\""),
            ("10", "time: missing unit in duration \"10\""),
            ("1d", "time: unknown unit \"d\" in duration \"1d\""),
            ("1s x", "time: unknown unit \"s x\" in duration \"1s x\""),
            ("1.2.3s", "time: missing unit in duration \"1.2.3s\""),
            ("9999999h", "time: invalid duration \"9999999h\""),
        ];
        for (text, expected) in wrong {
            assert_eq!(nanoseconds(text), Err(expected.to_owned()), "{text}");
        }
    }
}
