//! Reads files in their order by several threads, ahead of the one that takes their bytes.
//!
//! ```text
//!  reader threads: one unit after another, each to a channel of its own
//!       │ the channels, in the order of the units
//!       v
//!  this thread: takes the bytes of one unit after another
//! ```
//!
//! A unit is a few small files, or a large one. As many units are read ahead as the channel of channels holds, and of each as much
//! as its own channel: memory does not depend on the files.

use std::mem;
use std::ops::Range;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;

use pithy_image::reader::{FileToRead, Hashed, Part, Reader as _, runs};

use super::{CHUNK, Disk, processors, reason};

/// Units that are read ahead.
const UNITS: usize = 4;

/// Blocks of a unit that are read ahead.
const BLOCKS: usize = 4;

/// Files in a unit.
const FILES: usize = 128;

/// Threads that read: they share what is to be done with a file about equally with the thread that takes its bytes.
const READERS: usize = 2;

/// Gives the parts of files to `take`, in order, until it returns false or the work is cancelled.
pub(super) fn read_in_order(disk: &Disk, files: &[FileToRead], take: &mut dyn FnMut(Part<'_>) -> bool) {
    let bytes: u64 = files.iter().map(|file| file.size).sum();
    // For little work, starting threads takes longer.
    let is_little = bytes <= CHUNK as u64 && files.len() <= FILES / 4;
    if is_little || processors() == 1 || !read_ahead(disk, files, take) {
        one_by_one(disk, files, take);
    }
}

/// Returns whether there was a thread to read.
fn read_ahead(disk: &Disk, files: &[FileToRead], take: &mut dyn FnMut(Part<'_>) -> bool) -> bool {
    let units = Mutex::new(runs(files, FILES, CHUNK as u64));
    let (sender, channels) = sync_channel(UNITS);
    thread::scope(|scope| {
        let start = |_: &usize| {
            let (units, sender) = (&units, sender.clone());
            thread::Builder::new().spawn_scoped(scope, move || read_units(disk, units, &sender)).is_ok()
        };
        let readers = (0..READERS).filter(start).count();
        drop(sender);
        let _ = channels.into_iter().flatten().all(|block: Block| block.give(take));
        readers > 0
    })
}

/// Reads units until there are no more, or nobody takes them.
fn read_units<'a>(
    disk: &Disk,
    units: &Mutex<impl Iterator<Item = &'a [FileToRead<'a>]>>,
    channels: &SyncSender<Receiver<Block>>,
) {
    let mut buffer = Vec::new();
    while let Some((unit, blocks)) = next_unit(units, channels)
        && !disk.is_cancelled()
    {
        let mut sending = Sending { block: Block::default(), blocks };
        for file in unit {
            let read = disk.read_whole(file, &mut buffer, &mut |bytes| sending.add(bytes));
            sending.block.parts.push(BlockPart::End(read.map_err(|error| reason(&error))));
        }
        sending.send();
    }
}

/// A unit, and the channel for its blocks. The channels are in the order of the units, which only one thread at a time takes.
fn next_unit<'a>(
    units: &Mutex<impl Iterator<Item = &'a [FileToRead<'a>]>>,
    channels: &SyncSender<Receiver<Block>>,
) -> Option<(&'a [FileToRead<'a>], SyncSender<Block>)> {
    let mut units = units.lock().unwrap_or_else(PoisonError::into_inner);
    let unit = units.next()?;
    let (sender, receiver) = sync_channel(BLOCKS);
    channels.send(receiver).ok()?;
    Some((unit, sender))
}

/// Bytes that were read, and to which files they belong.
#[derive(Default)]
struct Block {
    bytes: Vec<u8>,
    parts: Vec<BlockPart>,
}

enum BlockPart {
    Bytes(Range<usize>),
    End(Result<Hashed, String>),
}

impl Block {
    fn give(self, take: &mut dyn FnMut(Part<'_>) -> bool) -> bool {
        self.parts.into_iter().all(|part| match part {
            BlockPart::Bytes(range) => take(Part::Bytes(&self.bytes[range])),
            BlockPart::End(end) => take(Part::End(end)),
        })
    }
}

/// A block that is filled, and where it goes.
struct Sending {
    block: Block,
    blocks: SyncSender<Block>,
}

impl Sending {
    /// Returns whether somebody takes them.
    fn add(&mut self, bytes: &[u8]) -> bool {
        let start = self.block.bytes.len();
        self.block.bytes.extend_from_slice(bytes);
        self.block.parts.push(BlockPart::Bytes(start..self.block.bytes.len()));
        self.block.bytes.len() < CHUNK || self.send()
    }

    fn send(&mut self) -> bool {
        self.blocks.send(mem::take(&mut self.block)).is_ok()
    }
}

fn one_by_one(disk: &Disk, files: &[FileToRead], take: &mut dyn FnMut(Part<'_>) -> bool) {
    let mut buffer = Vec::new();
    for file in files {
        let mut goes_on = true;
        let read = disk.read_whole(file, &mut buffer, &mut |bytes| {
            goes_on = take(Part::Bytes(bytes));
            goes_on
        });
        if !goes_on || disk.is_cancelled() || !take(Part::End(read.map_err(|error| reason(&error)))) {
            return;
        }
    }
}
