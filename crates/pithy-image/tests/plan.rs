//! What a plan says of two images.
#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::collections::BTreeSet;
use std::mem;

use pithy_image::api;
use pithy_image::steps::AddLocalFile;
use pithy_image::wire::{Contents, DaytonaHashes, ResolvedImage};
use pithy_image::{Entry, EntryKind, Image, Listing, LocalSource, Recipe, SourceKind};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};
use serde_json::{Value, json};

/// What a source holds, if the content of its file is this.
fn listing(source: &LocalSource, content: u8, executable: bool) -> Listing {
    let path = if source.kind == SourceKind::File { source.path.as_str() } else { "main.py" };
    vec![Entry { path: path.to_owned(), kind: EntryKind::File { executable, size: 10, sha256: [content; 32] } }].into()
}

/// An image as a plan wants it, with files of this content.
fn with_files(image: &Image, content: u8, executable: bool) -> Value {
    of_recipe(image, &image.recipe().unwrap(), content, executable)
}

/// An image that begins with a Dockerfile of this text.
fn imported(text: &str, image: &Image) -> Value {
    let recipe = image.recipe().unwrap().with_texts([("Dockerfile".to_owned(), Some(text.into()))].into()).unwrap();
    of_recipe(image, &recipe, 0, false)
}

fn of_recipe(image: &Image, recipe: &Recipe, content: u8, executable: bool) -> Value {
    let listings: Vec<_> = recipe.sources().map(|source| listing(source, content, executable)).collect();
    let resolved = recipe.resolve(&listings).unwrap();
    let mut side = json!({ "definition": serde_json::to_value(image.definition()).unwrap() });
    let mut record = serde_json::to_value(ResolvedImage::new(&resolved, None)).unwrap();
    record["files"] = serde_json::to_value(Contents::new(&resolved).files).unwrap();
    record["snapshotRef"] = DaytonaHashes::new(&resolved, Vec::new()).snapshot_ref.into();
    for field in
        ["edition", "imageDigest", "snapshotRef", "steps", "sources", "files", "contexts", "dockerfile", "instructions"]
    {
        side[field] = record[field].clone();
    }
    side
}

fn side(image: &Image) -> Value {
    with_files(image, 0, false)
}

/// What a lock has of an image.
fn locked(side: &Value) -> Value {
    let step = |step: &Value| {
        let fields = ["call", "stage", "fingerprint"].map(|field| (field.to_owned(), step[field].clone()));
        fields.into_iter().filter(|(_, value)| !value.is_null()).collect::<Value>()
    };
    let mut entry: Value = ["edition", "imageDigest", "snapshotRef", "sources"]
        .map(|field| (field.to_owned(), side[field].clone()))
        .into_iter()
        .collect();
    entry["steps"] = side["steps"].as_array().unwrap().iter().map(step).collect();
    entry
}

/// What Daytona has of a snapshot of an image.
fn snapshot(side: &Value) -> Value {
    let (dockerfile, key) = (&side["dockerfile"], &side["snapshotRef"]);
    let key = format!("registry.example.com/{}", key.as_str().unwrap());
    json!({ "imageDigest": "", "snapshotRef": key, "steps": [], "sources": [], "dockerfile": dockerfile })
}

fn plan(before: &Value, after: &Value) -> Value {
    let answer = api::plan(&json!({ "before": before, "after": after }).to_string()).json();
    serde_json::from_str::<Value>(&answer).unwrap()["ok"].take()
}

/// Each step as `change call`, or `change stage/call`.
fn changes(plan: &Value) -> Vec<String> {
    let text = |step: &Value| {
        let stage = step["stage"].as_str().map(|stage| format!("{stage}/")).unwrap_or_default();
        format!("{} {stage}{}", step["change"].as_str().unwrap(), step["call"].as_str().unwrap())
    };
    plan["steps"].as_array().unwrap().iter().map(text).collect()
}

fn between(before: &Image, after: &Image) -> Value {
    plan(&side(before), &side(after))
}

/// The calls of the steps that are built.
fn built(plan: &Value) -> Vec<&str> {
    let steps = plan["steps"].as_array().unwrap().iter();
    steps.filter(|step| step["isBuilt"] == json!(true)).map(|step| step["call"].as_str().unwrap()).collect()
}

fn base() -> Image {
    Image::base("debian:12-slim")
}

#[test]
fn an_image_beside_itself_is_unchanged_also_as_a_lock() {
    let web = Image::base("node:22-slim").run_commands(["npm run build"]);
    let image = base()
        .stage("web", &web)
        .add_local_dir("app", "/app")
        .copy_from("web", "/dist", "/srv")
        .add_file("/a", "b", None);
    let side = side(&image);
    let lock = locked(&side);
    for (before, after) in [(&side, &side), (&lock, &side), (&side, &lock), (&lock, &lock)] {
        let plan = plan(before, after);
        assert_eq!(plan["unchanged"], json!(true));
        assert!(changes(&plan).iter().all(|change| change.starts_with("kept ")), "{plan:#}");
        assert_eq!(plan["files"], json!([]));
        assert!(plan["uploads"].as_array().is_none_or(Vec::is_empty), "{plan:#}");
    }
}

