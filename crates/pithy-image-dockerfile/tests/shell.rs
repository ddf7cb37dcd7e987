//! The commands of a shell text are those that another parser of bash finds.
#![allow(clippy::unwrap_used, reason = "a test fails by a panic")]

mod brush;

use pithy_image_dockerfile::{Shell, ShellCommand, ShellWord};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::{Config, RngSeed};

/// The simple commands of a text, in the order in which they begin, as `brush::commands` writes them.
fn commands(text: &str) -> Vec<String> {
    let shell = Shell::parse(text);
    let mut commands: Vec<_> = shell.pipelines.iter().flat_map(|pipeline| &pipeline.commands).collect();
    commands.sort_by_key(|command| command.span.start);
    commands.into_iter().filter_map(line).collect()
}

/// The words of a command; nothing for a compound command, and for one that only redirects.
fn line(command: &ShellCommand) -> Option<String> {
    if command.program() == "[[" {
        return Some("[[".to_owned());
    }
    // To brush, a process substitution is not a word.
    let is_process = |word: &&ShellWord| word.value.starts_with("<(") || word.value.starts_with(">(");
    let words: Vec<_> = command.assignments.iter().chain(&command.words).filter(|word| !is_process(word)).collect();
    let words: Vec<_> = words.into_iter().map(|word| literal(&word.value)).collect();
    (!words.is_empty()).then(|| words.join("␣"))
}

/// A word up to the first substitution in it: of what stands there, brush keeps neither comments nor ends of lines.
fn literal(word: &str) -> String {
    let (before, mark) = word.split_once("$(").map_or((word, ""), |(before, _)| (before, "$("));
    before.replace("\\\n", "") + mark
}

/// The words of commands, up to the first substitution in them.
fn literals(commands: &[String]) -> Vec<String> {
    commands.iter().map(|command| command.split('␣').map(literal).collect::<Vec<_>>().join("␣")).collect()
}

