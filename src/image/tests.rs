use std::io::{BufReader, Cursor};

use image::{ImageBuffer, Rgb, Rgba};

use super::*;

/// Left half red, right half blue: which way is up shows.
fn upload(format: ImageFormat, width: u32, height: u32) -> Vec<u8> {
    let picture = ImageBuffer::from_fn(width, height, |x, _| {
        if x < width / 2 { Rgb([250_u8, 5, 5]) } else { Rgb([5, 5, 250]) }
    });
    let mut bytes = Vec::new();
    DynamicImage::ImageRgb8(picture).write_to(&mut Cursor::new(&mut bytes), format).unwrap();
    bytes
}

fn remade(bytes: &[u8], format: AvatarFormat) -> Result<AvatarImage, DecodeError> {
    remake(BufReader::new(Cursor::new(bytes)), format, 4_096)
}

fn all() -> [(AvatarFormat, ImageFormat); 4] {
    AvatarFormat::ALL.map(|format| (format, image_format(format)))
}

#[test]
fn each_format_is_recognized_and_encoded_again() {
    for (format, image_format) in all() {
        let bytes = upload(image_format, 60, 40);
        assert_eq!(recognise(&bytes[..HEAD]), Some(format));
        let picture = remade(&bytes, format).unwrap();
        assert_eq!((picture.width, picture.height), (60, 40), "{format:?}");
        let expected = if format == AvatarFormat::Jpeg { format } else { AvatarFormat::Png };
        assert_eq!((picture.format, recognise(&picture.bytes)), (expected, Some(expected)), "{format:?}");
        assert_eq!(image::load_from_memory(&picture.bytes).unwrap().width(), 60);
    }
}

#[test]
fn large_pictures_are_made_small() {
    let picture = remade(&upload(ImageFormat::Png, 2_000, 1_000), AvatarFormat::Png).unwrap();
    assert_eq!((picture.width, picture.height), (512, 256));
    let picture = remade(&upload(ImageFormat::Jpeg, 3, 4_000), AvatarFormat::Jpeg).unwrap();
    assert_eq!((picture.width, picture.height), (1, 512));
}

#[test]
fn transparency_stays() {
    let mut bytes = Vec::new();
    let picture = ImageBuffer::from_pixel(8, 8, Rgba([1_u8, 2, 3, 0]));
    DynamicImage::ImageRgba8(picture).write_to(&mut Cursor::new(&mut bytes), ImageFormat::WebP).unwrap();
    let picture = remade(&bytes, AvatarFormat::Webp).unwrap();
    assert_eq!(image::load_from_memory(&picture.bytes).unwrap().into_rgba8().get_pixel(3, 3)[3], 0);
}

/// A JPEG with an Exif segment (CIPA DC-008): orientation 6, "turn it a quarter to the right", and text.
fn with_exif(jpeg: &[u8]) -> Vec<u8> {
    let mut tiff = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x02".to_vec();
    tiff.extend(b"\x01\x12\0\x03\0\0\0\x01\0\x06\0\0");
    tiff.extend(b"\x01\x0e\0\x02\0\0\0\x10\0\0\0\x26\0\0\0\0GPS 52.52 13.405\0");
    let length = u16::try_from(tiff.len() + 2).unwrap().to_be_bytes();
    [&jpeg[..2], &[0xff, 0xe1], &length, &tiff, &jpeg[2..]].concat()
}

#[test]
fn metadata_goes_and_the_picture_stands_upright() {
    let bytes = with_exif(&upload(ImageFormat::Jpeg, 64, 32));
    let picture = remade(&bytes, AvatarFormat::Jpeg).unwrap();
    assert_eq!((picture.width, picture.height), (32, 64));
    let upright = image::load_from_memory(&picture.bytes).unwrap().into_rgb8();
    let is_red = |y| upright.get_pixel(16, y)[0] > 200;
    assert!(is_red(5) && !is_red(60), "what was left is at the top");
    for trace in [&b"Exif"[..], b"GPS", b"13.405"] {
        assert!(!picture.bytes.windows(trace.len()).any(|part| part == trace));
    }
}

