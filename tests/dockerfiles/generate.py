"""Dockerfiles made by chance, of pieces that a parser may stumble over. The same seed makes the same ones."""

import random

KEYWORDS = "ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL MAINTAINER ONBUILD RUN SHELL STOPSIGNAL USER VOLUME WORKDIR".split()
FLAGS = (
    "--from=build --from= --from --chown=1:1 --chmod=755 --link --link=false --link=maybe --parents --exclude=*.md --mount=type=bind,source=a,target=/a "
    '--mount=type=cache,"target=/b,c" --mount=from=$X --mount= --mount=a"b --network=none --network=odd --security=insecure --platform=linux/arm64 '
    "--checksum=sha256:ab --keep-git-dir=true --interval=5s --timeout=0.1ms --retries=-1 --retries=x --start-period=1d --start-interval=1m "
    "--unknown --form=x --device=a,b --device=required,name=x -- --a=\"b c\" --a='d e' --a=b\\ c --a=`b --unpack"
).split(" ")
PIECES = [
    " ", " ", "  ", "\t", "\\", "\\\n", "\\\n", "\\ \n", "`\n", "\n", "\n", "\n\n", "\r\n", "# comment\n", "#\\\n", "\\\n# in between\n", "\\\n\n",
    '"', "'", '"a b"', "'a b'", "$X", "${X}", "${X:-y}", "${X:+'z'}", "$", "${", "}", "=", "a=b", 'c="d e"', "f='g'", "h=\\ i", "=x", "a", "b c", "/dest/", ".",
    "[", "]", ",", '["a", "b"]', '["a\\u0041"]', "['a']", '["a", 1]', '[]', '["a"', '[["a"]]', '[{"a": [1, -2.5e3, null]}]', "[1]", '["\\ud83d\\ude00\\ud83d"]',
    "<<EOF", "<<-EOF", "<<'EOF'", '<<"E F"', "3<<EOF", "<<E<<F", "<<<EOF", "<<", "<<$X", "<<\\EOF", "\nEOF\n", "\n\tEOF\n", "EOF", "\nE F\n", "AS", "as", "NONE", "CMD",
    "none", "x:1", "build", "Build_1", "1st", "é", "\u2003", "\u00a0", "\v", "\f", "\r", "#", "--", "-", "a:b", "80/tcp", "\ufeff", "`", "\\\\", "\\\\\n", "😀", "\u0085",
]
HEADS = ["", "", "", "", "# escape=`\n", "#escape = \\\n", "# syntax=docker/dockerfile:1\n", "# comment\n", "\n", "# Escape=`\n", "# escape=x\n", " # escape=`\n", "#\n",
         "# syntax=a\n# escape=`\n", "# escape=`\n# escape=`\n", "# unknown=1\n# escape=`\n", "\ufeff", "\ufeff# escape=`\n", "#syntax=\n", "#escape=` \n", "#\u00a0escape=`\n"]


def line(rng):
    word = rng.choice(KEYWORDS)
    if rng.random() < 0.1:
        word = rng.choice([word.lower(), word[:-1], word + "X", word.capitalize(), "FOO", "ONBUILD " + word, "ONBUILD ONBUILD"])
    out = [rng.choice(["", "", "", " ", "\t"]), word, rng.choice([" ", " ", " ", "  ", "\t", "", " \\\n", "\\\n"])]
    for _ in range(rng.choice([0, 0, 0, 1, 1, 2])):
        out += [rng.choice(FLAGS), rng.choice([" ", " ", " ", "  ", " \\\n  ", ""])]
    for _ in range(rng.randrange(7)):
        out += [rng.choice(PIECES), rng.choice(["", " ", " "])]
    return "".join(out) + rng.choice(["\n", "\n", "\n", "\n", "", "\r\n", "\\"])


def dockerfiles(seed, count):
    rng = random.Random(seed)
    for _ in range(count):
        head = rng.choice(HEADS) + rng.choice(["FROM a\n", "FROM a\n", "FROM a\n", ""])
        yield head + "".join(line(rng) for _ in range(rng.randrange(1, 4)))