#[test]
fn a_step_that_changed_says_which_fields_and_what_follows_it_is_built_again() {
    let packages = |packages: [&str; 3]| {
        base().workdir("/a").apt_install(packages).env([("A", "1"), ("B", "2")]).run_commands(["true"])
    };
    let plan = between(&packages(["git", "curl", "jq"]), &packages(["git", "wget", "jq"]));
    assert_eq!(
        changes(&plan),
        ["kept base", "kept workdir", "changed aptInstall", "rebuilt env", "rebuilt runCommands"]
    );
    assert_eq!(plan["steps"][2]["fields"], json!([{ "path": "/packages/1", "before": "curl", "after": "wget" }]));
    assert_eq!((&plan["steps"][2]["before"], &plan["steps"][2]["after"]), (&json!("/steps/2"), &json!("/steps/2")));
    assert_eq!(plan["unchanged"], json!(false));
    assert_eq!(built(&plan), ["aptInstall", "env", "runCommands"]);

    let plan = between(&base().label([("A", "1"), ("B/~", "2")]), &base().label([("A", "3"), ("C", "4")]));
    let fields = json!([
        { "path": "/labels/A", "before": "1", "after": "3" },
        { "path": "/labels/C", "after": "4" },
        { "path": "/labels/B~1~0", "before": "2" },
    ]);
    assert_eq!(plan["steps"][1]["fields"], fields);
}

#[test]
fn a_list_says_what_came_and_went_and_not_that_all_behind_it_moved() {
    let plan = between(&base().pip_install(["a", "b", "c"]), &base().pip_install(["new", "a", "c"]));
    let fields = json!([{ "path": "/packages/0", "after": "new" }, { "path": "/packages/1", "before": "b" }]);
    assert_eq!(plan["steps"][1]["fields"], fields);
}

#[test]
fn a_command_becomes_one_of_the_same_program_alone() {
    let before = base().run_commands(["curl https://a.example -o /a", "chmod 755 /a", "make"]);
    let after = base().run_commands(["mkdir -p /a", "curl https://b.example | sh", "chmod 777 /a", "make all"]);
    let fields = json!([
        { "path": "/commands/0", "after": "mkdir -p /a" },
        { "path": "/commands/1", "before": "curl https://a.example -o /a", "after": "curl https://b.example | sh" },
        { "path": "/commands/2", "before": "chmod 755 /a", "after": "chmod 777 /a" },
        { "path": "/commands/3", "before": "make", "after": "make all" },
    ]);
    assert_eq!(between(&before, &after)["steps"][1]["fields"], fields);
}

#[test]
fn steps_that_came_and_went_stand_where_they_are_or_were() {
    let before = base().workdir("/a").apt_install(["git"]).user("dev");
    let after = base().run_commands(["true"]).workdir("/a").user("dev");
    let plan = between(&before, &after);
    assert_eq!(
        changes(&plan),
        ["kept base", "added runCommands", "rebuilt workdir", "removed aptInstall", "rebuilt user"]
    );
    assert_eq!((&plan["steps"][3]["before"], &plan["steps"][3]["after"]), (&json!("/steps/2"), &Value::Null));
    assert_eq!((&plan["steps"][4]["before"], &plan["steps"][4]["after"]), (&json!("/steps/3"), &json!("/steps/3")));
}

#[test]
fn what_is_built_of_nothing_and_what_stands_last_builds_nothing_again() {
    let tail = |image: Image| image.run_commands(["true"]);
    let none = Vec::<String>::new();
    let before = tail(base().apt_install(none).cmd(["a"]).entrypoint(["a"]));
    let after = tail(base().cmd(["b"]));
    let plan = between(&before, &after);
    assert_eq!(built(&plan), Vec::<&str>::new());
    assert_eq!(
        changes(&plan),
        ["kept base", "removed aptInstall", "changed cmd", "removed entrypoint", "kept runCommands"]
    );
}

#[test]
fn a_step_that_made_something_and_makes_nothing_now_is_a_change_like_any_other() {
    let packages = |packages: &[&str]| base().apt_install(packages.iter().copied()).run_commands(["true"]);
    let (some, none) = (packages(&["git"]), packages(&[]));
    for (before, after) in [(&some, &none), (&none, &some)] {
        assert_eq!(changes(&between(before, after)), ["kept base", "changed aptInstall", "rebuilt runCommands"]);
    }
}

#[test]
fn files_that_changed_are_named_with_what_is_another() {
    let image = base().add_local_file("run.sh", "/run.sh").run_commands(["true"]);
    let before = side(&image);
    for (after, differs) in [
        (with_files(&image, 1, false), json!(["content"])),
        (with_files(&image, 0, true), json!(["mode"])),
        (with_files(&image, 1, true), json!(["content", "mode"])),
    ] {
        let known = plan(&before, &after);
        assert_eq!(changes(&known), ["kept base", "changed addLocalFile", "rebuilt runCommands"]);
        assert_eq!(known["steps"][1]["fields"], json!([]));
        let file = json!({ "change": "changed", "path": "run.sh", "destination": "/run.sh", "differs": differs });
        assert_eq!(known["files"], json!([file]));
        assert_eq!(known["uploads"], after["contexts"]);
        let of_lock = plan(&locked(&before), &after);
        assert_eq!(of_lock["steps"][1].get("fields"), None);
        assert_eq!(of_lock["files"], json!([{ "change": "changed", "path": "run.sh", "differs": [] }]));
        assert_eq!(of_lock["uploads"], after["contexts"]);
    }
}

