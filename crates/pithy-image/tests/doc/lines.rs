// The hidden part of the examples of `Image`: `lines` are those of an image's Dockerfile, with `<digest>` for the digest
// of a source. Every source is there; a directory has one file in it.
use pithy_image::{Entry, EntryKind, Image, Recipe, SourceKind, Texts};
use sha2::{Digest as _, Sha256};

pub fn lines(image: &Image) -> Vec<String> {
    let recipe = read(image.recipe().unwrap());
    let listings: Vec<_> = recipe
        .sources()
        .map(|source| {
            let path = if source.kind == SourceKind::File { source.path.clone() } else { "main.py".to_owned() };
            let sha256 = Sha256::digest(content(&path).unwrap_or_default()).into();
            vec![Entry { path, kind: EntryKind::File { executable: false, size: 1, sha256 } }].into()
        })
        .collect();
    let resolved = recipe.resolve(&listings).unwrap();
    let digests = resolved.contexts.iter().filter_map(|context| context.archive_path.split('/').nth(1));
    let dockerfile = digests.fold(resolved.dockerfile.clone(), |text, digest| text.replace(digest, "<digest>"));
    dockerfile.lines().map(str::to_owned).collect()
}

fn read(recipe: Recipe) -> Recipe {
    if recipe.unread().is_empty() {
        return recipe;
    }
    let texts = recipe.unread().iter().map(|file| (file.path.clone(), content(&file.path)));
    let texts = Texts::from_iter(texts);
    recipe.with_texts(texts).unwrap()
}

/// What the files hold that decide what an image is.
fn content(path: &str) -> Option<Vec<u8>> {
    match path {
        "Dockerfile" => Some(b"# mine\nFROM node:22-slim\nCOPY --chmod=755 main.py /app/\n".to_vec()),
        "requirements.txt" => Some(b"flask\n".to_vec()),
        "pyproject.toml" => {
            let project =
                "[project]\nname = 'a'\ndependencies = ['httpx']\noptional-dependencies = { dev = ['pytest'] }\n";
            Some(project.into())
        }
        _ => None,
    }
}
