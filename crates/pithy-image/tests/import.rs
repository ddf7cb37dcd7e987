//! Images that begin with a Dockerfile.

use pithy_image::reader::{Node, NodeKind, Progress, Reader, poll_ready, resolve};
use pithy_image::{Image, Problems};
use std::collections::BTreeMap;

/// A root in memory: files by path; a target after `->` for a link.
struct Memory(BTreeMap<String, String>);

impl Reader for Memory {
    fn root(&self) -> Option<String> {
        None
    }
    async fn list(&self, directory: &str) -> Result<Vec<Node>, String> {
        let prefix = if directory == "." { String::new() } else { format!("{directory}/") };
        let mut nodes: BTreeMap<String, NodeKind> = BTreeMap::new();
        for (path, content) in &self.0 {
            let Some(rest) = path.strip_prefix(&prefix) else { continue };
            match rest.split_once('/') {
                Some((name, _)) => {
                    nodes.insert(name.to_owned(), NodeKind::Directory);
                }
                None => {
                    nodes.insert(
                        rest.to_owned(),
                        match content.strip_prefix("->") {
                            Some(target) => NodeKind::Link { target: target.to_owned() },
                            None => NodeKind::File { size: content.len() as u64, executable: Some(false) },
                        },
                    );
                }
            }
        }
        Ok(nodes.into_iter().map(|(name, kind)| Node { name, kind }).collect())
    }
    async fn read(&self, file: &str, offset: u64) -> Result<Vec<u8>, String> {
        Ok(self.0.get(file).ok_or("gone")?.as_bytes()[offset as usize..].to_vec())
    }
    fn report(&self, _: Progress) {}
    fn is_cancelled(&self) -> bool {
        false
    }
}

fn resolved(image: &Image, files: &[(&str, &str)]) -> Result<pithy_image::Resolved, Problems> {
    let files = Memory(files.iter().map(|(a, b)| (a.to_string(), b.to_string())).collect());
    poll_ready(resolve(image.recipe()?, &files)).map(|read| read.resolved)
}

#[test]
fn try_it() {
    let show = |text: &str, extra: &[(&str, &str)]| {
        let mut files = vec![
            ("d/Dockerfile", text),
            ("d/a.txt", "a"),
            ("d/b.txt", "b"),
            ("d/src/x", "x"),
            ("d/src/sub/y", "y"),
            ("d/l", "->src/x"),
            ("d/a b", "ab"),
            ("top", "t"),
            ("d/x.tar", "\u{1f}\u{8b}"),
        ];
        files.extend(extra);
        match resolved(&Image::from_dockerfile("d/Dockerfile").user("me"), &files) {
            Ok(r) => {
                println!("{}---", r.dockerfile);
                for c in &r.contexts {
                    println!(
                        "  {} {:?}",
                        c.archive_path,
                        c.entries.iter().map(|e| e.path.as_str()).collect::<Vec<_>>()
                    );
                }
                for f in &r.findings {
                    println!("  finding {}", f.message);
                }
            }
            Err(p) => println!("ERR {p:#?}"),
        }
    };
    show("# syntax=x\n\n# c\nFROM a\n  copy a.txt /x\nCOPY --chown=me [\"a b\", \"src\", \"/y/\"]", &[]);
    show(
        "ARG V=src\nFROM a AS one\nARG V\nCOPY $V /x\nFROM b\nCOPY --from=0 /x /x\nCOPY *.txt l ./\nRUN --mount=type=bind,target=/m,source=src --mount=target=/n id # x\nADD a.txt src x.ta? /z/\n",
        &[],
    );
    show("FROM a AS one\nCOPY nope /\nFROM b as two\nCOPY . .\n", &[("d/.dockerignore", "src\n!src/sub")]);
    show("FROM b\nCOPY top /\nCOPY ../top /\nCOPY $HOME/x /\nFOO x\n", &[]);
    show("FROM b\nCOPY top /\nCOPY ../top /\nCOPY $HOME/x /\n", &[]);
    show("FROM b\nCOPY top /\nRUN x", &[]);
    show("FROM b\nRUN x \\", &[]);
}
