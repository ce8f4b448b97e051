//! Uploaded pictures: recognized by their bytes, decoded within limits and encoded again, so that nothing of the upload
//! but its pixels is stored or served.
//!
//! The result has no metadata (no location, no camera, no comment), is upright, and has at most [`SIDE`] pixels in each
//! direction.

mod envelope;
pub mod qr;

use std::io::{BufRead, Cursor, Read, Seek, SeekFrom};

use aws_lc_rs::digest::{SHA256, digest};
use image::codecs::jpeg::JpegEncoder;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits};

use crate::model::avatar::{AvatarFormat, Digest};
use envelope::Envelope;

/// The longest side of a stored picture, in pixels.
pub const SIDE: u32 = 512;
/// The number of bytes that [`recognise`] needs at most.
const HEAD: usize = 64;
/// The bytes of a decoded picture, whatever `avatars.max_side` is: a photograph of 50 megapixels.
const MAX_DECODED: u64 = 160 << 20;
/// The memory that one decoder may allocate in bytes, the decoded picture included.
const MAX_MEMORY: u64 = 2 * MAX_DECODED;
/// Visually the same as the best quality at a tenth of the size.
const JPEG_QUALITY: u8 = 85;

/// A picture as it is stored.
#[derive(Clone, Debug)]
pub struct AvatarImage {
    pub format: AvatarFormat,
    pub bytes: Vec<u8>,
    /// In pixels.
    pub width: u32,
    pub height: u32,
    pub digest: Digest,
}

/// Why an upload is refused.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// The bytes are not of the declared format.
    #[error("not of the declared format")]
    Mismatch,
    /// The picture is truncated, damaged or followed by other data.
    #[error("not a complete picture of its format")]
    Damaged,
    /// The picture has more pixels than allowed, or needs more memory than allowed.
    #[error("too many pixels")]
    TooManyPixels,
    #[error("cannot read a picture back: {0}")]
    Io(#[from] std::io::Error),
}

impl From<ImageError> for DecodeError {
    fn from(error: ImageError) -> Self {
        match error {
            ImageError::Limits(_) => Self::TooManyPixels,
            // The file ends in the middle of the picture.
            ImageError::IoError(error) if error.kind() != std::io::ErrorKind::UnexpectedEof => {
                Self::Io(error)
            }
            _ => Self::Damaged,
        }
    }
}

/// The format of a file by its first bytes. `None` for formats that are not accepted, such as SVG, which can contain
/// scripts.
fn recognise(head: &[u8]) -> Option<AvatarFormat> {
    infer::get(head).and_then(|kind| AvatarFormat::from_media_type(kind.mime_type()))
}

/// Decodes the first frame of an upload of the declared format and encodes it again. JPEG stays JPEG; other formats
/// become PNG, which is lossless and keeps transparency.
///
/// It takes up to a second of a core and `MAX_MEMORY`, and must not run on a thread that serves requests.
///
/// # Errors
/// [`DecodeError`].
pub fn remake<R: BufRead + Seek>(
    mut upload: R,
    format: AvatarFormat,
    max_side: u32,
) -> Result<AvatarImage, DecodeError> {
    if head(&mut upload).map(|head| recognise(&head))? != Some(format) {
        return Err(DecodeError::Mismatch);
    }
    if envelope::check(&mut upload, format)? != Envelope::Whole {
        return Err(DecodeError::Damaged);
    }
    upload.seek(SeekFrom::Start(0))?;
    let (picture, orientation) = decode(upload, format, max_side)?;
    let mut small = if picture.width() > SIDE || picture.height() > SIDE {
        picture.thumbnail(SIDE, SIDE)
    } else {
        picture
    };
    // Now, because to turn a picture takes its memory once more.
    small.apply_orientation(orientation);
    encode(small, format)
}

fn head<R: BufRead + Seek>(upload: &mut R) -> std::io::Result<Vec<u8>> {
    let mut head = Vec::with_capacity(HEAD);
    upload.seek(SeekFrom::Start(0))?;
    upload.take(HEAD as u64).read_to_end(&mut head)?;
    Ok(head)
}

fn decode<R: BufRead + Seek>(
    upload: R,
    format: AvatarFormat,
    max_side: u32,
) -> Result<(DynamicImage, Orientation), DecodeError> {
    let mut limits = Limits::default();
    limits.max_image_width = Some(max_side);
    limits.max_image_height = Some(max_side);
    limits.max_alloc = Some(MAX_MEMORY);
    let mut reader = ImageReader::with_format(upload, image_format(format));
    reader.limits(limits);
    let mut decoder = reader.into_decoder()?;
    let (width, height) = decoder.dimensions();
    if width == 0 || height == 0 {
        return Err(DecodeError::Damaged);
    }
    if decoder.total_bytes() > MAX_DECODED {
        return Err(DecodeError::TooManyPixels);
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    Ok((DynamicImage::from_decoder(decoder)?, orientation))
}

fn encode(picture: DynamicImage, format: AvatarFormat) -> Result<AvatarImage, DecodeError> {
    let (width, height) = (picture.width(), picture.height());
    let mut bytes = Vec::new();
    let format = if format == AvatarFormat::Jpeg {
        JpegEncoder::new_with_quality(&mut bytes, JPEG_QUALITY).encode_image(&picture.into_rgb8())?;
        AvatarFormat::Jpeg
    } else {
        let eight_bits = if picture.color().has_alpha() {
            DynamicImage::ImageRgba8(picture.into_rgba8())
        } else {
            DynamicImage::ImageRgb8(picture.into_rgb8())
        };
        eight_bits.write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png)?;
        AvatarFormat::Png
    };
    let mut sum = [0; 32];
    sum.copy_from_slice(digest(&SHA256, &bytes).as_ref());
    Ok(AvatarImage { format, bytes, width, height, digest: Digest(sum) })
}

const fn image_format(format: AvatarFormat) -> ImageFormat {
    match format {
        AvatarFormat::Png => ImageFormat::Png,
        AvatarFormat::Jpeg => ImageFormat::Jpeg,
        AvatarFormat::Webp => ImageFormat::WebP,
        AvatarFormat::Gif => ImageFormat::Gif,
    }
}

#[cfg(test)]
mod tests;
