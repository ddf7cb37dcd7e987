//! What moby's own tests say, and what follows from its source.

use super::*;

fn rules(patterns: &[&str]) -> IgnoreRules {
    IgnoreRules::from_patterns(patterns).unwrap()
}

fn ignores(patterns: &[&str], path: &str) -> bool {
    rules(patterns).ignored_by(path).is_some()
}

fn mistake(pattern: &str) -> Mistake {
    IgnoreRules::from_patterns([pattern]).unwrap_err().reason
}

/// Checks a table: pattern, paths it matches, paths it matches by a directory above, other paths.
#[track_caller]
fn check(table: &str) {
    for row in table.lines().filter(|row| !row.trim().is_empty()) {
        let columns: Vec<&str> = row.split(';').map(str::trim).collect();
        let [pattern, itself, below, never] = columns[..] else { panic!("four columns: {row}") };
        let rules = rules(&[pattern]);
        let expected = [(itself, true, true), (below, false, true), (never, false, false)];
        for (paths, matched, ignored) in expected {
            for path in paths.split_whitespace() {
                let mut automaton = Automaton::new(rules.rules.iter().map(|rule| &rule.glob));
                let start = automaton.begin(&[0]);
                let end = automaton.feed_all(start, path);
                assert_eq!(!automaton.matched(end).is_empty(), matched, "`{pattern}` itself `{path}`");
                assert_eq!(rules.ignored_by(path).is_some(), ignored, "`{pattern}` `{path}`");
            }
        }
    }
}

#[test]
fn plain_patterns_match_from_the_root_and_take_all_below_along() {
    check(
        r"
        src                ; src              ; src/a src/a/b ; srcs a/src sr Src
        a/b                ; a/b              ; a/b/c         ; a b a/bc x/a/b
        a.b                ; a.b              ; a.b/c         ; ab axb
        x.|)$(}+{2}^y      ; x.|)$(}+{2}^y    ;               ; x
        a(b)c/d            ; a(b)c/d          ;               ; a(b)c/e abc/d
        d/p-2.4rc3+g08.whl ; d/p-2.4rc3+g08.whl ;             ; d/p-2.4rc33g08.whl d/p-2x4rc3+g08.whl
        größe              ; größe            ; größe/a       ; grösse
        ",
    );
}

