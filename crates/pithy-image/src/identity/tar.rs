//! The tar of a source tree. Its bytes are part of the identity of images, so it is written here and not by a library
//! whose next version may write others.
//!
//! POSIX ustar; a PAX record only where ustar cannot hold a value. `./` comes first, so that a tree without entries is
//! a tar still. Directories have mode 0755, files 0644 or 0755 or the mode asked for, links 0777; owner, group and
//! times are 0; two empty blocks end it.

use super::source::{Entry, EntryKind};

const BLOCK: usize = 512;

/// The end of a tar.
pub(crate) const END: [u8; 2 * BLOCK] = [0; 2 * BLOCK];

/// The largest size that eleven octal digits hold.
const MAX_SIZE: u64 = 0o777_7777_7777;

/// The header of the tree itself.
pub(crate) fn root_header() -> Vec<u8> {
    header(&Fields { path: "./", mode: 0o755, size: 0, kind: b'5', target: "" }).to_vec()
}

/// Everything that comes before an entry's content; `mode` is that of files, if it was asked for.
pub(crate) fn entry_header(entry: &Entry, mode: Option<u32>) -> Vec<u8> {
    with_fields(entry, mode, |fields| {
        let mut out = pax(fields);
        out.extend(header(fields));
        out
    })
}

/// Bytes of [`entry_header`].
pub(crate) fn entry_header_size(entry: &Entry) -> u64 {
    with_fields(entry, None, |fields| (pax(fields).len() + BLOCK) as u64)
}

fn with_fields<T>(entry: &Entry, mode: Option<u32>, make: impl FnOnce(&Fields) -> T) -> T {
    match &entry.kind {
        EntryKind::File { executable, size, .. } => {
            let mode = mode.unwrap_or(if *executable { 0o755 } else { 0o644 });
            make(&Fields { path: &entry.path, mode, size: *size, kind: b'0', target: "" })
        }
        EntryKind::Directory => {
            make(&Fields { path: &format!("{}/", entry.path), mode: 0o755, size: 0, kind: b'5', target: "" })
        }
        EntryKind::Link { target } => make(&Fields { path: &entry.path, mode: 0o777, size: 0, kind: b'2', target }),
    }
}

/// Zeros that fill a content's last block.
pub(crate) fn padding(size: u64) -> &'static [u8] {
    let rest = usize::try_from(size % BLOCK as u64).unwrap_or_default();
    &END[..(BLOCK - rest) % BLOCK]
}

struct Fields<'a> {
    path: &'a str,
    mode: u32,
    size: u64,
    kind: u8,
    target: &'a str,
}

/// A header whose `path`, `linkpath` and `size` stand in for those that ustar cannot hold; empty if it can.
fn pax(fields: &Fields) -> Vec<u8> {
    let mut records = String::new();
    if split(fields.path).is_none() {
        records += &record("path", fields.path);
    }
    if fields.target.len() > 100 {
        records += &record("linkpath", fields.target);
    }
    if fields.size > MAX_SIZE {
        records += &record("size", &fields.size.to_string());
    }
    if records.is_empty() {
        return Vec::new();
    }
    let size = records.len() as u64;
    let mut out = header(&Fields { path: "PaxHeader", mode: 0o644, size, kind: b'x', target: "" }).to_vec();
    out.extend(records.as_bytes());
    out.extend(padding(size));
    out
}

/// `length key=value\n`, where the length counts itself.
fn record(key: &str, value: &str) -> String {
    let rest = key.len() + value.len() + 3;
    let mut length = rest;
    while length != rest + length.to_string().len() {
        length = rest + length.to_string().len();
    }
    format!("{length} {key}={value}\n")
}

/// A path as ustar's prefix and name, if it can be.
fn split(path: &str) -> Option<(&str, &str)> {
    if path.len() <= 100 {
        return Some(("", path));
    }
    let fits = |&(slash, _): &(usize, &str)| slash <= 155 && slash > 0 && (1..=100).contains(&(path.len() - slash - 1));
    path.match_indices('/').find(fits).map(|(slash, _)| (&path[..slash], &path[slash + 1..]))
}

