//! Checks that a file is one picture from its first byte to its last.
//!
//! Decoders are lenient: they fill the missing part of a truncated JPEG with gray, and ignore data behind the end.
//! Such data is often a second file, for example a script or an archive. The stored picture is encoded again in any
//! case; this check refuses files that no honest program writes.

use std::io::{BufRead, ErrorKind, Read, Result, Seek, SeekFrom};

use crate::model::avatar::AvatarFormat;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Envelope {
    Whole,
    /// The file ends too early, or its parts are inconsistent.
    Broken,
    /// Other data follows the picture.
    Trailed,
}

/// Reads through the parts of a file from its start, without decoding them.
///
/// # Errors
/// The file cannot be read. A file that ends too early is [`Envelope::Broken`] instead.
pub fn check<R: BufRead + Seek>(file: &mut R, format: AvatarFormat) -> Result<Envelope> {
    let length = file.seek(SeekFrom::End(0))?;
    file.seek(SeekFrom::Start(0))?;
    let end = match format {
        AvatarFormat::Png => png(file),
        AvatarFormat::Jpeg => jpeg(file),
        AvatarFormat::Webp => webp(file),
        AvatarFormat::Gif => gif(file),
    };
    match end {
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(Envelope::Broken),
        Err(error) => Err(error),
        Ok(false) => Ok(Envelope::Broken),
        Ok(true) => {
            let end = file.stream_position()?;
            // Phones append a video or a depth map to a JPEG. That is accepted and dropped.
            Ok(if end > length {
                Envelope::Broken
            } else if end < length && format != AvatarFormat::Jpeg {
                Envelope::Trailed
            } else {
                Envelope::Whole
            })
        }
    }
}

fn bytes<const N: usize>(file: &mut impl Read) -> Result<[u8; N]> {
    let mut buffer = [0; N];
    file.read_exact(&mut buffer)?;
    Ok(buffer)
}

fn skip(file: &mut impl Seek, count: u64) -> Result<()> {
    file.seek_relative(count.cast_signed())
}

/// PNG §5: a signature, then chunks (length, type, data, CRC) until `IEND`.
fn png(file: &mut (impl BufRead + Seek)) -> Result<bool> {
    skip(file, 8)?;
    loop {
        let length = u32::from_be_bytes(bytes(file)?);
        let kind: [u8; 4] = bytes(file)?;
        if length > i32::MAX.cast_unsigned() {
            return Ok(false);
        }
        skip(file, u64::from(length) + 4)?;
        if kind == *b"IEND" {
            return Ok(true);
        }
    }
}

/// The size of a RIFF file is in its header; an odd one is padded (WebP container specification).
fn webp(file: &mut (impl BufRead + Seek)) -> Result<bool> {
    skip(file, 4)?;
    let size = u32::from_le_bytes(bytes(file)?);
    skip(file, u64::from(size) + u64::from(size % 2))?;
    Ok(true)
}

/// GIF89a §17–27: a header, an optional color table, then blocks until the trailer.
fn gif(file: &mut (impl BufRead + Seek)) -> Result<bool> {
    skip(file, 10)?;
    let [flags, _, _] = bytes(file)?;
    skip(file, colours(flags))?;
    loop {
        match bytes(file)? {
            [0x3b] => return Ok(true),
            // An extension: its label, then its parts.
            [0x21] => skip(file, 1)?,
            [0x2c] => {
                let [.., flags]: [u8; 9] = bytes(file)?;
                // The color table, and the code size before the parts.
                skip(file, colours(flags) + 1)?;
            }
            _ => return Ok(false),
        }
        loop {
            let [length] = bytes(file)?;
            if length == 0 {
                break;
            }
            skip(file, u64::from(length))?;
        }
    }
}

/// The length of the color table that these flags declare.
const fn colours(flags: u8) -> u64 {
    if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) }
}

/// JPEG (ITU-T T.81 §B.1): markers with their segments, until the end of the image.
fn jpeg(file: &mut (impl BufRead + Seek)) -> Result<bool> {
    skip(file, 2)?;
    let mut marker = next_marker(file)?;
    loop {
        match marker {
            0xd9 => return Ok(true),
            // A second start of image, where no second picture is allowed.
            0xd8 => return Ok(false),
            // Markers without a segment: restart markers and private ones.
            0x01 | 0xd0..=0xd7 => {}
            _ => {
                let length = u16::from_be_bytes(bytes(file)?);
                if length < 2 {
                    return Ok(false);
                }
                skip(file, u64::from(length) - 2)?;
            }
        }
        marker = next_marker(file)?;
    }
}

/// Skips compressed data, in which `ff 00` is not a marker. Any number of `ff` may precede a marker.
fn next_marker(file: &mut impl BufRead) -> Result<u8> {
    loop {
        let skipped = file.skip_until(0xff)?;
        if skipped == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        let mut marker = 0xff;
        while marker == 0xff {
            [marker] = bytes(file)?;
        }
        if marker != 0 {
            return Ok(marker);
        }
    }
}
