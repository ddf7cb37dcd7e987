//! Archives, which `ADD` unpacks.

/// What compressed files begin with: bzip2, gzip, xz, zstd. Docker looks for a tar inside; here that is taken for granted.
const COMPRESSED: [&[u8]; 4] = [b"BZh", b"\x1f\x8b\x08", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd"];

/// Whether a file that begins with these bytes is a tar or compressed; of a tar, 512 are needed.
pub(crate) fn is_archive(head: &[u8]) -> bool {
    COMPRESSED.iter().any(|magic| head.starts_with(magic)) || is_tar(head)
}

/// Whether the first block is a header of a tar, also of one from before there was a magic word: its checksum is right.
fn is_tar(head: &[u8]) -> bool {
    let Some(block) = head.get(..512) else { return false };
    let digits = &block[148..156];
    let digits: String = digits.iter().map(|digit| char::from(*digit)).filter(char::is_ascii_digit).collect();
    let sum: u64 =
        block.iter().enumerate().map(|(at, byte)| if (148..156).contains(&at) { 32 } else { u64::from(*byte) }).sum();
    u64::from_str_radix(&digits, 8) == Ok(sum)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::root_header;

    #[test]
    fn tars_and_compressed_files_are_archives() {
        let mut tar = root_header();
        assert!(is_archive(&tar) && is_archive(&tar.repeat(8)) && !is_archive(&tar[..511]));
        tar[0] = b'x';
        assert!(!is_archive(&tar));
        assert!(is_archive(b"\x1f\x8b\x08\0") && is_archive(b"\x28\xb5\x2f\xfd") && is_archive(b"BZh9"));
        assert!(
            !is_archive(b"") && !is_archive(b"PK\x03\x04") && !is_archive(&[0; 512]) && !is_archive(b"#!/bin/sh\n")
        );
    }
}