fn header(fields: &Fields) -> [u8; BLOCK] {
    let mut block = [0; BLOCK];
    let mut put = |at: usize, bytes: &[u8]| block[at..at + bytes.len()].copy_from_slice(bytes);
    let first_100 = |text: &str| text.as_bytes()[..text.len().min(100)].to_vec();
    let (prefix, name) = split(fields.path).unwrap_or(("", fields.path));
    put(0, &first_100(name));
    put(100, &octal::<8>(u64::from(fields.mode)));
    put(108, &octal::<8>(0));
    put(116, &octal::<8>(0));
    put(124, &octal::<12>(if fields.size > MAX_SIZE { 0 } else { fields.size }));
    put(136, &octal::<12>(0));
    put(148, b"        ");
    put(156, &[fields.kind]);
    put(157, &first_100(fields.target));
    put(257, b"ustar\x0000");
    put(329, &octal::<8>(0));
    put(337, &octal::<8>(0));
    put(345, prefix.as_bytes());
    let sum = block.iter().map(|byte| u64::from(*byte)).sum();
    block[148..155].copy_from_slice(&octal::<7>(sum));
    block
}

/// Octal digits that fill a field, with a NUL at its end.
fn octal<const N: usize>(value: u64) -> [u8; N] {
    let mut field = [0; N];
    for (i, digit) in field[..N - 1].iter_mut().rev().enumerate() {
        *digit = b'0' + u8::try_from((value >> (3 * i)) & 7).unwrap_or_default();
    }
    field
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, size: u64) -> Entry {
        Entry { path: path.into(), kind: EntryKind::File { executable: false, size, sha256: [0; 32] } }
    }

    #[test]
    fn a_plain_header_is_one_block_with_a_right_checksum() {
        let bytes = entry_header(&file("bin/run", 5), Some(0o4755));
        assert_eq!(bytes.len(), BLOCK);
        assert_eq!(&bytes[..8], b"bin/run\0");
        assert_eq!(&bytes[100..108], b"0004755\0");
        assert_eq!(&bytes[124..136], b"00000000005\0");
        assert_eq!(&bytes[257..265], b"ustar\x0000");
        let stored = u64::from_str_radix(std::str::from_utf8(&bytes[148..154]).unwrap(), 8).unwrap();
        let blank: u64 = (0..BLOCK).map(|i| if (148..156).contains(&i) { 32 } else { u64::from(bytes[i]) }).sum();
        assert_eq!(stored, blank);
    }

    #[test]
    fn long_paths_are_split_and_longer_ones_get_a_pax_record() {
        let split_path = format!("{}/{}", "d".repeat(120), "f".repeat(90));
        let bytes = entry_header(&file(&split_path, 0), None);
        assert_eq!(bytes.len(), BLOCK);
        assert_eq!(&bytes[345..465], "d".repeat(120).as_bytes());
        let long_name = "n".repeat(150);
        let bytes = entry_header(&file(&long_name, 0), None);
        assert_eq!(bytes.len(), 3 * BLOCK);
        assert_eq!(bytes[156], b'x');
        assert!(bytes[BLOCK..].starts_with(format!("160 path={long_name}\n").as_bytes()));
    }

    #[test]
    fn a_record_counts_its_own_length() {
        assert_eq!(record("path", "a"), "9 path=a\n");
        for n in 80..110 {
            let record = record("path", &"x".repeat(n));
            assert_eq!(record.split(' ').next().unwrap().parse(), Ok(record.len()));
        }
    }

    #[test]
    fn sizes_beyond_eight_gibibytes_are_records() {
        let bytes = entry_header(&file("big", MAX_SIZE + 1), None);
        assert!(bytes[BLOCK..].starts_with(b"19 size=8589934592\n"));
        assert_eq!(&bytes[2 * BLOCK + 124..2 * BLOCK + 136], b"00000000000\0");
    }
}