/// What Dockerfiles run.
const TEXTS: &[&str] = &[
    // Downloads.
    "curl -fsSL https://deb.nodesource.com/setup_22.x | bash -",
    "curl -sSf https://sh.rustup.rs | sh -s -- -y --default-toolchain stable",
    "wget -qO- https://get.docker.com/ |sh",
    "curl -L \"https://x.io/v${VERSION}/a-$(uname -m).tar.gz\" | tar -xz -C /usr/local --strip-components=1",
    "curl https://x.io/a.sh > /tmp/a.sh 2>/dev/null && chmod +x /tmp/a.sh && /tmp/a.sh; rm /tmp/a.sh",
    "bash <(curl -s https://x.io/install.sh) --prefix=/opt",
    "bash -c \"$(curl -fsSL https://x.io/install.sh)\" -- --unattended",
    "set -o pipefail && wget -O - https://some.site | wc -l > /number",
    "echo \"$SHA256  app.tgz\" | sha256sum -c - || exit 1",
    "curl -o a 'https://x.io/?a=1&b=2;c' && curl -H 'Accept: */*' \"https://x.io/#a\"",
    // Packages.
    "apt-get update && apt-get install -y --no-install-recommends curl ca-certificates && rm -rf /var/lib/apt/lists/*",
    "apt-get update -qq; DEBIAN_FRONTEND=noninteractive apt-get -qqy install tzdata=2024a-0+deb12u1 git",
    "apt-get -o Acquire::Retries=3 -o \"DPkg::Options::=--force-confold\" install -y nginx=1.22.*",
    "apk add --no-cache --virtual .deps gcc musl-dev && pip install -r requirements.txt && apk del .deps",
    "pip install --no-cache-dir 'numpy>=1.26,<2' \"torch==2.3.0+cpu\" flask\\>=3",
    "yum -y install httpd && yum clean all && rm -rf /var/cache/yum",
    "dnf install -y $(cat /tmp/packages | grep -v '^#' | tr '\\n' ' ')",
    "npm ci --omit=dev && npm cache clean --force >/dev/null 2>&1",
    "cd /app && yarn --frozen-lockfile && yarn build && cd -",
    "python -m venv /venv && . /venv/bin/activate && pip install -U pip",
    "go build -ldflags=\"-s -w -X main.version=$VERSION\" -o /out/app ./cmd/app",
    "GOOS=linux CGO_ENABLED=0 go build -o /bin/app .",
    "make -j$(nproc) && make -j\"$(nproc)\" install && ldconfig",
    "./configure --build=\"$(dpkg-architecture --query DEB_BUILD_GNU_TYPE)\" --with-x=`which x`",
    // Users and files.
    "groupadd -r app && useradd --no-log-init -r -g app app && mkdir -p /app/{bin,etc} && chown app: /app",
    "echo 'app ALL=(ALL) NOPASSWD:ALL' >> /etc/sudoers",
    "sed -i 's/^# *\\(en_US.UTF-8\\)/\\1/' /etc/locale.gen && locale-gen",
    "sed -i \"s|@HOST@|${HOST:-localhost}|g; s/a\\$b/c/\" /etc/app.conf",
    "find / -xdev -type f -perm /6000 -exec chmod a-s {} \\; || true",
    "find . -name '*.pyc' -print0 | xargs -0 -r rm -f --",
    "printf '%s\\n' \"a b\" 'it'\\''s' \"say \\\"hi\\\"\" > f",
    "echo $'a\\tb\\'c' $\"hello\" \"\" '' a\"b\"'c'd",
    "ln -sf /usr/share/zoneinfo/$TZ /etc/localtime && echo $TZ > /etc/timezone",
    "test -n \"$X\" && [ \"$X\" = 'y' -o ! -e /f ] && echo ok",
    "[[ $TARGETARCH == arm* || -z \"$(uname)\" ]] && echo arm || echo other",
    "tar c . | (cd /dst && tar x)",
    "{ echo a; echo b; } > f 2>&1 < /dev/null",
    "(cd a && make) & (cd b && make) & wait",
    "exec >log 2>&1; >empty; <in cat; 2>err >>out cmd arg >&2",
    "cmd &> all; cmd &>> all; cmd <> f; cmd >| f; cmd 3<f; cmd <<< \"$X y\"",
    // Control.
    "if [ \"$TARGETARCH\" = amd64 ]; then A=x86_64; elif test \"$TARGETARCH\" = arm64; then A=aarch64; else exit 1; fi; echo $A",
    "if ! command -v curl >/dev/null; then apt-get update; apt-get install -y curl; fi && curl --version",
    "for p in a b \"c d\" $(ls); do echo \"$p\"; done | sort",
    "for f in *.sh; do chmod +x \"$f\" || exit; done",
    "for ((i = 0; i < 3; i++)); do echo $i; done",
    "while ! nc -z db 5432; do sleep 1; done; until false; do break; done",
    "while read -r line; do echo \"$line\"; done < list.txt",
    "case \"$(uname -m)\" in x86_64|amd64) A=x64 ;; (aarch64) A=arm64;; *) echo \"bad: $A\" >&2; exit 1 ;; esac",
    "case $1 in\n  a) ;;\n  b) echo b\n  ;;\n  'c d') echo c\nesac",
    "f() { echo \"$@\"; return 1; }; f a || true",
    "function g { local x=1; echo $x; }\ng",
    "h() ( cd /; ls )\nh",
    "time make; time -p make all; ! grep -q x f",
    "set -eux; \\\n  apt-get update; \\\n  # why\n  apt-get install -y curl; \\\n  rm -rf /x",
    "a=1 b=\"$(c d)\" e; f=(g 'h i' $(j)); k+=l; m[0]=n",
    // Heredocs.
    "cat <<EOF > /etc/app.conf\nkey = $VALUE\n$(not here) `nor here`\nEOF\necho done",
    "cat <<-'EOF' | sh && echo after\n\techo inner\n\tEOF\nls",
    "cat <<A <<\"B\"; echo x\na\nA\nb\nB\necho y",
    "python3 - <<'PY'\nprint('a; b && c')\nPY\necho end",
    "x=$(cat <<EOF\na b\nEOF\n); echo $x",
    // Nested.
    "echo \"a $(b \"c $(d 'e f') g\" | h) i\" j",
    "echo `date +%Y` \"`id -u`:`id -g`\"",
    "echo $((1 + $(nproc) * (2 + 3))) ${A:-b} ${B##*/} ${C/x/y} ${#D} $# $? $@",
    "diff <(sort a) <(sort b | uniq) > >(tee log)",
    "echo a#b #c d\n# e f\ng",
    "echo if then done in; echo { } ! case",
    "a &&\n\n  b ||\n c |\n d",
    "curl x | { cat; } | while read a; do echo $a; done && (( n++ )) || ((m = 2))",
];

#[test]
fn realistic_texts_have_the_commands_that_brush_finds() {
    for text in TEXTS {
        assert_eq!(commands(text), literals(&brush::commands(text).unwrap()), "{text}");
    }
}

/// The beginnings of a text, up to each character.
fn beginnings(text: &str) -> impl Iterator<Item = &str> {
    text.char_indices().map(|(end, _)| &text[..end])
}

#[test]
fn what_is_not_closed_in_the_beginning_of_a_text_brush_cannot_read_either() {
    for text in TEXTS {
        assert_eq!(Shell::parse(text).unclosed, None, "{text}");
        for beginning in beginnings(text) {
            let is_open = Shell::parse(beginning).unclosed.is_some();
            assert!(!is_open || brush::commands(beginning).is_err(), "{beginning}");
        }
    }
}

