//! What JavaScript sees of an image with many contexts: so many that looking through all of them for each would take minutes.

#![allow(clippy::unwrap_used, reason = "a test fails by a panic")]

use pithy_image::Image;
use pithy_image::wire::ResolvedImage;

const MANY: usize = 60_000;

#[test]
fn many_contexts_have_the_steps_that_they_are_for_and_many_sources_their_parts() {
    let image = Image::base("debian:12").add_file("/a", "a", None);
    let mut resolved = image.recipe().unwrap().resolve(&[]).unwrap();
    resolved.contexts = vec![resolved.contexts[0].clone(); MANY];
    resolved.placements = vec![resolved.placements[0].clone(); MANY];
    for (index, placement) in resolved.placements.iter_mut().enumerate() {
        placement.context = index;
        placement.source = Some(format!("{index:05}"));
        placement.step = format!("/steps/{index}");
    }
    let described = ResolvedImage::new(&resolved, None);
    let steps = described.contexts.iter().map(|context| context.steps.as_slice());
    assert!(steps.eq((0..MANY).map(|index| [format!("/steps/{index}")])));
    let paths = described.sources.iter().map(|source| source.path.as_str());
    assert!(paths.eq(resolved.placements.iter().filter_map(|placement| placement.source.as_deref())));
}

#[test]
fn a_source_of_which_steps_take_many_parts_has_each_once() {
    let image = Image::base("debian:12").add_file("/a", "a", None);
    let mut resolved = image.recipe().unwrap().resolve(&[]).unwrap();
    resolved.contexts = vec![resolved.contexts[0].clone(); MANY];
    resolved.placements = vec![resolved.placements[0].clone(); MANY];
    for (index, context) in resolved.contexts.iter_mut().enumerate() {
        context.archive_path = format!("ctx/{:032}/a", index / 2);
        context.source_digest[..4].copy_from_slice(&u32::try_from(index / 2).unwrap().to_be_bytes());
        resolved.placements[index].context = index;
        resolved.placements[index].source = Some("app".to_owned());
    }
    let described = ResolvedImage::new(&resolved, None);
    assert_eq!(described.sources.len(), 1);
    assert_eq!(described.sources[0].size, MANY as u64 / 2);
}
