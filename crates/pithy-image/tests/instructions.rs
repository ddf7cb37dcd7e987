//! Which step made which lines of a Dockerfile, with and without its files.

use pithy_image::{Entry, EntryKind, Image, SourceKind, WrittenInstruction};
use pithy_image_dockerfile::Dockerfile;

fn image() -> Image {
    let web = Image::base("node:22-slim").add_local_dir("web", "/web").run_commands(["npm run build"]);
    Image::debian_slim("3.12")
        .cmd(["first"])
        .refresh("1")
        .stage("web", &web)
        .copy_from("web", "/web/dist", "/srv")
        .add_local_file("run.sh", "/run.sh")
        .add_local_dir("app", "/app")
        .run_commands(["true", "x".repeat(70_000).as_str()])
        .env([("A", "1")])
        .pip_install(Vec::<String>::new())
        .entrypoint(["last"])
}

/// The names of the instructions and the steps that made them. A record has the lines of one instruction.
fn made_by(dockerfile: &str, records: &[WrittenInstruction]) -> Vec<(&'static str, String)> {
    let read = Dockerfile::parse(dockerfile);
    assert_eq!((read.errors.len(), read.instructions.len()), (0, records.len()));
    let pairs = read.instructions.iter().zip(records).map(|(instruction, record)| {
        assert_eq!(read.lines(instruction.span), (record.line, record.line + record.lines - 1));
        (instruction.keyword.name(), record.step.clone())
    });
    pairs.collect()
}

#[test]
fn every_line_is_of_one_instruction_and_names_its_step() {
    let recipe = image().recipe().unwrap();
    let listings = recipe.sources().map(|source| {
        let path = if source.kind == SourceKind::File { "run.sh" } else { source.path.as_str() };
        let kind = EntryKind::File { executable: false, size: 1, sha256: [0; 32] };
        vec![Entry { path: path.to_owned(), kind }].into()
    });
    let resolved = recipe.resolve(&listings.collect::<Vec<_>>()).unwrap();
    let outline = recipe.outline().unwrap();
    for (dockerfile, instructions) in
        [(&resolved.dockerfile, &resolved.instructions), (&outline.dockerfile, &outline.instructions)]
    {
        let expected = [
            ("FROM", ""),
            ("ADD", "/steps/3/stage/steps/1"),
            ("ADD", "/steps/6"),
            ("FROM", "/steps/3/stage/steps/0"),
            ("ARG", "/steps/2"),
            ("COPY", "/steps/3/stage/steps/1"),
            ("RUN", "/steps/3/stage/steps/2"),
            ("FROM", "/steps/0"),
            ("ARG", "/steps/2"),
            ("RUN", "/steps/0"),
            ("COPY", "/steps/4"),
            ("COPY", "/steps/5"),
            ("COPY", "/steps/6"),
            ("RUN", "/steps/7"),
            ("RUN", "/steps/7"),
            ("ENV", "/steps/8"),
            ("CMD", "/steps/1"),
            ("ENTRYPOINT", "/steps/10"),
        ];
        let expected = expected.map(|(name, step)| (name, step.to_owned()));
        assert_eq!(made_by(dockerfile, instructions), expected);
    }
    assert!(resolved.instructions.iter().any(|record| record.lines == 3), "the long line is continued");
}

#[test]
fn an_outline_is_the_dockerfile_but_for_the_digests_of_local_sources() {
    let text = image().add_file("/inline", "known", None).recipe().unwrap().outline().unwrap().dockerfile;
    assert_eq!(text.matches("????????????????????????????????").count(), 7, "{text}");
    assert!(text.contains("COPY [\"ctx/????????????????????????????????/run.sh\", \"/run.sh\"]"));
    let known = text.lines().find(|line| line.contains("/inline")).unwrap();
    assert!(!known.contains('?'));
}

#[test]
fn an_outline_names_each_file_that_is_needed_once_and_the_steps_that_do() {
    let image = Image::debian_slim("3.12")
        .pip_install_from_requirements("requirements.txt")
        .pip_install_from_pyproject("pyproject.toml")
        .add_local_file("requirements.txt", "/again.txt")
        .add_local_dir("src", "/src");
    let needs = image.recipe().unwrap().outline().unwrap().needs;
    let needs: Vec<_> = needs.iter().map(|source| (source.path.as_str(), source.pointer.as_str())).collect();
    assert_eq!(
        needs,
        [
            ("requirements.txt", "/steps/1/pipInstallFromRequirements/source"),
            ("src", "/steps/4/addLocalDir/source"),
            ("pyproject.toml", "/steps/2/pipInstallFromPyproject/source"),
        ]
    );
}