#[test]
fn files_that_came_and_went_are_named() {
    let (before, after) = (base().add_local_file("a", "/a"), base().add_local_file("b", "/b"));
    let plan = between(&before, &after);
    let changes: Vec<_> =
        plan["files"].as_array().unwrap().iter().map(|file| (&file["change"], &file["path"])).collect();
    assert_eq!(changes, [(&json!("removed"), &json!("a")), (&json!("added"), &json!("b"))]);
}

#[test]
fn only_what_was_not_sent_before_is_uploaded() {
    let mode = |mode| AddLocalFile {
        source: "a".into(),
        destination: "/c".into(),
        mode: Some(mode),
        ..AddLocalFile::default()
    };
    let before = base().add_local_file("a", "/a").add_file("/inline", "kept", None);
    let after = before.add_local_file("a", "/b").with(mode(0o700)).add_file("/inline2", "new", None);
    let (was, is) = (side(&before), side(&after));
    for before in [&was, &locked(&was)] {
        let uploads = plan(before, &is)["uploads"].take();
        let steps: Vec<_> = uploads.as_array().unwrap().iter().map(|context| context["steps"][0].clone()).collect();
        assert_eq!(steps, ["/steps/4", "/steps/5"]);
    }
}

#[test]
fn a_stage_that_is_built_again_has_what_takes_from_it_built_again_and_nothing_else() {
    let image = |command: &str, other: &str| {
        let first = Image::base("golang:1").run_commands([command]);
        let second = Image::base("node:22").copy_from("first", "/out", "/in").run_commands(["true"]);
        let other = Image::base("rust:1").run_commands([other]);
        let image = base().stage("first", &first).stage("second", &second).stage("other", &other);
        image.raw("COPY --from=other /a /b").copy_from("second", "/out", "/srv").workdir("/srv")
    };
    let (before, after) = (side(&image("a", "b")), side(&image("c", "b")));
    let expected = [
        "kept base",
        "kept stage",
        "kept first/base",
        "changed first/runCommands",
        "kept stage",
        "kept second/base",
        "rebuilt second/copyFrom",
        "rebuilt second/runCommands",
        "kept stage",
        "kept other/base",
        "kept other/runCommands",
        "kept raw",
        "rebuilt copyFrom",
        "rebuilt workdir",
    ];
    assert_eq!(changes(&plan(&before, &after)), expected);
    assert_eq!(changes(&plan(&locked(&before), &after)), expected);
    // Of two locks nobody knows what is taken from where.
    let of_locks = changes(&plan(&locked(&before), &locked(&after)));
    assert_eq!(of_locks[11], "rebuilt raw");
    assert_eq!(of_locks[..11], expected[..11]);
    // A change of an image, and the other way round.
    assert_eq!(
        changes(&plan(&before, &side(&image("a", "d"))))[10..],
        ["changed other/runCommands", "rebuilt raw", "rebuilt copyFrom", "rebuilt workdir"]
    );
}

#[test]
fn a_refresh_builds_again_what_stands_behind_from_also_in_stages_that_have_none() {
    let image = |token: &str| {
        let inner = Image::base("golang:1").run_commands(["true"]);
        let own = Image::base("rust:1").refresh("own").stage("inner", &inner).run_commands(["true"]);
        let plain = Image::base("node:22").run_commands(["true"]);
        Image::debian_slim("3.12").stage("own", &own).stage("plain", &plain).workdir("/a").refresh(token)
    };
    assert_eq!(
        changes(&between(&image("1"), &image("2"))),
        [
            "rebuilt debianSlim",
            "kept stage",
            "kept own/base",
            "kept own/refresh",
            "kept own/stage",
            "kept inner/base",
            "kept inner/runCommands",
            "kept own/runCommands",
            "kept stage",
            "kept plain/base",
            "rebuilt plain/runCommands",
            "rebuilt workdir",
            "changed refresh",
        ]
    );
}

#[test]
fn a_stage_that_is_gone_leaves_its_steps_behind_it() {
    let web = Image::base("node:22").run_commands(["true"]);
    let plan = between(&base().stage("web", &web).workdir("/a"), &base().workdir("/a"));
    assert_eq!(
        changes(&plan),
        ["kept base", "removed stage", "removed web/base", "removed web/runCommands", "kept workdir"]
    );
}

/// An image that copies from two stages, of which the second copies from the first, by a call, an instruction and a mount.
fn staged(names: [&str; 2], commands: [&str; 2], more: &[&str]) -> Image {
    let [first, second] = names;
    let one = Image::base("golang:1").add_local_file("go.mod", "/go.mod").run_commands([commands[0]]);
    let one = more.iter().fold(one, |image, command| image.run_commands([*command]));
    let other = Image::base("node:22").copy_from(first, "/out", "/in").run_commands([commands[1]]);
    let image = base().stage(first, &one).stage(second, &other);
    let image = image.raw(format!("COPY --from={first} /a /b")).copy_from(second, "/out", "/srv");
    image.raw(format!("RUN --mount=type=bind,from={second},target=/m true")).workdir("/srv")
}

