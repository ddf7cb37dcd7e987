"""Compares the parser with BuildKit's own, which the package `dockerfile` of PyPI holds.

    node scripts/tools.mjs buildkit && python3 tests/dockerfiles/oracle.py [seed [count]]

All cases of this directory are compared, and as many generated Dockerfiles. The package has BuildKit 0.12; what BuildKit has
changed since is listed here, and nothing else may differ.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).parent
TOP = HERE.parent.parent
sys.path.insert(0, str(TOP / "target/tools/buildkit"))

import dockerfile  # noqa: E402
from generate import KEYWORDS, dockerfiles  # noqa: E402

# What newer versions of BuildKit read otherwise, as an expression that finds it.
CHANGES = {
    "text after a JSON array makes it the shell form": r"\[(.|\n)*\].*\S",
    "blanks may stand between `<<` and the name": r"<<-?(\\|`|\s)",
    "the escape character of the file counts in flags": r"(?i)escape\s*=\s*`(.|\n)*--.*[`\\]",
    "`${x#…}`, and braces in the name of a heredoc": r"<<(.|\n)*\$\{",
    "a no-break space may stand before the name of a directive": r"#\u00a0",
}

# BuildKit looks for blanks byte by byte in flags and in the type of a HEALTHCHECK.
CUT = "a character is cut in two at a byte that is a blank in Latin-1"


def cases():
    """The Dockerfiles of this directory by name."""
    for path in sorted(HERE.glob("*.txt")):
        topic = path.read_bytes().decode().split("=== ", 1)[1].rstrip("\n") + "\n"
        for case in topic.split("\n=== "):
            name, rest = (case + "\n").split("\n", 1)
            text = rest.split("---\n")[0]
            if "[no newline]" in name:
                text = text[:-1]
            if "[CRLF]" in name:
                text = text.replace("\n", "\r\n")
            if "[BOM]" in name:
                text = "\ufeff" + text
            yield f"{path.stem}: {name}", text


def ours(texts):
    """What our parser says of Dockerfiles."""
    command = ["cargo", "run", "--quiet", "--locked", "--package", "pithy-image-dockerfile", "--example", "commands"]
    lines = "".join(text.encode().hex() + "\n" for text in texts)
    out = subprocess.run(command, input=lines, stdout=subprocess.PIPE, text=True, check=True, cwd=TOP).stdout
    results = [json.loads(line) for line in out.split("\n")[:-1]]
    assert len(results) == len(texts)
    return [result["syntax"] or [shape(command, heredocs(command)) for command in result["commands"]] for result in results]


def heredocs(command):
    """The lines of heredocs, as the package has them; it has none for what ONBUILD is for."""
    lines = "".join(f"{body}{name}\n" for name, body, *_ in command["heredocs"])
    return "" if command["sub_cmd"] else lines


def shape(command, heredocs):
    """What is compared of a command."""
    # BuildKit reads on after `ONBUILD ONBUILD`; here it is just an error.
    compared = ("flags",) if command["sub_cmd"] == "onbuild" else ("flags", "json", "value")
    places = ("cmd", "sub_cmd", "start_line", "end_line")
    return {**{key: command[key] for key in places + compared}, "heredocs": heredocs}


def theirs(text):
    """What BuildKit's parser says of a Dockerfile."""
    try:
        parsed = dockerfile.parse_string(text)
    except dockerfile.GoParseError as error:
        return str(error)
    except UnicodeDecodeError:
        return CUT
    return [their_shape(command) for command in parsed]


def their_shape(command):
    """The package has None for what is empty."""
    values = {key: getattr(command, key) for key in ("json", "start_line", "end_line")}
    names = {"cmd": (command.cmd or "").lower(), "sub_cmd": command.sub_cmd and command.sub_cmd.lower()}
    lists = {"flags": list(command.flags), "value": [value or "" for value in command.value]}
    return shape({**values, **names, **lists}, (command.original or "").partition("\n")[2])


def explained(text):
    return next((change for change, expression in CHANGES.items() if re.search(expression, text)), None)


def main():
    seed, count = (int(argument) for argument in (*sys.argv[1:], *("1", "20000")[len(sys.argv) - 1 :]))
    written = list(cases())
    generated = [(f"seed {seed}", text) for text in dockerfiles(seed, count) if text]
    texts = [text for _, text in written + generated]
    wrong, changed = [], dict.fromkeys([*CHANGES, CUT], 0)
    for i, ((name, text), our) in enumerate(zip(written + generated, ours(texts), strict=True)):
        their = theirs(text)
        change = CUT if their == CUT else explained(text)
        is_right = our == their if i >= len(written) else (our == their) != ("[newer]" in name)
        if not is_right and (i < len(written) or not change):
            wrong.append((name, text, our, their))
        elif not is_right:
            changed[change] += 1
    for name, text, our, their in wrong[:5]:
        print(f"{name}\n{text!r}\nours:   {our}\ntheirs: {their}\n")
    print(f"{len(written)} written and {len(generated)} generated Dockerfiles, of which BuildKit 0.12 reads otherwise:")
    for change, times in changed.items():
        print(f"  {times}: {change}")
    print(f"{len(texts) - len(wrong)} passed, {len(wrong)} failed")
    sys.exit(bool(wrong))


main()