/// 50 megapixels, as telephones take them, lying on their side.
#[test]
fn the_largest_photographs_are_taken() {
    let pixels = [9_u8, 99, 199].repeat(8_160 * 6_120);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("photograph.jpg");
    // To a file, because that code is optimised with the library.
    let kind = image::ExtendedColorType::Rgb8;
    image::save_buffer_with_format(&path, &pixels, 8_160, 6_120, kind, ImageFormat::Jpeg).unwrap();
    let bytes = std::fs::read(&path).unwrap();
    let taken = remake(Cursor::new(with_exif(&bytes)), AvatarFormat::Jpeg, 8_192).unwrap();
    assert_eq!((taken.width, taken.height), (384, 512));
    // With more than a photograph's memory it is no longer decoded, whatever the setting.
    let larger = png_that_claims(7_600, 7_600);
    let refused = remake(Cursor::new(larger), AvatarFormat::Png, 16_384);
    assert!(matches!(refused, Err(DecodeError::TooManyPixels)));
}

#[test]
fn other_things_are_not_recognised() {
    let svg = "<?xml version=\"1.0\"?><svg xmlns=\"http://www.w3.org/2000/svg\"><script>1</script></svg>";
    for other in [svg, "<!DOCTYPE html><script>1</script>", "%PDF-1.7 x", "PK\x03\x04", "BM", "", "\u{fffd}"]
    {
        assert_eq!(recognise(other.as_bytes()), None, "{other}");
    }
}

#[test]
fn what_is_cut_off_is_refused() {
    for (format, image_format) in all() {
        let bytes = upload(image_format, 200, 150);
        for share in [1, 5, 9] {
            let cut = &bytes[..bytes.len() * share / 10];
            assert!(matches!(remade(cut, format), Err(DecodeError::Damaged)), "{format:?} {share}/10");
        }
        assert!(matches!(remade(&bytes[..bytes.len() - 2], format), Err(DecodeError::Damaged)), "{format:?}");
    }
}

#[test]
fn two_files_in_one_are_refused() {
    for (format, image_format) in all() {
        let script = b"<script>alert(1)</script>";
        let both = [&upload(image_format, 20, 20), &script[..]].concat();
        match remade(&both, format) {
            Err(error) => assert!(matches!(error, DecodeError::Damaged), "{format:?}: {error}"),
            // Behind a JPEG there may be anything, and none of it is kept.
            Ok(picture) => {
                assert_eq!(format, AvatarFormat::Jpeg);
                assert!(!picture.bytes.windows(script.len()).any(|part| part == script));
            }
        }
    }
    let script = b"GIF89a/*\x01\0\x01\0\0\0\0\0*/=1;alert(1)//";
    assert_eq!(recognise(script), Some(AvatarFormat::Gif));
    assert!(matches!(remade(script, AvatarFormat::Gif), Err(DecodeError::Damaged)));
}

#[test]
fn bombs_are_not_lit() {
    let png = png_that_claims(30_000, 30_000);
    assert!(matches!(remade(&png, AvatarFormat::Png), Err(DecodeError::TooManyPixels)));

    let mut gif = upload(ImageFormat::Gif, 4, 4);
    gif[6..10].copy_from_slice(&[0xff; 4]);
    assert!(matches!(remade(&gif, AvatarFormat::Gif), Err(DecodeError::TooManyPixels)));

    let wide = upload(ImageFormat::Png, 5_000, 1);
    assert!(matches!(remade(&wide, AvatarFormat::Png), Err(DecodeError::TooManyPixels)));
    assert_eq!(remake(Cursor::new(&wide), AvatarFormat::Png, 5_000).unwrap().width, 512);
}

/// Its head is one of these measures; nothing after it is read when they are refused.
fn png_that_claims(width: u32, height: u32) -> Vec<u8> {
    let mut png = upload(ImageFormat::Png, 4, 4);
    png[16..20].copy_from_slice(&width.to_be_bytes());
    png[20..24].copy_from_slice(&height.to_be_bytes());
    let head = crc(&png[12..29]).to_be_bytes();
    png[29..33].copy_from_slice(&head);
    png
}

/// CRC-32 as PNG wants it.
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| (sum >> 1) ^ (0xedb8_8320 * (sum & 1)))
    })
}

#[test]
fn noise_never_panics() {
    for (format, image_format) in all() {
        let bytes = upload(image_format, 24, 24);
        for place in 0..bytes.len() {
            for flipped in [0x01, 0x80, 0xff] {
                let mut damaged = bytes.clone();
                damaged[place] ^= flipped;
                // Whether it can still be read does not matter.
                let _ = remade(&damaged, format);
            }
        }
    }
}
