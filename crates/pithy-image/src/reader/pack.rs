//! Writes the contexts of an image to wherever they are kept.

use super::{Files, Progress, Reader};
use crate::context::Context;
use crate::normal_form::{LocalSource, SourceKind};
use crate::problem::{Code, Problem};
use crate::wire::Answer;

/// A place for packed contexts.
pub trait Sink {
    /// Why it cannot take a context.
    type Error;

    /// Where the contexts are kept, as a path below this root with `/` and every link followed; none if that is elsewhere.
    ///
    /// # Errors
    ///
    /// A place that cannot be used.
    fn below(&mut self, root: &str) -> Result<Option<String>, Self::Error>;

    /// Begins a context. Returns whether its bytes are needed; if they are, they follow.
    ///
    /// # Errors
    ///
    /// A place that cannot be used.
    fn begin(&mut self, context: &Context) -> Result<bool, Self::Error>;

    /// Takes the next bytes of the context.
    ///
    /// # Errors
    ///
    /// A place that cannot be written.
    fn write(&mut self, bytes: &[u8]) -> Result<(), Self::Error>;

    /// Ends a context whose bytes were needed: they are complete, and those that were resolved.
    ///
    /// # Errors
    ///
    /// A place that cannot be written.
    fn end(&mut self) -> Result<(), Self::Error> {
        Ok(())
    }
}

/// Why contexts could not be packed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PackError<E> {
    /// The sources are to blame, or the work was cancelled.
    Source(Problem),
    /// The sink is to blame.
    Sink(E),
}

impl<E> PackError<E> {
    /// The problem as JavaScript gets it.
    ///
    /// # Errors
    ///
    /// What the sink returned.
    pub fn answer(self) -> Result<Answer<()>, E> {
        match self {
            Self::Source(problem) => Ok(Answer::Problems(problem.into())),
            Self::Sink(error) => Err(error),
        }
    }
}

impl<E> From<Problem> for PackError<E> {
    fn from(problem: Problem) -> Self {
        Self::Source(problem)
    }
}

/// Writes contexts to a sink.
///
/// # Errors
///
/// A source that is no longer what was resolved; a sink within a source, which would change it each time; cancellation;
/// whatever the sink returns.
pub async fn pack<S: Sink>(
    contexts: &[Context],
    reader: &impl Reader,
    sink: &mut S,
) -> Result<(), PackError<S::Error>> {
    let files = Files::new(reader);
    files.refuse_inside(contexts, sink).await?;
    let mut progress = Progress::of_contexts(contexts);
    for context in contexts {
        if sink.begin(context).map_err(PackError::Sink)? {
            files.write(context, &mut progress, &mut |bytes| sink.write(bytes)).await?;
            sink.end().map_err(PackError::Sink)?;
        } else {
            progress.skip(context);
        }
    }
    reader.report(progress);
    Ok(())
}

impl<R: Reader> Files<'_, R> {
    /// Refuses a sink that lies within a source, which would change with everything that is packed, unless a rule leaves it out.
    async fn refuse_inside<S: Sink>(&self, contexts: &[Context], sink: &mut S) -> Result<(), PackError<S::Error>> {
        let Some(root) = &self.root else { return Ok(()) };
        for source in contexts.iter().filter_map(|context| context.source.as_ref()) {
            if source.kind == SourceKind::File {
                continue;
            }
            let Some(cache) = sink.below(root).map_err(PackError::Sink)? else { return Ok(()) };
            let real = self.locate_again(source).await?;
            if source.takes(&real, &cache) {
                return Err(cache_inside(source, &cache).into());
            }
        }
        Ok(())
    }
}

fn cache_inside(LocalSource { path, pointer, .. }: &LocalSource, cache: &str) -> Problem {
    let message = format!("The context cache, `{cache}` below the root, lies in `{path}`, which is to be packed.");
    let hint = "Set `PITHY_IMAGE_CACHE` to a directory outside, or leave the cache out with `exclude`.";
    Problem::new(Code::CacheUnusable, pointer, message, hint)
}