#[test]
fn a_stage_of_another_name_is_changed_in_its_name_alone() {
    let image = |names| staged(names, ["a", "b"], &[]);
    let (before, after) = (side(&image(["web", "node"])), side(&image(["app", "server"])));
    let expected = [
        "kept base",
        "changed stage",
        "kept app/base",
        "kept app/addLocalFile",
        "kept app/runCommands",
        "changed stage",
        "kept server/base",
        "changed server/copyFrom",
        "kept server/runCommands",
        "changed raw",
        "changed copyFrom",
        "changed raw",
        "kept workdir",
    ];
    for before in [&before, &locked(&before)] {
        let plan = plan(before, &after);
        assert_eq!(changes(&plan), expected);
        assert_eq!(built(&plan), Vec::<&str>::new());
        assert_eq!((&plan["files"], &plan["uploads"]), (&json!([]), &json!([])));
    }
    let plan = plan(&before, &after);
    let field = |path: &str, before: &str, after: &str| json!([{ "path": path, "before": before, "after": after }]);
    assert_eq!(plan["steps"][1]["fields"], field("/name", "web", "app"));
    assert_eq!(plan["steps"][7]["fields"], field("/from", "web", "app"));
    assert_eq!(plan["steps"][9]["fields"], field("/instruction", "COPY --from=web /a /b", "COPY --from=app /a /b"));
    assert_eq!(plan["unchanged"], false);
}

#[test]
fn a_stage_that_changed_is_known_by_what_it_has_in_common_with_what_it_was() {
    let before = side(&staged(["web", "node"], ["a", "b"], &[]));
    for before in [&before, &locked(&before)] {
        let plan = plan(before, &side(&staged(["app", "node"], ["a", "b"], &["more"])));
        assert_eq!(
            changes(&plan)[1..6],
            [
                "changed stage",
                "kept app/base",
                "kept app/addLocalFile",
                "kept app/runCommands",
                "added app/runCommands"
            ]
        );
        assert_eq!(
            built(&plan),
            ["runCommands", "copyFrom", "runCommands", "raw", "copyFrom", "raw", "workdir"],
            "what takes from the stage is built again"
        );
    }
}

#[test]
fn stages_that_swap_their_names_are_what_they_were() {
    let image = |a: &str, b: &str, command: &str| {
        let one = Image::base("node:22").workdir("/a").run_commands(["one", command]);
        let other = Image::base("node:22").workdir("/a").run_commands(["other"]);
        let image = base().stage(a, &one).stage(b, &other);
        image.copy_from(a, "/x", "/a").copy_from(b, "/x", "/b")
    };
    let before = side(&image("web", "app", "true"));
    for before in [&before, &locked(&before)] {
        let plan = plan(before, &side(&image("app", "web", "true")));
        assert_eq!(built(&plan), Vec::<&str>::new());
        assert_eq!(changes(&plan).iter().filter(|change| *change == "changed stage").count(), 2, "{plan:#}");
    }
    // Only the calls have other names.
    let swapped = |from: [&str; 2]| {
        let stages = base().stage("a", &Image::base("a:1")).stage("b", &Image::base("b:1"));
        stages.copy_from(from[0], "/x", "/a").copy_from(from[1], "/x", "/b")
    };
    assert_eq!(built(&between(&swapped(["a", "b"]), &swapped(["b", "a"]))), ["copyFrom", "copyFrom"]);
}

#[test]
fn what_copies_from_a_stage_that_has_the_name_of_another_now_is_built_again() {
    let image = |names: [&str; 2]| {
        let [a, b] = names.map(ToOwned::to_owned);
        let stages = base().stage(a, &Image::base("a:1").run_commands(["a"]));
        stages.stage(b, &Image::base("b:1").run_commands(["b"])).copy_from("one", "/x", "/x").workdir("/a")
    };
    let plan = between(&image(["one", "two"]), &image(["two", "one"]));
    assert_eq!(built(&plan), ["copyFrom", "workdir"]);
    assert_eq!(changes(&plan)[7..], ["rebuilt copyFrom", "rebuilt workdir"]);
    // A new stage has the name of one that was given another.
    let stage = |image: &Image, name: &str| image.stage(name, &Image::base("a:1").run_commands(["a", "b"]));
    let before = stage(&base(), "one").copy_from("one", "/x", "/x");
    let after = stage(&base(), "two").stage("one", &Image::base("c:1")).copy_from("one", "/x", "/x");
    assert_eq!(built(&between(&before, &after)), ["base", "copyFrom"]);
    // A stage stays what it is when a copy of what it was has another name.
    let more = base().stage("one", &Image::base("a:1").run_commands(["a", "b"]).workdir("/a"));
    let plan = between(&before, &stage(&more, "two").copy_from("one", "/x", "/x"));
    assert_eq!(
        changes(&plan),
        [
            "kept base",
            "kept stage",
            "kept one/base",
            "kept one/runCommands",
            "added one/workdir",
            "added stage",
            "added two/base",
            "added two/runCommands",
            "rebuilt copyFrom",
        ]
    );
}

