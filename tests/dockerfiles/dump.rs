//! A tree in a compact form, for people to read: an instruction a line, with what belongs to it indented.

use std::fmt::Write;

use pithy_image_dockerfile::{Dockerfile, Flag, Form, Instruction, Unfinished, Word};

/// A text in the quotes of JSON.
pub fn quoted(text: &str) -> String {
    let mut out = String::from('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\0'..='\u{1f}' => write!(out, "\\u{:04x}", u32::from(c)).unwrap(),
            _ => out.push(c),
        }
    }
    out + "\""
}

/// The whole tree.
pub fn dump(read: &Dockerfile) -> String {
    let mut out = String::new();
    for directive in &read.directives {
        let line = read.line(directive.span.start);
        writeln!(out, "{line} # {}={}", directive.name, quoted(&directive.value)).unwrap();
    }
    for instruction in &read.instructions {
        match read.lines(instruction.span) {
            (first, last) if first == last => write!(out, "{first} ").unwrap(),
            (first, last) => write!(out, "{first}-{last} ").unwrap(),
        }
        write_instruction(&mut out, read, instruction);
    }
    for error in &read.errors {
        writeln!(out, "error {:?} {}: {}", error.code, error.line, error.message).unwrap();
    }
    for warning in &read.warnings {
        writeln!(out, "warning {}: {}", warning.line, warning.message).unwrap();
    }
    match read.end.unfinished {
        Some(Unfinished::Continuation) => out.push_str("ends in a continuation\n"),
        Some(Unfinished::Heredoc) => out.push_str("ends in a heredoc\n"),
        None => {}
    }
    out
}

fn write_instruction(out: &mut String, read: &Dockerfile, instruction: &Instruction) {
    out.push_str(&instruction.name.value);
    for flag in &instruction.flags {
        write!(out, " --{}", flag.name).unwrap();
        if let Some(value) = &flag.value {
            write!(out, "={}", quoted(value)).unwrap();
        }
    }
    if let Some(trigger) = &instruction.trigger {
        out.push_str(" > ");
        write_instruction(out, read, trigger);
    } else {
        write_arguments(out, instruction);
    }
    for mount in instruction.flags.iter().filter_map(mount) {
        writeln!(out, "    mount {mount}").unwrap();
    }
    for heredoc in &instruction.heredocs {
        let words = [(heredoc.expand, "expand "), (heredoc.chomp, "chomp ")];
        let words: String = words.iter().filter(|(is, _)| *is).map(|(_, word)| *word).collect();
        let fd = if heredoc.fd == 0 { String::new() } else { heredoc.fd.to_string() };
        let name = quoted(&heredoc.name);
        writeln!(out, "    {fd}<<{name} {words}{}", quoted(&heredoc.content(read.text()))).unwrap();
    }
}

fn write_arguments(out: &mut String, instruction: &Instruction) {
    let words: Vec<String> = [String::new()].into_iter().chain(instruction.words.iter().map(quoted_word)).collect();
    let words = words.join(" ");
    match instruction.form {
        Form::Json => out.extend([" json", &words]),
        Form::Words => out.extend([" words", &words]),
        Form::Line => out.push_str(&words),
        Form::Pairs => {}
    }
    for pair in &instruction.pairs {
        let name = quoted(&pair.name.value);
        match &pair.value {
            Some(value) => {
                let between = if pair.is_legacy { " then " } else { "=" };
                write!(out, " {name}{between}{}", quoted(&value.value)).unwrap();
            }
            None => write!(out, " {name}").unwrap(),
        }
    }
    out.push('\n');
}

fn quoted_word(word: &Word) -> String {
    quoted(&word.value)
}

fn mount(flag: &Flag) -> Option<String> {
    let fields = flag.mount.as_ref()?.fields.iter().map(|field| match &field.value {
        Some(value) => format!("{}={}", field.key, quoted(value)),
        None => field.key.clone(),
    });
    Some(fields.collect::<Vec<_>>().join(" "))
}