#[test]
fn a_star_and_a_question_mark_stay_within_a_component() {
    check(
        r"
        *               ; a abc .a ☺                      ; a/b         ;
        *c              ; c abc ccc                      ; bc/d        ; ab a/c
        a*              ; a abc                          ; ab/c        ; ba
        */b             ; a/b                            ; a/b/c       ; b a/c/b
        a*/b            ; abc/b a/b                      ;             ; a/c/b a/bc
        a/*.txt         ; a/b.txt a/.txt                 ; a/b.txt/c   ; a/b/c.txt a/btxt
        .*              ; .a                             ; .a/b        ; a
        a?c             ; abc a☺c a.c                    ;             ; ac a/c abbc
        a???b           ; axyzb                          ;             ; a☺b
        a*b             ; ab axxb                        ;             ; a/b
        a*b*c*d*e*/f    ; axbxcxdxe/f axbxcxdxexxx/f     ;             ; axbxcxdxe/x/f axbxcxdxexxx/ff
        a*b?c*x         ; abxbbxdbxebxczzx               ;             ; abxbbxdbxebxczzy
        dist/*.whl      ; dist/a-2.4.0+g0.whl            ;             ; dist/a.whl2
        *.{js,ts}       ; a.{js,ts}                      ;             ; a.js a.ts
        a.b(c)+$*       ; a.b(c)+$ a.b(c)+$d             ;             ; axb(c)+$ a.bc a.b(c)
        ",
    );
}

#[test]
fn two_stars_cross_components() {
    check(
        r"
        **           ; a a/b a/b/c            ;             ;
        **/          ; a a/b                  ;             ;
        **/**        ; a a/b                  ;             ;
        a/**         ; a/b a/b/c              ;             ; a ab
        a**          ; a ab a/b               ;             ; b
        a/b/**       ; a/b/c a/b/c/d          ;             ; a/b a/bc/d
        **/a         ; a b/a b/c/a            ; a/b b/a/c   ; ba b/ca
        **/.a        ; .a b/.a                ;             ; b.a
        **/a/b       ; a/b c/a/b c/d/a/b      ; a/b/c       ; xa/b
        **/b/*       ; a/b/c b/c              ; a/b/c/d     ; b a/b
        **/b/**      ; a/b/c/d b/c            ;             ; b a/b
        **/a*        ; a b/c/a b/c/a.txt      ;             ; b/c/xa
        **/a*txt     ; b/a.txt a.txt          ;             ; b/a.tx
        **/a*.txt*   ; b/c/a.txt b/c/ab.txtx  ;             ; b/c/atxt
        **/*.txt     ; a.txt b/a.txt          ;             ; a.txt2
        **/**/*.txt  ; a.txt b/c/a.txt        ;             ; b/c/a b/c/a.txt2
        a**/*.txt    ; a/b.txt a/b/c/d.txt ax/b.txt ab.txt ; ; b/a.txt
        a/*.txt**    ; a/b.txt a/b.txtx a/b.txt/c ;          ; a/b/c.txt
        a/**/b       ; a/b a/c/b a/c/d/b      ; a/b/c       ; ab a/cb
        a**b         ; ab a/b ax/b a/x/b      ;             ; axb
        a***         ; a ax a/x a/x/y/z       ;             ; x
        ",
    );
}

#[test]
fn two_stars_before_plain_text_alone_may_end_within_a_name() {
    check(
        r"
        **log   ; log catalog a/catalog ; catalog/a ; logs
        **lo?   ; log a/log             ;           ; catalog
        ",
    );
}

#[test]
fn a_newline_stops_two_stars_only_beside_other_wildcards() {
    assert!(ignores(&["**/a"], "b\nc/a"));
    assert!(ignores(&["a/**"], "a/b\nc"));
    assert!(ignores(&["*"], "b\nc"));
    assert!(ignores(&["?"], "\n"));
    assert!(!ignores(&["**/a?"], "b\nc/ab"));
}

#[test]
fn a_class_matches_one_character() {
    check(
        r"
        ab[c]          ; abc         ; abc/d      ; abd ab
        a[b-d]e        ; abe ace ade ;            ; ae aae abce
        a[^b-d]e       ; aze a/e a☺e ;            ; ace ae
        a[^x][^x][^x]b ; a123b       ;            ; a☺b
        [a-ζ]*         ; α b         ;            ; A
        a[b/]c         ; abc a/c     ;            ; axc
        [\]a]          ; ] a         ;            ; b \
        [\-]           ; -           ;            ; \
        [x\-]          ; x -         ;            ; z
        [\-x]          ; x -         ;            ; a
        [+-\-]         ; + , -       ;            ; . \
        x[.+$|{}()!]   ; x. x+ x$ x| x{ x! ;      ; xa x\
        [a^]           ; a ^         ;            ; b
        [^^]           ; a           ;            ; ^
        [[a]           ; [ a         ;            ; ]
        [[:]           ; [ :         ;            ; a
        a]*            ; a] a]b      ;            ; a
        app/[id]       ; app/i app/d ; app/i/page ; app/[id] app/id
        ",
    );
}

#[test]
fn a_backslash_takes_the_next_character_for_itself() {
    check(
        r"
        a\*b        ; a*b           ;       ; ab axb a\*b
        a\\         ; a\            ;       ; a a\\
        app/\[id\]* ; app/[id]      ; app/[id]/page ; app/i
        \!a         ; !a            ;       ; a
        \#a         ; #a            ;       ; a
        a\/b        ; a/b           ; a/b/c ; ab
        *\^\|\{2}   ; a^|{2}        ;       ; a
        ",
    );
}