#[test]
fn a_stage_of_an_imported_dockerfile_may_have_another_name() {
    let image = Image::from_dockerfile("Dockerfile").run_commands(["true"]);
    let text = |name: &str, other: &str| {
        format!(
            "FROM a:1 AS {name}\nRUN b\nFROM {name} AS {other}\nRUN c\nFROM d:1\nCOPY --from={name} /x /x\n\
             RUN --mount=from={other},target=/y true\n"
        )
    };
    let before = imported(&text("web", "second"), &image);
    let plan = plan(&before, &imported(&text("app", "other"), &image));
    assert_eq!(changes(&plan), ["changed fromDockerfile", "kept runCommands"]);
    assert_eq!(built(&plan), Vec::<&str>::new());
    let fields = plan["steps"][0]["fields"].as_array().unwrap();
    assert_eq!(fields.len(), 4, "{plan:#}");
    assert_eq!(fields[0]["after"], "FROM a:1 AS app");
    // Another stage is another content.
    let swapped = text("web", "second").replace("--from=web", "--from=second");
    assert_eq!(built(&self::plan(&before, &imported(&swapped, &image))), ["fromDockerfile", "runCommands"]);
}

#[test]
fn files_of_a_stage_follow_its_name() {
    let image = |name: &str, file: &str| base().stage(name, &Image::base("a:1").add_local_file(file, "/x"));
    let before = side(&image("web", "x"));
    assert_eq!(plan(&before, &side(&image("app", "x")))["files"], json!([]));
    let changed = plan(&before, &with_files(&image("app", "x"), 1, false));
    assert_eq!(changed["files"][0]["change"], "changed");
    assert_eq!(changed["files"][0]["stage"], "app");
    let more = base().stage("web", &Image::base("a:1").add_local_file("x", "/x").add_local_file("y", "/y"));
    let gone = plan(&side(&more), &side(&image("app", "x")));
    assert_eq!(
        gone["files"],
        json!([{ "change": "removed", "path": "y", "destination": "/y", "stage": "app", "differs": [] }])
    );
    assert_eq!(changes(&gone)[4], "removed app/addLocalFile");
}

/// An image with a command a word.
fn commands(words: &str) -> Image {
    words.split(' ').fold(base(), |image, word| image.run_commands([word]))
}

/// The pointers of a moved step, as it was and as it is.
fn moved(plan: &Value) -> Vec<[&str; 2]> {
    let steps = plan["steps"].as_array().unwrap().iter().filter(|step| step["change"] == json!("moved"));
    steps.map(|step| ["before", "after"].map(|side| step[side].as_str().unwrap_or_default())).collect()
}

#[test]
fn a_step_that_stands_elsewhere_moved() {
    let image = |before: &[&str], after: &[&str]| {
        let run = |image: Image, words: &[&str]| words.iter().fold(image, |image, word| image.run_commands([*word]));
        run(run(base().workdir("/a"), before).env([("A", "1")]), after)
    };
    let (before, after) = (side(&image(&["a", "b", "c"], &["d"])), side(&image(&[], &["a", "b", "c", "d"])));
    let there = plan(&before, &after);
    assert_eq!(
        changes(&there),
        [
            "kept base",
            "kept workdir",
            "moved env",
            "rebuilt runCommands",
            "rebuilt runCommands",
            "rebuilt runCommands",
            "rebuilt runCommands"
        ]
    );
    assert_eq!(moved(&there), [["/steps/5", "/steps/2"]]);
    assert_eq!(there["steps"][2].get("fields"), None);
    assert_eq!(built(&there).len(), 5);
    assert_eq!(moved(&plan(&locked(&before), &after)), [["", "/steps/2"]]);
    // What followed it is built again.
    let back = plan(&after, &before);
    assert_eq!((moved(&back), built(&back).len()), (vec![["/steps/2", "/steps/5"]], 5));
}

#[test]
fn as_few_steps_as_can_be_moved() {
    for (before, after, moves) in [
        ("a b c", "c a b", vec![["/steps/3", "/steps/1"]]),
        ("a b c", "b c a", vec![["/steps/1", "/steps/3"]]),
        ("a b c d e", "a d b c e", vec![["/steps/4", "/steps/2"]]),
    ] {
        let plan = between(&commands(before), &commands(after));
        assert_eq!(moved(&plan), moves, "{before}: {after}");
        assert_eq!(plan["steps"].as_array().unwrap().len(), commands(after).steps().len());
    }
    assert_eq!(moved(&between(&commands("a b c"), &commands("c b a"))).len(), 2);
}

#[test]
fn of_steps_that_are_alike_each_is_one() {
    let counts = |before: &str, after: &str| {
        let all = changes(&between(&commands(before), &commands(after)));
        ["moved", "added", "removed", "changed"].map(|change| count(&all, change))
    };
    assert_eq!(counts("x a x", "a x x"), [1, 0, 0, 0]);
    assert_eq!(counts("x a x", "a x"), [0, 0, 1, 0]);
    assert_eq!(counts("x a b", "a b x x"), [1, 1, 0, 0]);
    assert_eq!(counts("x x x", "x x"), [0, 0, 1, 0]);
}

