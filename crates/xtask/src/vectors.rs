//! Fills in the expectations of new golden vectors, and verifies those of all others, which never change.

#[path = "../../../tests/vectors/memory.rs"]
mod memory;
#[path = "../../../tests/vectors/vector.rs"]
mod vector;

use std::fs;

use anyhow::{Result, anyhow, bail};
use vector::Vector;

/// Verifies all vectors; computes what those without an expectation are to expect from now on.
pub fn fill() -> Result<()> {
    run(false)
}

/// Verifies all vectors; each must have an expectation.
pub fn check() -> Result<()> {
    run(true)
}

fn run(check: bool) -> Result<()> {
    let (mut wrong, mut filled, mut count) = (Vec::new(), 0, 0);
    for (path, mut topic) in vector::read_all().map_err(|error| anyhow!("{error}"))? {
        count += topic.vectors.len();
        let before = filled;
        for vector in &mut topic.vectors {
            match verify(vector, check) {
                Ok(is_new) => filled += usize::from(is_new),
                Err(error) => wrong.push(format!("`{}`: {error}", vector.name)),
            }
        }
        if filled > before {
            fs::write(path, serde_json::to_string_pretty(&topic)? + "\n")?;
        }
    }
    println!("{count} vectors: {filled} filled in, {} wrong", wrong.len());
    if wrong.is_empty() { Ok(()) } else { bail!("{}", wrong.join("\n")) }
}

/// Whether the vector was filled in now.
fn verify(vector: &mut Vector, check: bool) -> Result<bool> {
    let found = memory::compute(vector).map_err(|error| anyhow!("{error}"))?;
    match &vector.expect {
        None if check => bail!("it has no expectation: run `cargo xtask vectors`"),
        None => {
            vector.expect = Some(found);
            Ok(true)
        }
        Some(expect) => expect.difference(&found).map_or(Ok(false), |difference| bail!("{difference}")),
    }
}
