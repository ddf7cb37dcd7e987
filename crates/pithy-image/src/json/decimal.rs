//! Numbers with a fraction, in digits.

/// The shortest digits that are read as this number, without an exponent: what `Display` writes. That would bring two algorithms
/// and their tables, 5 KiB of the WebAssembly module, for one message.
pub(super) fn decimal(value: f64) -> String {
    let exact = Exact::of(value);
    let (digits, whole) = (exact.shortest(), exact.value.len() - exact.decimals);
    let text = |digits: &[u8]| digits.iter().map(|digit| char::from(b'0' + digit)).collect::<String>();
    let (whole, fraction) = (text(&digits[..whole]), text(&digits[whole..]));
    let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
    let sign = if value.is_sign_negative() { "-" } else { "" };
    let (whole, point) = (if whole.is_empty() { "0" } else { whole }, if fraction.is_empty() { "" } else { "." });
    [sign, whole, point, fraction].concat()
}

/// A number and what is read as it, as equally many decimal digits.
struct Exact {
    value: Vec<u8>,
    /// Halfway to the next numbers.
    low: Vec<u8>,
    high: Vec<u8>,
    /// Whether what is halfway is read as this number.
    is_even: bool,
    /// How many of the digits stand behind the point.
    decimals: usize,
}

impl Exact {
    fn of(value: f64) -> Self {
        let (fraction, exponent) = (value.to_bits() & ((1 << 52) - 1), value.to_bits() >> 52 & 0x7ff);
        let mantissa = if exponent == 0 { fraction } else { fraction | 1 << 52 };
        // In quarters: below a power of two, the next number is half as far away.
        let below = if fraction == 0 && exponent > 1 { 1 } else { 2 };
        let (power, zero) = (u32::try_from(exponent.max(1)).unwrap_or_default(), 1077_u32);
        // A half is five tenths.
        let (factor, times) = if power < zero { (5, zero - power) } else { (2, power - zero) };
        let decimals = zero.saturating_sub(power) as usize;
        let high = [vec![0; decimals], product(4 * mantissa + 2, factor, times)].concat();
        let padded = |number| {
            let digits = product(number, factor, times);
            [vec![0; high.len() - digits.len()], digits].concat()
        };
        let (value, low) = (padded(4 * mantissa), padded((4 * mantissa).saturating_sub(below)));
        Self { value, low, high, is_even: mantissa % 2 == 0, decimals }
    }

    /// The digits with the most zeros at the end, and of those the nearest.
    fn shortest(&self) -> Vec<u8> {
        let first = self.value.iter().position(|digit| *digit > 0).unwrap_or(1);
        let cuts = (first..self.value.len()).find_map(|length| {
            let mut down = self.value.clone();
            down[length..].fill(0);
            let mut up = down.clone();
            let nine = up[..length].iter().rposition(|digit| *digit < 9)?;
            up[nine] += 1;
            up[nine + 1..].fill(0);
            let candidates = if self.value[length] < 5 { [down, up] } else { [up, down] };
            candidates.into_iter().find(|digits| self.is_read_as_this(digits))
        });
        cuts.unwrap_or_else(|| self.value.clone())
    }

    /// Whether the number that is read from digits is this one.
    fn is_read_as_this(&self, digits: &Vec<u8>) -> bool {
        let is_edge = [&self.low, &self.high].contains(&digits);
        if is_edge { self.is_even } else { (&self.low..&self.high).contains(&digits) }
    }
}

/// The digits of `number * factor ^ times`, behind a zero for what is rounded up.
fn product(number: u64, factor: u64, times: u32) -> Vec<u8> {
    const BASE: u64 = 1_000_000_000;
    const AT_ONCE: u32 = 12; // so that a product of two parts fits
    let mut parts = vec![number % BASE, number / BASE % BASE, number / BASE / BASE];
    for done in (0..times).step_by(AT_ONCE as usize) {
        let power = factor.pow((times - done).min(AT_ONCE));
        let mut carry = 0;
        for part in &mut parts {
            carry += *part * power;
            (*part, carry) = (carry % BASE, carry / BASE);
        }
        parts.extend((carry > 0).then_some(carry));
    }
    let digits = parts.iter().rev().flat_map(|part| format!("{part:09}").into_bytes());
    [b'0'].into_iter().chain(digits).map(|digit| digit - b'0').collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::test_runner::{Config, RngSeed};

    use super::decimal;

    #[test]
    fn numbers_at_the_edges_are_written_as_they_are_displayed() {
        let numbers =
            [1.5, 0.1, 3.12, 0.1 + 0.2, 1.0 / 3.0, 1e21, 1e23, 9e15, 5e-324, f64::MIN_POSITIVE, f64::MAX, 0.0];
        let powers = (0..2047_u64).step_by(31).map(|exponent| f64::from_bits(exponent << 52));
        let tens = (-320..300).step_by(3).map(|exponent| format!("5e{exponent}").parse().unwrap());
        for value in numbers.into_iter().chain(powers).chain(tens) {
            assert_eq!(decimal(value), value.to_string());
            assert_eq!(decimal(-value), (-value).to_string());
        }
    }

    proptest! {
        #![proptest_config(Config { rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..Config::default() })]

        #[test]
        fn numbers_are_written_as_they_are_displayed(value in -1e20..1e20, digits in -1_000_000_i32..1_000_000, point in 0..9) {
            prop_assert_eq!(decimal(value), value.to_string());
            let short = f64::from(digits) / 10_f64.powi(point);
            prop_assert_eq!(decimal(short), short.to_string());
        }
    }
}