#[test]
fn a_step_that_moved_and_changed_is_known_by_what_it_is_about() {
    let rest = |image: Image| image.workdir("/a").run_commands(["true"]);
    let fields = |before: &Image, after: &Image| {
        let plan = between(before, after);
        let step = plan["steps"].as_array().unwrap().iter().find(|step| step["change"] == json!("moved")).cloned();
        step.map(|step| step["fields"].clone())
    };
    let env = |image: Image, value: &str| image.env([("A", value), ("B", "2")]);
    let found = fields(&rest(env(base(), "1")), &env(rest(base()), "3"));
    assert_eq!(found, Some(json!([{ "path": "/variables/A", "before": "1", "after": "3" }])));
    let file = |image: Image, text: &str| image.add_file("/f", text, None);
    let found = fields(&rest(file(base(), "1")), &file(rest(base()), "2"));
    assert_eq!(found.unwrap()[0]["path"], "/text");
    // Other packages are another step.
    let plan = between(&rest(base().apt_install(["git"])), &rest(base()).apt_install(["curl"]));
    let expected = ["kept base", "removed aptInstall", "rebuilt workdir", "rebuilt runCommands", "added aptInstall"];
    assert_eq!(changes(&plan), expected);
}

#[test]
fn a_step_moves_within_its_stage() {
    let image = |inner: &str, outer: &str| base().stage("web", &commands(inner)).run_commands([outer]);
    let plan = between(&image("a b c", "d"), &image("c a b", "d"));
    assert_eq!(moved(&plan), [["/steps/1/stage/steps/3", "/steps/1/stage/steps/1"]]);
    let plan = between(&image("a b c", "d"), &commands("c"));
    assert_eq!(moved(&plan).len(), 0);
}

/// Where the finding about a user who is gone leads to: now, and before.
fn user_removed(plan: &Value) -> [Value; 3] {
    let found = plan["findings"].as_array().unwrap().iter().find(|finding| finding["code"] == json!("user_removed"));
    ["path", "before", "line"].map(|field| found.unwrap()[field].clone())
}

#[test]
fn a_user_who_is_gone_is_found_at_the_step_that_was_removed_and_the_one_that_stands_there() {
    let image = |user: bool, after: &str| {
        let image = base().workdir("/a");
        let image = if user { image.user("nobody") } else { image };
        if after.is_empty() { image } else { image.run_commands([after]) }
    };
    let found = user_removed(&between(&image(true, "true"), &image(false, "true")));
    assert_eq!(found, [json!("/steps/2"), json!("/steps/2"), Value::Null]);
    let found = user_removed(&between(&image(true, ""), &image(false, "")));
    assert_eq!(found, [json!("/steps/1"), json!("/steps/2"), Value::Null], "the last one that there is");
    // One that is another is not gone.
    let found = user_removed(&between(&image(true, "true"), &base().workdir("/a").user("root")));
    assert_eq!(found, [json!("/steps/2"), Value::Null, json!(3)]);
    let dockerfile = Image::from_dockerfile("Dockerfile").workdir("/a");
    let before = imported("FROM a:1\nUSER nobody\n", &dockerfile);
    let found = user_removed(&plan(&before, &imported("FROM a:1\n", &dockerfile)));
    assert_eq!(found, [json!("/steps/0"), Value::Null, Value::Null]);
    // Of a snapshot nobody knows the steps.
    let found = user_removed(&plan(&snapshot(&side(&image(true, "true"))), &side(&image(false, "true"))));
    assert_eq!(found, [json!("/steps/2"), Value::Null, Value::Null]);
}

#[test]
fn a_request_that_is_none_is_a_problem_with_its_place() {
    let image = side(&base());
    let mut spoiled = image.clone();
    spoiled["sources"] = json!([{ "path": "a", "digest": "b", "size": -1 }]);
    for (request, path) in [
        (json!({ "before": image }), ""),
        (json!({ "before": image, "after": spoiled }), "/after/sources/0/size"),
        (json!({ "before": image, "after": image, "between": 1 }), "/between"),
    ] {
        let answer: Value = serde_json::from_str(&api::plan(&request.to_string()).json()).unwrap();
        assert_eq!(answer["problems"][0]["path"], json!(path), "{answer}");
    }
}

/// Which variant of each of these steps an image has, if any.
type Choices = Vec<Option<u8>>;

fn choices() -> impl Strategy<Value = Choices> {
    proptest::collection::vec(proptest::option::weighted(0.8, 0..2_u8), 8)
}

/// An image with the steps that were chosen: all in one order, no two alike.
fn chosen(image: Image, choices: &Choices) -> Image {
    choices.iter().enumerate().filter_map(|(index, variant)| Some((index, (*variant)?))).fold(
        image,
        |image, (index, variant)| {
            let name = format!("x{index}-{variant}");
            match index % 4 {
                0 => image.apt_install([name]),
                1 => image.run_commands([name]),
                2 => image.add_file(format!("/f{index}"), name.as_str(), None),
                _ => image.workdir(format!("/{name}")),
            }
        },
    )
}

fn generated(outer: &Choices, inner: &Choices) -> Image {
    let stage = chosen(Image::base("node:22"), inner);
    chosen(base().stage("web", &stage), outer).copy_from("web", "/a", "/b")
}