#[test]
fn what_docker_refuses_is_refused() {
    for (pattern, expected) in [
        ("!", Mistake::NothingToKeep),
        ("! ", Mistake::NothingToKeep),
        ("!/", Mistake::NothingToKeep),
        (r"\", Mistake::NothingEscaped),
        (r"a\", Mistake::NothingEscaped),
        (r"*\", Mistake::NothingEscaped),
        (r"[\", Mistake::NothingEscaped),
        ("[", Mistake::UnclosedClass),
        ("a[", Mistake::UnclosedClass),
        ("[^", Mistake::UnclosedClass),
        ("[^bc", Mistake::UnclosedClass),
        ("[a-", Mistake::UnclosedClass),
        (r"[a\]", Mistake::UnclosedClass),
        ("[]a]", Mistake::MisplacedInClass),
        ("[^]", Mistake::MisplacedInClass),
        ("[-]", Mistake::MisplacedInClass),
        ("[-x]", Mistake::MisplacedInClass),
        ("[x-]", Mistake::MisplacedInClass),
        ("[a-b-c]", Mistake::MisplacedInClass),
        ("[Local-Only]/", Mistake::BackwardRange('l', 'O')),
    ] {
        assert_eq!(mistake(pattern), expected, "`{pattern}`");
    }
}

#[test]
fn what_docker_misreads_is_refused() {
    for (pattern, expected) in [
        ("[*]", Mistake::WildcardInClass('*')),
        ("a[b?]", Mistake::WildcardInClass('?')),
        ("[a-*]", Mistake::WildcardInClass('*')),
        ("[[:alpha:]]", Mistake::NamedClass),
        ("[^[:nope:]]", Mistake::NamedClass),
        (r"src\dist", Mistake::EscapedWord('d')),
        (r"[\w]", Mistake::EscapedWord('w')),
        (r"\1", Mistake::EscapedWord('1')),
        (r"\é", Mistake::EscapedWord('é')),
        ("^a*", Mistake::RegexpCharacter('^')),
        ("*.a|*.b", Mistake::RegexpCharacter('|')),
        ("*a{2}", Mistake::RegexpCharacter('{')),
        ("*a{2,3}", Mistake::RegexpCharacter('{')),
        ("\u{feff}*", Mistake::ByteOrderMark),
    ] {
        assert_eq!(mistake(pattern), expected, "`{pattern}`");
    }
}

#[test]
fn an_error_says_where_what_and_how_to_mend_it() {
    let message = |pattern| IgnoreRules::from_patterns(["a", pattern]).unwrap_err().to_string();
    assert_eq!(message(" ! "), "line 2: `!`: nothing to keep after the `!`: name a path");
    let backslash = r"Docker reads `\d` as a regular expression: between directories write `/`, for the character `d`";
    assert_eq!(message(r"src\dist"), format!(r"line 2: `src\dist`: {backslash}"));
}

#[test]
fn the_last_match_wins_and_exceptions_keep() {
    for (patterns, path, expected) in [
        (&["!a.go", "*.go"][..], "a.go", true),
        (&["*.go", "!a.go"], "a.go", false),
        (&["*.go", "!a.go"], "b.go", true),
        (&["*.go", "!a.go", "a.*"], "a.go", true),
        (&["docs", "!docs/README.md"], "docs/README.md", false),
        (&["docs/", "!docs/README.md"], "docs/README.md", false),
        (&["docs/*", "!docs/README.md"], "docs/README.md", false),
        (&["docs/*", "!docs/README.md"], "docs/a", true),
        (&["**", "!a/b/c"], "a/b/c/d", false),
        (&["**", "!a/b/c"], "a/b", true),
        (&["**", "!a/b/c", "a/b/c/d"], "a/b/c/d", true),
        (&["**", "!dist/*.whl"], "dist/a-2.4.0+g0-any.whl", false),
        (&["**", "!dist/a+g0.whl"], "dist/a+g0.whl", false),
        (&["a", "!**/b"], "a/x/b", false),
        (&["a", "!**/b"], "a/x/c", true),
        (&["  docs ", "  !docs/a  "], "docs/a", false),
        (&[], "any/path", false),
    ] {
        assert_eq!(ignores(patterns, path), expected, "{patterns:?} `{path}`");
    }
}

#[test]
fn an_exception_for_a_directory_reaches_below_only_if_it_was_ignored() {
    assert!(ignores(&["a/b", "!a"], "a/b"));
    assert!(ignores(&["a/b", "!a"], "a/b/c"));
    assert!(!ignores(&["*", "a/b", "!a"], "a/b"));
}

#[test]
fn the_root_is_never_ignored() {
    assert!(!ignores(&["**", "*", "."], "."));
    assert!(!ignores(&["**"], ""));
    assert!(!rules(&["**"]).matcher().prunes("."));
}

#[test]
fn the_rule_that_decides_is_named() {
    let rules = IgnoreRules::from_file("f", "# first\r\n\r\n  /dist/ \r\n!dist/keep\r\n*.log\r\n").unwrap();
    let rule = rules.ignored_by("dist/a/b").unwrap();
    assert_eq!((rule.pattern(), rule.line(), rule.is_negated()), ("/dist/", Some(3), false));
    assert_eq!(rules.ignored_by("a.log").unwrap().line(), Some(5));
    assert_eq!(rules.ignored_by("dist/keep"), None);
    assert!(rules.rules[1].is_negated());
}

#[test]
fn a_file_is_read_as_docker_reads_it() {
    let text = "\u{feff}test1\n/test2\n/a/file/here\n\nlast\n# comment\n! /kept/abs/path\n #x";
    let rules = IgnoreRules::from_file("f", text).unwrap();
    let read: Vec<_> = rules.rules.iter().map(|rule| (rule.line().unwrap(), rule.pattern())).collect();
    let expected = [(1, "test1"), (2, "/test2"), (3, "/a/file/here"), (5, "last")];
    assert_eq!(read[..4], expected);
    assert_eq!(read[4..], [(7, "! /kept/abs/path"), (8, "#x")]);
    assert!(!rules.is_empty());
    for path in ["test1", "test2", "a/file/here", "last", "#x"] {
        assert!(rules.ignored_by(path).is_some(), "`{path}`");
    }
}

#[test]
fn a_file_without_patterns_has_no_rules() {
    for text in ["", "\u{feff}", "\n\r\n \t\n\u{a0}\n", "# a\n#b", "\u{feff}# a"] {
        assert!(IgnoreRules::from_file("f", text).unwrap().is_empty(), "{text:?}");
    }
}

#[test]
fn a_bad_line_is_named() {
    let error = IgnoreRules::from_file("f", "a\n# [\n  !\n[\n").unwrap_err();
    assert_eq!(error, IgnoreError { line: 3, pattern: "!".to_owned(), reason: Mistake::NothingToKeep });
}

#[test]
fn a_list_has_no_comments() {
    let rules = rules(&["", "#a", "# b"]);
    assert_eq!(rules.ignored_by("#a").unwrap().line(), Some(2));
    assert_eq!(rules.ignored_by("# b").unwrap().line(), Some(3));
}

#[test]
fn patterns_are_cleaned_like_paths() {
    for (written, clean) in [
        ("a", "a"),
        ("/a/", "a"),
        ("//a//b//", "a/b"),
        ("./a/./b", "a/b"),
        ("a/../b", "b"),
        ("a/..", "."),
        ("../a", "../a"),
        ("../../a/..", "../.."),
        ("/../a", "a"),
        ("/", "/"),
        (".", "."),
        ("! a", "!a"),
        ("!/a", "!a"),
        ("!./a/..//b", "!b"),
        ("!!a", "!!a"),
        ("/!a", "!a"),
        ("/ a", "a"),
        ("! / a", "! a"),
        ("a/\u{a0}", "a"),
    ] {
        assert_eq!(clean_pattern(written.trim()).as_deref(), Some(clean), "`{written}`");
    }
    assert_eq!(clean_pattern("/ /"), None);
}

#[test]
fn patterns_that_leave_the_root_match_nothing() {
    for pattern in ["/", ".", "..", "../a", "a/.."] {
        assert!(!ignores(&[pattern], "a"), "`{pattern}`");
    }
}

#[test]
fn chained_rules_come_after() {
    let file = IgnoreRules::from_file("f", "*.log").unwrap();
    let chained = file.clone().chain(rules(&["!keep.log", "tmp"]));
    assert!(chained.ignored_by("keep.log").is_none());
    assert_eq!(chained.ignored_by("a.log").unwrap().file(), Some("f"));
    assert_eq!(chained.ignored_by("tmp").unwrap().file(), None);
    assert!(rules(&["!keep.log"]).chain(file).ignored_by("keep.log").is_some());
    assert_eq!(IgnoreRules::default().chain(chained.clone()), chained);
}

#[test]
fn below_a_directory_rules_match_as_below_the_root() {
    for (text, directory, path, expected) in [
        ("dist", "dist", "a", true),
        ("/dist/", "web", "dist/a", false),
        ("dist\n!dist/keep", "dist", "keep/a", false),
        ("**/dist", "dist", "dist/a", true),
        ("dist/**", "dist", "a", true),
        ("web", "web/src", "a", true),
        ("*\n!src/*.py", "src", ".env", true),
        ("*\n!src/*.py", "src", "a.py", false),
        ("lib\nweb/src/tmp", "web/src", "tmp/a", true),
        ("**\n!src", "src", "a/b", false),
        ("**\n!src\n**/*.log", "src", "a/b.log", true),
        ("**\n!web/src", "web", "src/a", false),
        ("**\n!web/src", "web", "lib/a", true),
        ("**\n!web", "web/src", "a", false),
        ("src/a\n!src", "src", "a", true),
        ("*\n!src", "src", "a/b", false),
        ("../a", "src", "a", false),
    ] {
        let rules = IgnoreRules::from_file("f", text).unwrap().below(directory);
        assert_eq!(rules.ignored_by(path).is_some(), expected, "{text:?} below {directory}: {path}");
    }
}

#[test]
fn below_the_root_and_in_another_list_rules_stay_as_they_are() {
    let file = || IgnoreRules::from_file("f", "*.log\nsrc/a").unwrap();
    assert!(file().below(".").ignored_by("src/a").is_some());
    let moved = file().below("link").chain(rules(&["b"])).moved_to("src");
    assert!(moved.ignored_by("a").is_some());
    assert!(moved.ignored_by("b").is_some());
    let chained = file().below("src").chain(rules(&["!a", "b"]));
    assert!(chained.ignored_by("a").is_none());
    assert!(chained.ignored_by("b/c").is_some());
    assert!(chained.ignored_by("c.log").is_none());
}

#[test]
fn a_directory_is_pruned_unless_an_exception_reaches_into_it() {
    for (patterns, directory, expected) in [
        (&["a"][..], "a", true),
        (&["a"], "a/b", true),
        (&["a"], "b", false),
        (&["a/*"], "a", false),
        (&["a", "!a/keep"], "a", false),
        (&["a", "!a/keep"], "a/b", true),
        (&["a", "!b/keep"], "a", true),
        (&["a", "!a/b/c/keep"], "a/b", false),
        (&["a", "!**/keep"], "a/b", false),
        (&["a", "!b/**/keep"], "a", true),
        (&["a", "!*/keep"], "a", false),
        (&["a", "!*/keep"], "a/b", true),
        (&["!a/keep", "a"], "a", true),
        (&["a", "!a"], "a", false),
        (&["a/x", "!a/*/**"], "a/x", false),
        (&["a", "!a/**"], "a", false),
        (&["a", "!ab/c"], "a", true),
    ] {
        assert_eq!(rules(patterns).matcher().prunes(directory), expected, "{patterns:?} `{directory}`");
    }
}

/// All relative paths of up to three components, each `a` or `b`.
fn small_paths() -> Vec<String> {
    let names = ["a", "b"];
    let mut paths: Vec<String> = names.map(str::to_owned).to_vec();
    for parent in 0..6 {
        paths.extend(names.map(|name| format!("{}/{name}", paths[parent])));
    }
    paths
}

/// Asserts that all below the directories that the rules prune is ignored; says how many there are.
fn check_pruned(rules: &IgnoreRules, paths: &[String]) -> usize {
    let matcher = rules.matcher();
    let pruned = paths.iter().filter(|path| matcher.prunes(path));
    let checked = pruned.inspect(|directory| {
        let below = format!("{directory}/");
        for path in paths.iter().filter(|path| path.starts_with(&below)) {
            assert!(rules.ignored_by(path).is_some(), "{rules:?} prunes `{directory}` and keeps `{path}`");
        }
    });
    checked.count()
}

#[test]
fn nothing_below_a_pruned_directory_is_kept() {
    let patterns = "a * a/b **/a a/** */b b/[a] a/b/a !a !b !a/b !**/a !a/** !*/b !*/*/** !a/b/a !?/a/b !**a !b/*/**";
    let each: Vec<_> = patterns.split(' ').map(|pattern| rules(&[pattern])).collect();
    let paths = small_paths();
    let mut pruned = 0;
    for first in &each {
        for second in &each {
            let two = first.clone().chain(second.clone());
            pruned += each.iter().map(|third| check_pruned(&two.clone().chain(third.clone()), &paths)).sum::<usize>();
        }
    }
    assert!(pruned > 1000, "only {pruned} were pruned");
}

#[test]
fn hostile_patterns_cost_no_more_than_their_length() {
    let name = "a".repeat(4000);
    let deep = "a/".repeat(2000) + "b";
    for (pattern, path) in [
        ("a*".repeat(40) + "b", &name),
        ("*a".repeat(40) + "b", &name),
        ("[^b]*".repeat(40) + "b", &name),
        ("**/".repeat(40) + "x", &deep),
        ("**/a/".repeat(40) + "x", &deep),
        ("**/*".repeat(40) + "x", &deep),
        ("**a".repeat(40) + "x", &deep),
    ] {
        assert!(ignores(&["**", &format!("!{pattern}")], path), "`{pattern}`");
    }
    assert!(ignores(&[&("a*".repeat(40) + "a")], &name));
    assert!(ignores(&[&("**/".repeat(40) + "b")], &deep));
}

/// States are forgotten when there are too many: what was known of a path must not change the answer for the next.
#[test]
fn patterns_with_states_without_end_match_as_alone() {
    let patterns: Vec<_> = (0..300).map(|number| format!("**/{}*z{number}*", "?".repeat(number % 40))).collect();
    let many = IgnoreRules::from_patterns(&patterns).unwrap();
    let matcher = many.matcher();
    let mut ignored = 0;
    for path in (0..1000).map(|number| format!("{}z{number}a/{number}b{}", "a".repeat(number % 50), number * 7)) {
        let alone = patterns.iter().position(|pattern| ignores(&[pattern], &path)).map(|index| index + 1);
        assert_eq!(matcher.ignored_by(&path).and_then(Rule::line), alone, "{path}");
        ignored += usize::from(alone.is_some());
    }
    assert!((100..990).contains(&ignored), "{ignored}");
}
