//! The golden vectors of snapshot names: `tests/vectors/names/snapshots.json`.

use pithy_image::{Code, SnapshotSpec};
use serde::Deserialize;
use serde_json::value::RawValue;

#[derive(Deserialize)]
struct Topic {
    vectors: Vec<Vector>,
}

#[derive(Deserialize)]
struct Vector {
    name: String,
    spec: Box<RawValue>,
    expect: Expect,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(untagged)]
enum Expect {
    Name { name: String },
    Problems { problems: Vec<Problem> },
}

#[derive(Debug, PartialEq, Deserialize)]
struct Problem {
    code: Code,
    path: String,
}

#[test]
fn what_makes_one_snapshot_differ_from_another_is_in_its_name() -> Result<(), Box<dyn std::error::Error>> {
    let topic: Topic = serde_json::from_str(include_str!("../../../tests/vectors/names/snapshots.json"))?;
    for Vector { name, spec, expect } in topic.vectors {
        let spec = SnapshotSpec::from_json(spec.get()).map_err(|problems| format!("{name}: {problems}"))?;
        let found = match spec.name() {
            Ok(name) => Expect::Name { name },
            Err(pithy_image::Problem { code, path, .. }) => Expect::Problems { problems: vec![Problem { code, path }] },
        };
        assert_eq!(found, expect, "{name}");
    }
    Ok(())
}