fn word() -> impl Strategy<Value = String> {
    let part = select(vec![
        "a",
        "b.c",
        "/d/e",
        "-f",
        "--g=h",
        "'i j'",
        "\"k l\"",
        "\"$M n\"",
        "\\ ",
        "\\$",
        "\"\\\"\"",
        "''",
        "$O",
        "${P:-q}",
        "{r,s}",
        "*",
        "t#u",
        "x=y",
        "=",
        "~",
        "'\"'",
        "\"'\"",
        "%",
        "全",
        "]",
        "\\\n",
        "$((1+2))",
        "if",
        "`id -u`",
        "\"`id`\"",
        "$'it\\'s'",
    ]);
    vec(part, 1..4).prop_map(|parts| parts.concat())
}

fn simple(inner: impl Strategy<Value = String> + Clone) -> impl Strategy<Value = String> {
    let substituted = inner.prop_flat_map(|inner| {
        // Brush reads no heredoc inside double quotes.
        let quote = if inner.contains("<<E") { "" } else { "\"" };
        select(vec![
            format!("$( {inner})"),
            format!("{quote}a$( {inner})b{quote}"),
            format!("<({inner})"),
            format!("c$( {inner}\n)"),
        ])
    });
    let argument = prop_oneof![6 => word(), 1 => substituted];
    let assignments = select(vec!["", "", "", "A=b ", "A= B='c d' ", "A+=\"$B\" ", "A=(b 'c d') "]);
    let redirections = select(vec!["", "", "", " > f", " 2>&1", " >>f <g", " <<<'a b'", " &>f", ">f", " >|f"]);
    let program = select(vec!["cmd", "/bin/cmd", "'cmd'", "c\\md", "$CMD", "then2", "e\"c\"ho", ".", "["]);
    (assignments, program, vec(argument, 0..4), redirections)
        .prop_map(|(a, program, words, b)| format!("{a}{program} {}{b}", words.join(" ")))
}

fn list() -> impl Strategy<Value = String> {
    let leaf = simple(Just("inner 'a b'".to_owned())).boxed();
    leaf.prop_recursive(4, 24, 3, |inner| {
        let joint = select(vec![" && ", "||", "; ", "\n", " | ", " |& ", " & ", " # b; c\n", " &&\n\n", "; # 'd\n"]);
        let pair = (inner.clone(), joint, inner.clone()).prop_map(|(a, joint, b)| format!("{a}{joint}{b}"));
        let compound = (inner.clone(), inner.clone(), 0..16).prop_map(|(a, b, kind)| match kind {
            0 => format!("(true; {a})"),
            1 => format!("{{ {a}; }} > f"),
            2 => format!("if {a}; then {b}; fi"),
            3 => format!("if {a}\nthen\n{b}\nelif {a}; then b; else {b}; fi"),
            4 => format!("while {a}; do {b}; done <f"),
            5 => format!("until {a}\ndo {b}\ndone"),
            6 => format!("for x in a 'b c'; do {a}; done"),
            7 => format!("for x in $( {a})\ndo\n{b}\ndone"),
            8 => format!("case $x in a|'b') {a};; (c) {b} ;; *) ;; esac"),
            9 => format!("case x in\na)\n{a}\n;;\nb) {b}\nesac"),
            10 => format!("f() {{ {a}; }}"),
            11 => format!("function f {{ {a}\n}}"),
            12 => format!("cat <<E\n$( {a}) 'b\nE\n{b}"),
            13 => format!("! {{ {a}; }}"),
            14 => format!("time -p {{ {a}; }}"),
            _ => format!("[[ $a == \"b c\" && ! -e $( {a}) ]]"),
        });
        prop_oneof![2 => simple(inner.clone()), 3 => pair, 3 => compound]
    })
}

/// Every run of every machine tries the same texts.
fn config() -> Config {
    Config {
        cases: 2_000,
        max_global_rejects: 200,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(2),
        ..Config::default()
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn lists_have_the_commands_that_brush_finds(text in list()) {
        let expected = brush::commands(&text);
        prop_assume!(expected.is_ok(), "{:?}", expected);
        prop_assert_eq!(commands(&text), literals(&expected.unwrap()));
        prop_assert_eq!(Shell::parse(&text).unclosed, None);
    }

    #[test]
    fn what_is_not_closed_brush_cannot_read_either(text in list(), end in any::<Index>()) {
        let ends: Vec<_> = beginnings(&text).collect();
        let beginning = end.get(&ends);
        // Brush ends a heredoc in a substitution with the text, and the substitution with it.
        let is_open = Shell::parse(beginning).unclosed.is_some() && !beginning.contains("<<E");
        prop_assert!(!is_open || brush::commands(beginning).is_err(), "{}", beginning);
    }
}