/// Call, stage and fingerprint: what a step is.
fn identities(side: &Value) -> Vec<(Value, Value, Value)> {
    let steps = side["steps"].as_array().unwrap();
    steps.iter().map(|step| (step["call"].clone(), step["stage"].clone(), step["fingerprint"].clone())).collect()
}

fn count(changes: &[String], what: &str) -> usize {
    changes.iter().filter(|change| change.starts_with(what)).count()
}

proptest! {
    #![proptest_config(Config {
        cases: 300, rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..Config::default()
    })]

    #[test]
    fn a_step_is_reported_if_and_only_if_it_is_another(
        before in (choices(), choices()), after in (choices(), choices())
    ) {
        let (before, after) = (side(&generated(&before.0, &before.1)), side(&generated(&after.0, &after.1)));
        let (was, is) = (identities(&before), identities(&after));
        let plan = plan(&before, &after);
        prop_assert_eq!(&plan["unchanged"], &json!(was == is));
        let index = |pointer: &Value, side: &Value| side["steps"].as_array().unwrap().iter().position(|step| &step["step"] == pointer);
        let (mut seen_before, mut seen_after) = (Vec::new(), Vec::new());
        for step in plan["steps"].as_array().unwrap() {
            let old = index(&step["before"], &before).map(|index| { seen_before.push(index); &was[index] });
            let new = index(&step["after"], &after).map(|index| { seen_after.push(index); &is[index] });
            match step["change"].as_str().unwrap() {
                "kept" | "rebuilt" => prop_assert_eq!(old.unwrap(), new.unwrap()),
                "changed" => prop_assert!(old.unwrap() != new.unwrap() && !was.contains(new.unwrap())),
                "added" => prop_assert!(old.is_none() && !was.contains(new.unwrap())),
                _ => prop_assert!(new.is_none() && !is.contains(old.unwrap())),
            }
        }
        prop_assert_eq!(seen_after, (0..is.len()).collect::<Vec<_>>(), "each once, in order");
        seen_before.sort_unstable();
        prop_assert_eq!(seen_before, (0..was.len()).collect::<Vec<_>>());
    }

    #[test]
    fn to_swap_the_images_is_to_swap_what_came_and_what_went(
        before in (choices(), choices()), after in (choices(), choices())
    ) {
        let (before, after) = (side(&generated(&before.0, &before.1)), side(&generated(&after.0, &after.1)));
        let (there, back) = (changes(&plan(&before, &after)), changes(&plan(&after, &before)));
        prop_assert_eq!(count(&there, "added"), count(&back, "removed"));
        prop_assert_eq!(count(&there, "removed"), count(&back, "added"));
        prop_assert_eq!(count(&there, "changed"), count(&back, "changed"));
    }

    #[test]
    fn what_happens_to_a_step_does_not_depend_on_other_stages(
        before in (choices(), choices()), after in (choices(), choices())
    ) {
        let of_stage = |plan: &Value, stage: &Value| -> Vec<(Value, Value)> {
            let steps = plan["steps"].as_array().unwrap();
            steps.iter().filter(|step| &step["stage"] == stage).map(|step| (step["change"].clone(), step["call"].clone())).collect()
        };
        let whole = between(&generated(&before.0, &before.1), &generated(&after.0, &after.1));
        let inner_alone = between(&generated(&Vec::new(), &before.1), &generated(&Vec::new(), &after.1));
        let stage = json!("web");
        prop_assert_eq!(of_stage(&whole, &stage), of_stage(&inner_alone, &stage));
        // The image itself takes from the stage only at its end.
        let outer_alone = between(&generated(&before.0, &Vec::new()), &generated(&after.0, &Vec::new()));
        let (mut outer, mut alone) = (of_stage(&whole, &Value::Null), of_stage(&outer_alone, &Value::Null));
        outer.pop();
        alone.pop();
        prop_assert_eq!(outer, alone);
    }
}

/// The keys of a builder's cache, by the step that has them: what stands before an instruction, and its text with the content of
/// a stage in the place of its name.
fn cache_keys(side: &Value) -> Vec<(String, String)> {
    let lines: Vec<_> = side["dockerfile"].as_str().unwrap().lines().collect();
    let mut stages: Vec<(String, String)> = Vec::new();
    let mut keys = Vec::new();
    let (mut key, mut name) = (String::new(), String::new());
    for made in side["instructions"].as_array().unwrap() {
        let line = lines[usize::try_from(made["line"].as_u64().unwrap()).unwrap() - 1];
        let mut text = line.to_owned();
        if let Some((base, stage)) =
            line.strip_prefix("FROM ").map(|rest| rest.split_once(" AS ").unwrap_or((rest, "")))
        {
            stages.push((mem::replace(&mut name, stage.to_owned()), mem::take(&mut key)));
            text = format!("FROM {base}");
        }
        for (stage, content) in &stages {
            text = text.replace(&format!("--from={stage} "), &format!("--from=<{content}> "));
        }
        key = format!("{key}|{text}");
        keys.push((made["step"].as_str().unwrap().to_owned(), key.clone()));
    }
    keys
}

