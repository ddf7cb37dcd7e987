//! What tells the steps and sources of an image from what they were.
#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use pithy_image::steps::AddLocalFile;
use pithy_image::wire::{ResolvedImage, StepRecord};
use pithy_image::{Entry, EntryKind, Image, SourceKind};

/// An image of which every file holds a byte that is its digest.
fn resolve(image: &Image, content: u8) -> ResolvedImage {
    let recipe = image.recipe().unwrap();
    let listings = recipe.sources().map(|source| {
        let path = if source.kind == SourceKind::File { source.path.as_str() } else { "main.py" };
        let kind = EntryKind::File { executable: false, size: 10, sha256: [content; 32] };
        vec![Entry { path: path.to_owned(), kind }].into()
    });
    let resolved = recipe.resolve(&listings.collect::<Vec<_>>()).unwrap();
    ResolvedImage::new(&resolved, None)
}

fn steps(image: &Image) -> Vec<StepRecord> {
    resolve(image, 0).steps
}

fn web() -> Image {
    Image::base("node:22-slim").add_local_dir("web", "/web").run_commands(["npm run build"])
}

fn image() -> Image {
    Image::debian_slim("3.12")
        .stage("web", &web())
        .copy_from("web", "/web/dist", "/srv")
        .add_local_dir("web", "/again")
        .raw("COPY --from=web /a /b")
        .apt_install(Vec::<String>::new())
        .add_local_file("run.sh", "/run.sh")
}

#[test]
fn every_step_is_named_with_its_stage_and_those_it_takes_from() {
    let found = steps(&image());
    let found: Vec<_> = found
        .iter()
        .map(|step| (step.step.as_str(), step.call.as_str(), step.stage.as_deref(), step.takes_from.join(" ")))
        .collect();
    let expected = [
        ("/steps/0", "debianSlim", None, ""),
        ("/steps/1", "stage", None, ""),
        ("/steps/1/stage/steps/0", "base", Some("web"), ""),
        ("/steps/1/stage/steps/1", "addLocalDir", Some("web"), ""),
        ("/steps/1/stage/steps/2", "runCommands", Some("web"), ""),
        ("/steps/2", "copyFrom", None, "web"),
        ("/steps/3", "addLocalDir", None, ""),
        ("/steps/4", "raw", None, "web"),
        ("/steps/5", "aptInstall", None, ""),
        ("/steps/6", "addLocalFile", None, ""),
    ];
    assert_eq!(found, expected.map(|(step, call, stage, from)| (step, call, stage, from.to_owned())));
}

#[test]
fn a_fingerprint_changes_with_what_its_step_makes_and_with_the_files_that_it_names() {
    let (before, after) = (steps(&image()), resolve(&image(), 1).steps);
    let changed = before.iter().zip(&after).filter(|(a, b)| a.fingerprint != b.fingerprint);
    let changed: Vec<_> = changed.map(|(step, _)| step.step.as_str()).collect();
    assert_eq!(changed, ["/steps/1/stage/steps/1", "/steps/3", "/steps/6"]);
    let renamed = Image::debian_slim("3.12").stage("site", &web());
    assert_ne!(steps(&renamed)[1].fingerprint, before[1].fingerprint);
    assert_eq!(steps(&renamed)[4].fingerprint, before[4].fingerprint);
}

#[test]
fn a_fingerprint_does_not_change_with_the_steps_around_it() {
    let copy = |image: Image| image.add_local_dir("web", "/again");
    // The tree is unpacked for the first of the two that copy it.
    let alone = steps(&copy(Image::debian_slim("3.12"))).pop().unwrap().fingerprint;
    let second = steps(&copy(image())).pop().unwrap().fingerprint;
    assert_eq!(alone, second);
}

#[test]
fn an_outline_has_the_same_steps_but_for_the_files_that_they_name() {
    let (known, unknown) = (steps(&image()), image().recipe().unwrap().outline().unwrap().steps);
    let names = |steps: &[StepRecord]| steps.iter().map(|step| step.step.clone()).collect::<Vec<_>>();
    assert_eq!(names(&known), names(&unknown.iter().map(StepRecord::from).collect::<Vec<_>>()));
    let differs = known.iter().zip(&unknown).filter(|(a, b)| a.fingerprint != b.fingerprint);
    let differs: Vec<_> = differs.map(|(step, _)| step.step.as_str()).collect();
    assert_eq!(differs, ["/steps/1/stage/steps/1", "/steps/3", "/steps/6"]);
}

#[test]
fn the_fingerprint_of_known_text_stays_for_ever() {
    let [base, workdir] = &steps(&Image::base("debian:12-slim").workdir("/app"))[..] else { panic!("two steps") };
    assert_eq!((base.fingerprint.as_str(), workdir.fingerprint.as_str()), ("c082028c8275ae30", "26dcc8884296c525"));
}

#[test]
fn a_source_is_listed_once_with_what_all_its_copies_take() {
    let one = resolve(&Image::base("a:1").add_local_dir("web", "/a").add_local_dir("web", "/b"), 0).sources;
    let [source] = &one[..] else { panic!("{one:?}") };
    assert_eq!((source.path.as_str(), source.size), ("web", 10));
    let two = resolve(&image(), 0).sources;
    assert_eq!(two.iter().map(|source| source.path.as_str()).collect::<Vec<_>>(), ["run.sh", "web"]);
    assert_eq!(two[1], *source);
    let private = AddLocalFile {
        source: "run.sh".into(),
        destination: "/b".into(),
        mode: Some(0o700),
        ..AddLocalFile::default()
    };
    let parts = Image::base("a:1").add_local_file("run.sh", "/a").with(private);
    let parts = resolve(&parts, 0).sources;
    let [source] = &parts[..] else { panic!("{parts:?}") };
    assert_eq!(source.size, 20);
    assert_ne!(source.digest, two[0].digest);
}
