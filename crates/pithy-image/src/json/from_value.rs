//! The types that are read from JSON.

use std::mem;

use super::misfit::{BOOLEAN, LIST, NUMBER, OBJECT, STRING, missing_field, too_large, unknown_field, wrong_type};
use super::place::Place;
use super::value::Value;
use crate::problem::Problem;

/// What is read from JSON.
pub(crate) trait FromValue: Sized {
    /// Takes the value at a place. `None` if it reports a problem.
    fn from_value(value: Value, at: &Place, problems: &mut Vec<Problem>) -> Option<Self>;
}

/// What is read from an object: see [`object!`].
pub(crate) trait FromObject: Default {
    /// The fields.
    const FIELDS: &[Field];

    /// Where the value of each field goes.
    fn slots(&mut self) -> Vec<&mut dyn Slot>;
}

impl<T: FromObject> FromValue for T {
    fn from_value(value: Value, at: &Place, problems: &mut Vec<Problem>) -> Option<Self> {
        let mut object = T::default();
        read_fields(value, at, problems, T::FIELDS, object.slots())?;
        Some(object)
    }
}

/// Declares a type that is read from an object: the name of a field in JSON is that in Rust, in camel case. A field
/// `= default` need not be given, and is then what it is in the type's default.
macro_rules! object {
    (
        $(#[$attribute:meta])*
        $visibility:vis struct $name:ident {
            $(
                $(#[$field_attribute:meta])*
                $field_visibility:vis $field:ident: $ty:ty $(= $default:ident)?,
            )*
        }
    ) => {
        $(#[$attribute])*
        $visibility struct $name {
            $(
                $(#[$field_attribute])*
                $field_visibility $field: $ty,
            )*
        }

        impl $crate::json::FromObject for $name {
            const FIELDS: &[$crate::json::Field] = &[$($crate::json::Field::new(stringify!($field))$(.$default())?),*];

            fn slots(&mut self) -> Vec<&mut dyn $crate::json::Slot> {
                vec![$(&mut self.$field),*]
            }
        }
    };
}
pub(crate) use object;

/// A field of an object.
pub(crate) struct Field {
    rust_name: &'static str,
    is_required: bool,
}

impl Field {
    /// A field that must be given, by its name in Rust.
    pub(crate) const fn new(rust_name: &'static str) -> Self {
        Self { rust_name, is_required: true }
    }

    /// The same, if it need not be given.
    pub(crate) const fn default(self) -> Self {
        Self { is_required: false, ..self }
    }

    /// Its name in JSON, which is in camel case.
    fn name(&self) -> impl Iterator<Item = char> {
        let mut begins_word = false;
        self.rust_name.chars().filter_map(move |c| match (c, mem::replace(&mut begins_word, c == '_')) {
            ('_', _) => None,
            (c, true) => Some(c.to_ascii_uppercase()),
            (c, false) => Some(c),
        })
    }

    fn is(&self, key: &str) -> bool {
        self.name().eq(key.chars())
    }
}

/// Where the value of a field goes. So one function reads the objects of all types.
pub(crate) trait Slot {
    fn fill(&mut self, value: Value, at: &Place, problems: &mut Vec<Problem>);
}

impl<T: FromValue> Slot for T {
    fn fill(&mut self, value: Value, at: &Place, problems: &mut Vec<Problem>) {
        if let Some(value) = T::from_value(value, at, problems) {
            *self = value;
        }
    }
}

/// Fills the slots of fields from an object, in the order of the object. `None` if there is a problem.
pub(crate) fn read_fields(
    value: Value,
    at: &Place,
    problems: &mut Vec<Problem>,
    fields: &[Field],
    mut slots: Vec<&mut dyn Slot>,
) -> Option<()> {
    let before = problems.len();
    let Value::Object(object) = value else {
        problems.push(wrong_type(&value, OBJECT, at));
        return None;
    };
    let is_missing = |field: &&Field| field.is_required && !object.iter().any(|(key, _)| field.is(key));
    let missing: Vec<_> = fields.iter().filter(is_missing).collect();
    for (key, value) in object {
        if let Some(index) = fields.iter().position(|field| field.is(&key)) {
            slots[index].fill(value, &Place::Key(at, &key), problems);
        } else {
            let names: Vec<String> = fields.iter().map(|field| field.name().collect()).collect();
            problems.push(unknown_field(&key, &names, at));
        }
    }
    problems.extend(missing.into_iter().map(|field| missing_field(&field.name().collect::<String>(), at)));
    (problems.len() == before).then_some(())
}

/// `null` is what JavaScript writes for `NaN`, and is never taken for an absent value: a mode that came out as `NaN` must
/// not become the default.
impl<T: FromValue> FromValue for Option<T> {
    fn from_value(value: Value, at: &Place, problems: &mut Vec<Problem>) -> Option<Self> {
        T::from_value(value, at, problems).map(Some)
    }
}

impl<T: FromValue> FromValue for Vec<T> {
    fn from_value(value: Value, at: &Place, problems: &mut Vec<Problem>) -> Option<Self> {
        let Value::List(values) = value else {
            problems.push(wrong_type(&value, LIST, at));
            return None;
        };
        let mut items = Self::with_capacity(values.len());
        let count = values.len();
        for (index, value) in values.into_iter().enumerate() {
            items.extend(T::from_value(value, &Place::Index(at, index), problems));
        }
        (items.len() == count).then_some(items)
    }
}

impl FromValue for String {
    fn from_value(value: Value, at: &Place, problems: &mut Vec<Problem>) -> Option<Self> {
        let Value::Text(text) = value else {
            problems.push(wrong_type(&value, STRING, at));
            return None;
        };
        Some(text)
    }
}

impl FromValue for bool {
    fn from_value(value: Value, at: &Place, problems: &mut Vec<Problem>) -> Option<Self> {
        let Value::Boolean(value) = value else {
            problems.push(wrong_type(&value, BOOLEAN, at));
            return None;
        };
        Some(value)
    }
}

impl FromValue for u64 {
    fn from_value(value: Value, at: &Place, problems: &mut Vec<Problem>) -> Option<Self> {
        let Value::Integer(number) = value else {
            problems.push(wrong_type(&value, NUMBER, at));
            return None;
        };
        Some(number)
    }
}

impl FromValue for u32 {
    fn from_value(value: Value, at: &Place, problems: &mut Vec<Problem>) -> Option<Self> {
        smaller(u64::from_value(value, at, problems)?, at, problems)
    }
}

impl FromValue for usize {
    fn from_value(value: Value, at: &Place, problems: &mut Vec<Problem>) -> Option<Self> {
        smaller(u64::from_value(value, at, problems)?, at, problems)
    }
}

fn smaller<T: TryFrom<u64>>(number: u64, at: &Place, problems: &mut Vec<Problem>) -> Option<T> {
    let number = T::try_from(number).ok();
    if number.is_none() {
        problems.push(too_large(at));
    }
    number
}

/// Takes any value as it is.
impl FromValue for Value {
    fn from_value(value: Self, _: &Place, _: &mut Vec<Problem>) -> Option<Self> {
        Some(value)
    }
}