/// The steps that a builder with the cache of one image builds of another.
fn built_by(before: &Value, after: &Value) -> BTreeSet<String> {
    let cache: BTreeSet<_> = cache_keys(before).into_iter().map(|(_, key)| key).collect();
    cache_keys(after).into_iter().filter(|(_, key)| !cache.contains(key)).map(|(step, _)| step).collect()
}

/// An image of two stages, the second of which copies from the first: their names, and the commands of both and of the image.
type Staged = (usize, [Vec<u8>; 3]);

fn staged_images() -> impl Strategy<Value = Staged> {
    let commands = || proptest::collection::vec(0..5_u8, 0..5);
    (0..4_usize, [commands(), commands(), commands()])
}

fn staged_image((names, commands): &Staged) -> Value {
    let [one, other] = [["one", "other"], ["other", "one"], ["new", "other"], ["one", "new"]][*names];
    let run = |image: Image, of: usize| {
        commands[of].iter().fold(image, |image, command| image.run_commands([format!("{of} {command}")]))
    };
    let first = run(Image::base("a:1"), 0);
    let second = run(Image::base("b:1").copy_from(one, "/x", "/x"), 1);
    let image = base().stage(one, &first).stage(other, &second).copy_from(other, "/y", "/y");
    side(&run(image, 2).raw(format!("COPY --from={one} /z /z")))
}

proptest! {
    #![proptest_config(Config {
        cases: 500, rng_seed: RngSeed::Fixed(2), failure_persistence: None, ..Config::default()
    })]

    #[test]
    fn what_is_built_again_is_what_a_builder_builds(before in staged_images(), after in staged_images()) {
        let (was, is) = (staged_image(&before), staged_image(&after));
        let expected = built_by(&was, &is);
        for was in [&was, &locked(&was)] {
            let plan = plan(was, &is);
            let steps = plan["steps"].as_array().unwrap().iter().filter(|step| step["isBuilt"] == json!(true));
            let found: BTreeSet<_> = steps.map(|step| step["after"].as_str().unwrap().to_owned()).collect();
            prop_assert!(found.is_superset(&expected), "{:?} {:?}", found, expected);
            // A stage under another name that has little in common with what it was is another stage.
            if before.0 == after.0 || before.1[..2] == after.1[..2] {
                prop_assert_eq!(&found, &expected);
            }
        }
    }

    #[test]
    fn what_does_not_move_is_the_longest_common_subsequence(
        order in Just((0..8_usize).collect::<Vec<_>>()).prop_shuffle()
    ) {
        let image = |order: &[usize]| order.iter().fold(base(), |image, at| image.run_commands([format!("{at}")]));
        let all = changes(&between(&image(&(0..8).collect::<Vec<_>>()), &image(&order)));
        let mut longest = [1_usize; 8];
        for at in 0..8 {
            let before = (0..at).filter(|other| order[*other] < order[at]).map(|other| longest[other]).max();
            longest[at] = before.unwrap_or_default() + 1;
        }
        prop_assert_eq!(count(&all, "moved"), 8 - longest.iter().max().unwrap());
        prop_assert_eq!(all.len(), 9);
    }
}

#[test]
fn a_snapshot_is_compared_by_its_dockerfile() {
    let image = || Image::base("debian:12-slim").apt_install(["git"]).add_local_dir("src", "/app").workdir("/app");
    let same = plan(&snapshot(&side(&image())), &side(&image()));
    assert_eq!(same["unchanged"], true);
    assert_eq!(changes(&same), ["kept base", "kept aptInstall", "kept addLocalDir", "kept workdir"]);

    let now = Image::base("debian:12-slim").env([("A", "1")]).apt_install(["curl"]).add_local_dir("src", "/app");
    let plan = plan(&snapshot(&side(&image())), &with_files(&now, 1, false));
    assert_eq!(plan["unchanged"], false);
    // Between what was kept, the first that went is beside the first that came.
    assert_eq!(changes(&plan), ["kept base", "changed env", "changed aptInstall", "changed addLocalDir"]);
    assert_eq!(plan["files"], json!([{ "change": "changed", "path": "src", "differs": [] }]));
}

#[test]
fn a_step_that_differs_from_a_snapshot_shows_the_instructions_of_both() {
    let plan = plan(
        &snapshot(&side(&Image::base("debian:12-slim").user("node").workdir("/a").cmd(["x"]))),
        &side(&Image::base("debian:12-slim").user("root").cmd(["x"])),
    );
    assert_eq!(changes(&plan), ["kept base", "changed user", "removed WORKDIR", "kept cmd"]);
    let fields = |index: usize| &plan["steps"][index]["fields"];
    assert_eq!(*fields(1), json!([{ "path": "/dockerfile", "before": "USER node", "after": "USER root" }]));
    assert_eq!(*fields(2), json!([{ "path": "/dockerfile", "before": "WORKDIR /a" }]));
    let lines = |side: &str| {
        let rows = plan["instructions"].as_array().unwrap().iter();
        rows.map(|row| row[side]["line"].as_u64()).collect::<Vec<_>>()
    };
    assert_eq!(lines("before"), [Some(1), Some(2), Some(3), Some(4)]);
    assert_eq!(lines("after"), [Some(1), Some(2), None, Some(3)]);
    assert_eq!(plan["instructions"][1]["after"]["step"], "/steps/1");
}
